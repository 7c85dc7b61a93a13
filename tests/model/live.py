# SPDX-License-Identifier: BSD-2-Clause
"""`cellmodel view --live` without a browser: which states are kept, its answers to requests, what it follows, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading

import driver
from driver import SAMPLES, SCRATCH, call, write
from live_server import SECONDS, live as live_with, replace
from harness import clock

TWO = SAMPLES / "two-processes.csv"


def live(*arguments):
    """A server with a page that consists of the data only."""
    return live_with(*arguments, environment={"CELLMODEL_PAGE": str(write("page.html", "<page>/*DATA*/</page>"))})


def test_states():
    """A state is kept once, however long it lasts; each is shown with the one before it; a file that is wrong is no state."""
    first = TWO.read_text()
    second = "".join(line + "\n" for line in first.splitlines() if "TOY_8_1" not in line)
    path = write("followed.csv", first)
    with live(path) as one:
        found = one.wait(lambda told: told["states"] and told["states"][0]["to"] > told["states"][0]["from"])
        assert [(s["number"], s["nodes"], s["pds"]) for s in found["states"]] == [(1, 51, 3)] and found["trouble"] == ""
        assert "states" not in one.data(1) and one.data(1)["live"] == 1 and one.data(1)["title"] == "followed.csv"
        replace(path, "neither a model\n")
        assert "no model" in one.wait(lambda told: told["trouble"])["trouble"]
        replace(path, second)
        found = one.wait(lambda told: len(told["states"]) == 2)
        assert [s["nodes"] for s in found["states"]] == [51, 50] and found["trouble"] == ""
        shown = one.data(2)
        assert {n["id"]: n["in"] for n in shown["nodes"] if n["in"] != 3} == {"TOY_8_1": 1} and len(shown["states"]) == 2
        assert one.get("")[1] == one.get("2")[1]
        path.unlink()
        assert one.wait(lambda told: told["trouble"])["trouble"] == "it has ended, or is not there"
        status, errors = one.end()
        assert status == 0 and errors.count("it has ended") == 1 and "neither" not in errors, (status, errors)


def test_oldest_go():
    """Of very many states the last 200 are kept (LIVE_STATES)."""
    path = SCRATCH / "numbers"
    path.unlink(missing_ok=True)
    text = (driver.TOP / "model/live/states.h").read_text()
    assert int(re.search(r"LIVE_STATES (\d+)u", text)[1]) == 200 and "200 states (`LIVE_STATES`)" in (
        driver.TOP / "docs/viewer.md").read_text()
    check = write("states.c", f"""
        #include "{driver.TOP}/model/live/states.h"
        #include <stdio.h>
        #include <stdlib.h>
        int main(void)
        {{
            static struct live_states states;
            for (int i = 0; i < 1000; i++)
                live_states_add(&states, (struct live_state){{.text = malloc(8), .size = 8}});
            printf("%u %zu %d %d %d", states.count, states.bytes, live_states_find(&states, 800) != NULL,
                   live_states_find(&states, 801) == &states.kept[0], live_states_find(&states, 1001) != NULL);
            for (int i = 0; i < 3; i++)
                live_states_add(&states, (struct live_state){{.text = malloc(1), .size = LIVE_BYTES / 2}});
            printf(" %u %d", states.count, live_states_find(&states, 1003) == &states.kept[1]);
            live_states_free(&states);
        }}""")
    program = SCRATCH / "states"
    subprocess.run(["gcc", "-fsanitize=address,undefined", check, driver.TOP / "model/live/states.c", "-o", program], check=True)
    assert subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout == "200 1600 0 1 0 2 1"


def test_strangers():
    """Only this computer, only the address as it was printed, under this computer's name, only GET; a flood of other requests,
    and silent connections, delay no client."""
    with live(TWO) as one:
        one.wait(lambda told: told["states"])
        at = f"/{one.token}/"
        assert one.get("")[0] == 200
        assert one.get("", prefix="0" * 32)[0] == 404 and one.get("", prefix="")[0] == 404
        for path in ("../", "2", "0", "-1", "1.5", "1/", "99999999999999999999999", "%2e%2e/", "states/", "../../../etc/passwd", "+1"):
            assert one.get(path)[0] == 404, path
        for host in ("evil.example", f"evil.example:{one.port}", "127.0.0.1", f"127.0.0.1:{one.port + 1}", f"127.0.0.1:{one.port}.evil", ""):
            assert one.get("", Host=host)[0] == 421, host
        assert one.get("", Host=f"localhost:{one.port}")[0] == 200
        good = f"Host: 127.0.0.1:{one.port}\r\n"
        for head, status in ((f"GET {at} HTTP/1.1\r\n\r\n", 421), (f"GET {at} HTTP/1.1\r\n{good}{good}\r\n", 421),
                             (f"GET {at} HTTP/1.1\r\n{good}Host: x\r\n\r\n", 421), (f"GET {at}\r\n{good}\r\n", 400),
                             ("\r\n\r\n", 400), ("GET\r\n\r\n", 400), (b"GET \0 HTTP/1.1\r\n\r\n", 400),
                             (f"GET {at} HTTP/1.1\r\nX: {'x' * 9000}\r\n\r\n", 431),
                             (f"GET http://127.0.0.1:{one.port}{at} HTTP/1.1\r\n{good}\r\n", 404)):
            assert one.raw(head).startswith(f"HTTP/1.1 {status} "), (head, one.raw(head)[:200])
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            assert one.get("", method=method)[0] == 405, method
        whole = one.raw(f"GET {at} HTTP/1.1\r\n{good}\r\n")
        for field in ("Content-Security-Policy: default-src 'none'", "Cache-Control: no-store", "X-Content-Type-Options: nosniff"):
            assert field in whole, whole[:600]
        silent = [socket.create_connection(("127.0.0.1", one.port)) for _ in range(20)]
        for each in silent[:10]:
            each.sendall(b"GET /")
        for _ in range(60):
            assert one.raw(os.urandom(300) + b"\r\n\r\n") == "" or True
        assert one.get("")[0] == 200
        for each in silent:
            each.close()
        other = socket.gethostbyname(socket.gethostname())
        if not other.startswith("127."):
            with socket.socket() as probe:
                assert probe.connect_ex((other, one.port)) != 0
        assert one.end(signal.SIGTERM)[0] == 0


def serve_models(path, texts):
    """A stand-in for the runner: gives one text to each client, in turn; the last text is repeated."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def run():
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            with one:
                one.sendall((texts.pop(0) if len(texts) > 1 else texts[0]).encode())

    threading.Thread(target=run, daemon=True).start()
    return listener


