# SPDX-License-Identifier: BSD-2-Clause
"""A running `cellmodel view --live`, for tests: asked as a browser would, or with any bytes."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time

import driver
from driver import write
from harness import clock

SECONDS = 60


class Live:
    """A running server, asked as a browser would."""

    def __init__(self, *arguments, environment=None):
        self.process = subprocess.Popen([driver.TOOL, "view", "--live", "--every", "1", *map(str, arguments)], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=dict(os.environ, **(environment or {})))
        line = self.process.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([0-9a-f]{32})/ \(Ctrl-C ends it\)\n", line)
        assert found, (line, self.process.stderr.read() if not line else "")
        self.port, self.token = int(found[1]), found[2]

    def raw(self, text):
        """The answer to the bytes of a request."""
        with socket.create_connection(("127.0.0.1", self.port)) as one:
            one.sendall(text if isinstance(text, bytes) else text.encode())
            one.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: one.recv(65536), b"")).decode("utf-8", "replace")

    def get(self, path, method="GET", prefix=None, **fields):
        """(status, body) for a path behind the address's random part."""
        one = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        one.request(method, f"/{self.token if prefix is None else prefix}/{path}", headers=fields)
        answer = one.getresponse()
        return answer.status, answer.read().decode()

    def states(self):
        return json.loads(self.get("states")[1])

    def wait(self, condition):
        until = clock.now() + SECONDS
        while not condition(self.states()):
            assert clock.now() < until, self.states()
            time.sleep(0.05)
        return self.states()

    def data(self, number):
        status, body = self.get(str(number))
        assert status == 200, (status, body)
        return json.loads(re.fullmatch(r"<page>(.*)</page>\s*", body, re.S)[1])

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        _, errors = clock.communicate(self.process, SECONDS)
        return self.process.returncode, errors


@contextlib.contextmanager
def live(*arguments, **more):
    one = Live(*arguments, **more)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.wait()


def replace(path, text):
    """Writes as a careful program does: no reader sees half of the file."""
    other = path.with_suffix(".new")
    other.write_text(text)
    other.rename(path)
