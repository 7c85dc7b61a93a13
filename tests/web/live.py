# SPDX-License-Identifier: BSD-2-Clause
"""The page of `cellmodel view --live` in a browser: it follows, marks new and removed nodes, goes back in time, and keeps the
person's view; it sends requests to its own server only."""

import sys

import driver
from driver import write
from live_server import live, replace
from page import TWO, browser, choose, elements, labels, state_files, text

NAME = "document.getElementById('live-name')?.textContent"


def open_page(one):
    one.wait(lambda told: told["states"])
    it = browser()
    it.events.clear()
    it.page("Page.navigate", url=f"http://127.0.0.1:{one.port}/{one.token}/")
    shown(it, 1)
    return it


def shown(it, number):
    """Waits until a state is shown."""
    it.wait(f"document.body?.dataset.ready && {NAME}?.startsWith('state {number} of')")


def pause_over(it):
    """Waits until a person's last action is long enough ago."""
    it.run("new Promise(done => setTimeout(done, 2100))")


def test_follow():
    """A new state is shown automatically, with new and removed nodes; the person's view is kept."""
    before, after = state_files()
    path = write("followed.csv", before.read_text())
    with live(path) as one:
        it = open_page(one)
        assert it.run("document.getElementById('changes').hidden") and it.run("document.getElementById('states').hidden")
        choose(it, "#compare-a", "server (PD_1)")
        choose(it, "#compare-b", "client (PD_2)")
        it.run("[...document.querySelectorAll('#type-filter input')].find(i => i.dataset.item === 'EP').click()")
        it.run("document.getElementById('search').value = 'helper'")
        it.run("document.getElementById('expand').click()")
        replace(path, after.read_text())
        shown(it, 2)
        changes = text(it, "#changes").splitlines()
        assert {"came 1 PD: helper (PD_3)", "came 1 MO", "went 1 TOY", "went 1 MO", "went 1 VMR"} <= set(changes), changes
        classes = {n["label"].split("\n")[0]: n["classes"] for n in elements(it)["nodes"]}
        assert "new" in classes["helper"] and "gone" in classes["TOY_8_1"]
        assert "MO_1_4" in labels(it) and not [name for name in labels(it) if name.startswith("EP_")]
        assert it.run("['compare-a', 'compare-b'].map(id => document.getElementById(id).selectedOptions[0].text)") == [
            "server (PD_1)", "client (PD_2)"]
        assert text(it, "#summary") == "1 of 53 nodes match"
        assert not it.complaints() and not [url for url in it.requests() if f"127.0.0.1:{one.port}/" not in url]


def test_time():
    """The slider goes back, where it stays although the system goes on; Follow leads to the newest."""
    before, after = state_files()
    path = write("back.csv", before.read_text())
    with live(path) as one:
        it = open_page(one)
        replace(path, after.read_text())
        shown(it, 2)
        it.run("document.getElementById('live-at').focus()")
        it.key("ArrowLeft")
        shown(it, 1)
        assert "helper" not in labels(it) and "TOY_8_1" in labels(it)
        assert it.run("document.getElementById('live-follow').getAttribute('aria-pressed')") == "false"
        replace(path, before.read_text())
        it.wait(f"{NAME}?.startsWith('state 1 of 3')")
        pause_over(it)
        assert it.run(NAME).startswith("state 1 of 3") and it.run("document.activeElement.id") == "live-at"
        it.click_on("#live-follow")
        shown(it, 3)
        assert "went 1 PD: helper (PD_3)" in text(it, "#changes")
        choose(it, "#compare-a", "server (PD_1)")
        it.click_on("#pairs")
        assert it.run("viewer.mode()") == "map"
        it.mouse("mousePressed", 5, 5)
        replace(path, after.read_text())
        it.wait(f"{NAME}?.startsWith('state 3 of 4')")  # while the person is at it, nothing is taken away
        it.mouse("mouseReleased", 5, 5)
        shown(it, 4)
        assert it.run("viewer.mode()") == "map"
        path.unlink()
        it.wait("document.getElementById('live-trouble').textContent.includes('it has ended')")
        assert one.end()[0] == 0
        it.wait("document.getElementById('live-trouble').textContent.includes('does not answer')")


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