def test_machine():
    """A machine's socket: what it refuses, and half of a model, are no states; without a name, that of the newest runner is found."""
    path = SCRATCH / "machine"
    path.unlink(missing_ok=True)
    text = TWO.read_text()
    listener = serve_models(path, ["error: busy\n", text[:len(text) // 2], text + "end\n"])
    with live(path) as one:
        assert one.wait(lambda told: told["trouble"])["trouble"] == "busy"
        assert one.wait(lambda told: told["trouble"] != "busy")["trouble"] == "it has ended, or is not there"
        assert one.wait(lambda told: told["states"])["states"][0]["nodes"] == 51 and one.states()["trouble"] == ""
        assert one.end()[0] == 0
    listener.close()
    path.unlink()
    folder = SCRATCH / "build"
    (folder / "host").mkdir(parents=True, exist_ok=True)
    (folder / "live").mkdir(exist_ok=True)
    tool = folder / "host" / "cellmodel"
    tool.unlink(missing_ok=True)
    os.link(driver.TOOL, tool) if os.stat(driver.TOOL).st_dev == os.stat(SCRATCH).st_dev else tool.write_bytes(open(driver.TOOL, "rb").read())
    for old in (folder / "live").iterdir():
        old.unlink()
    page = write("page.html", "<page>/*DATA*/</page>")
    done = clock.run([tool, "view", "--live"], SECONDS, env=dict(os.environ, CELLMODEL_PAGE=str(page)), encoding="utf-8")
    assert (done.returncode, done.stderr) == (2, "cellmodel: view: no CellulOS runs that was started with `./cellulos run`\n")
    listener = serve_models(folder / "live" / str(os.getpid()), [text + "end\n"])
    before, driver.TOOL = driver.TOOL, str(tool)
    try:
        with live() as one:
            assert one.wait(lambda told: told["states"])["states"][0]["nodes"] == 51 and one.data(1)["title"] == "CellulOS"
    finally:
        driver.TOOL = before
        listener.close()


def test_linux():
    """A process of Linux: one that starts another, and ends it, goes through three states."""
    children, name = [], f"sleep{os.getpid()}"
    sleeper = os.path.join(SCRATCH, name)
    os.symlink("/bin/sleep", sleeper)
    try:
        with live("linux", "--name", name, "--no-frames") as one:
            assert one.wait(lambda told: told["trouble"])["trouble"] == "no model came", one.states()
            for count in (1, 2):
                children.append(subprocess.Popen([sleeper, "600"]))
                one.wait(lambda told: told["states"] and told["states"][-1]["pds"] == count + 1)
            children[1].kill()
            children.pop().wait()
            one.wait(lambda told: told["states"][-1]["pds"] == 2)
            states = one.states()["states"]
            came, went = one.data(states[-2]["number"]), one.data(states[-1]["number"])
            pds = [[n["in"] for n in each["nodes"] if n["kind"] == "PD" and n["in"] != 3] for each in (came, went)]
            assert pds == [[2], [1]], (pds, states)
            assert one.end()[0] == 0
    finally:
        for each in children:
            each.kill()
            each.wait()
        os.unlink(sleeper)


def test_slow_source():
    """While a slow command prints the model, browsers are answered."""
    path = SCRATCH / "slow"
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    with listener, live(path) as one:
        held = listener.accept()[0]
        assert one.states()["states"] == [] and "Waiting for the first state" in one.get("")[1]
        held.sendall((TWO.read_text() + "end\n").encode())
        held.close()
        assert one.wait(lambda told: told["states"])["states"][0]["nodes"] == 51


def test_refused():
    """Options that exclude each other are refused before anything is served."""
    for arguments in (["--live", TWO, TWO], ["--live", TWO, "-o", "x"], ["--live", TWO, "--by-name"], [TWO, "--port", "80"],
                      [TWO, "--every", "3"], ["--live", TWO, "linux", "1"], [], ["--live", TWO, "--port", "65536"]):
        status, output, errors = call("view", *arguments)
        assert status == 2 and output == "" and errors.startswith("usage: cellmodel view"), (arguments, errors)
    status, _, errors = call("view", "--live", TWO, "--port", "0")
    assert status == 2 and "--port takes a number from 1" in errors
    with live(TWO) as one:
        page = str(write("page.html", "<page>/*DATA*/</page>"))
        status, _, errors = call("view", "--live", TWO, "--port", str(one.port), environment={"CELLMODEL_PAGE": page})
        assert status == 2 and errors == f"cellmodel: view: port {one.port}: Address already in use\n", errors


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
