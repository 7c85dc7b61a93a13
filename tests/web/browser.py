# SPDX-License-Identifier: BSD-2-Clause
"""A page in headless Chromium, for tests: opened, looked at, clicked and typed into as a person would.

It speaks Chromium's DevTools protocol over a pair of pipes (--remote-debugging-pipe: JSON messages that end in NUL), so
that nothing but the Debian package `chromium` is needed. The browser gets a host resolver that knows no host: a page
that asked for something on the network would not get it, and `requests` tells that it asked.
"""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

from harness import clock

SECONDS = 60  # for one answer
# As root, as in a container, Chromium's own sandbox cannot be set up; the pages here are our own.
FLAGS = ["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
         "--hide-scrollbars", "--force-device-scale-factor=1", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
         *(["--no-sandbox"] if os.geteuid() == 0 else [])]
KEYS = {"Enter": 13, "Tab": 9, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
        "ArrowDown": 40, "Home": 36, "End": 35, "Backspace": 8}


class Browser:
    """One Chromium, with one page. Use it in a `with`."""

    def __init__(self, width=1400, height=900):
        program = shutil.which("chromium")
        assert program, "chromium is not installed (Debian package chromium)"
        self.folder = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        self.downloads = pathlib.Path(self.folder.name, "downloads")
        self.downloads.mkdir()
        self.number, self.buffer, self.events = 0, b"", []
        theirs_in, self.to = os.pipe()
        self.back, theirs_out = os.pipe()

        def descriptors():  # Chromium reads from 3 and writes to 4
            incoming, outgoing = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(incoming, 3)
            os.dup2(outgoing, 4)

        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self.folder.name}/profile", f"--window-size={width},{height}",
             "about:blank"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=descriptors, close_fds=False, env=dict(os.environ, HOME=self.folder.name))
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Accessibility"):
            self.page(domain + ".enable")
        self.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))
        self.size(width, height)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.ask("Browser.close")
            self.process.wait(10)
        except Exception:  # it is to end in any case
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        self.folder.cleanup()

    # ---- The protocol ------------------------------------------------------

    def receive(self, until):
        while b"\0" not in self.buffer:
            while not select.select([self.back], [], [], clock.SLICE_SECONDS)[0]:
                assert clock.now() < until, "Chromium does not answer"
            piece = os.read(self.back, 1 << 20)
            assert piece, "Chromium has ended"
            self.buffer += piece
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def send(self, method, session, values):
        self.number += 1
        message = {"id": self.number, "method": method, "params": values}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        until = clock.now() + SECONDS
        while True:
            answer = self.receive(until)
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def ask(self, method, **values):
        return self.send(method, None, values)

    def page(self, method, **values):
        return self.send(method, self.session, values)

    # ---- The page ----------------------------------------------------------

    def size(self, width, height):
        self.page("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, path):
        """Opens a file; returns the seconds until it says (body data-ready) that its first picture is complete."""
        self.events.clear()
        started = time.monotonic()
        self.page("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        self.wait("document.body && document.body.dataset.ready")
        return time.monotonic() - started

    def run(self, expression):
        """The value of a JavaScript expression; promises are awaited."""
        answer = self.page("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def wait(self, expression):
        until = clock.now() + SECONDS
        while True:
            try:
                value = self.run(expression)
            except AssertionError as error:
                if "target navigated" not in str(error):  # the page makes room for the next one meanwhile
                    raise
                value = None
            if value:
                return value
            assert clock.now() < until, f"{expression} does not come true; {self.complaints()}"
            time.sleep(0.02)

    def complaints(self):
        """Exceptions and console errors of the page since it was opened."""
        self.run("0")
        found = [e["params"] for e in self.events if e.get("method") == "Runtime.exceptionThrown"]
        return found + [e["params"]["args"] for e in self.events if e.get("method") == "Runtime.consoleAPICalled"
                        and e["params"]["type"] in ("error", "warning", "assert")]

    def requests(self):
        """Addresses that the page asked for, other than itself and what it carries."""
        self.run("0")
        asked = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [url for url in asked[1:] if not url.startswith(("data:", "blob:"))]

    def cpu_seconds(self):
        """CPU time of the page's thread since it was made; Performance.enable with threadTicks comes before."""
        metrics = self.page("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in metrics}["TaskDuration"]

    def mouse(self, kind, x, y, number=1):
        """kind: mousePressed or mouseReleased; number: which of several clicks in a row."""
        self.page("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=number)

    def click(self, x, y, count=1):
        for number in range(1, count + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.mouse(kind, x, y, number)

    def move(self, x, y):
        self.page("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click_on(self, selector, count=1):
        """Clicks in the middle of an element, scrolled into view."""
        x, y = self.run(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block:"
                        "'nearest'}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2];"
                        " })()")
        self.click(x, y, count)

    def key(self, name, shift=False):
        values = {"key": name, "modifiers": 8 if shift else 0}
        values["windowsVirtualKeyCode"] = KEYS.get(name, ord(name[0].upper()))
        if name == "Enter" or len(name) == 1:
            values["text"] = "\r" if name == "Enter" else name
        self.page("Input.dispatchKeyEvent", type="keyDown", **values)
        values.pop("text", None)
        self.page("Input.dispatchKeyEvent", type="keyUp", **values)

    def type(self, text):
        self.page("Input.insertText", text=text)

    def picture(self, path):
        data = self.page("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def download(self, name):
        """Waits for a file that the page saves, and returns its bytes."""
        path = self.downloads / name
        until = clock.now() + SECONDS
        while not path.exists() or list(self.downloads.glob("*.crdownload")):
            assert clock.now() < until, f"{name} was not saved"
            self.run("0")
            time.sleep(0.05)
        data = path.read_bytes()
        path.unlink()
        return data
