// SPDX-License-Identifier: BSD-2-Clause
// A system that is followed (cellmodel view --live): the states that its server keeps are on a slider; each is a page of its own,
// of that state and the one before it. The newest is shown when it comes, unless the person looks at an earlier one.
import { data } from "./model.js";

const byId = (id) => document.getElementById(id);
const slider = byId("live-at");
const FOLLOWS = "cellulos-follow";
const ASK_AGAIN = 1000; // milliseconds
const PAUSE = 2000;
const timeText = (at) => new Date(at).toLocaleTimeString("en", { hour12: false });

let following = (sessionStorage.getItem(FOLLOWS) || "yes") === "yes";
let leave = () => {}; // before another page is shown
let leaving = false;
let held = false; // by the mouse
let touched = 0; // when the person did something last

function setFollowing(on) {
  following = on;
  sessionStorage.setItem(FOLLOWS, on ? "yes" : "no");
  byId("live-follow").setAttribute("aria-pressed", String(on));
}

function go(number) {
  if (leaving || number === data.live) return;
  leaving = true;
  leave();
  location.replace(String(number));
}

// In the middle of typing, choosing or dragging nothing is taken away.
const isBusy = () => held || Date.now() - touched < PAUSE;

function tell({ states, trouble }) {
  const here = states.find((state) => state.number === data.live);
  const [first, last] = [states[0].number, states[states.length - 1].number];
  slider.min = first;
  slider.max = last;
  if (document.activeElement !== slider) slider.value = data.live;
  const when = here ? `${timeText(here.from)} to ${timeText(here.to)}` : "no longer kept";
  const told = `state ${data.live} of ${last}, ${when}`;
  if (byId("live-name").textContent !== told) byId("live-name").textContent = told;
  slider.setAttribute("aria-valuetext", told);
  byId("live-trouble").textContent = trouble;
  if (following && !isBusy()) go(last);
}

async function ask() {
  try {
    const answer = await fetch("states");
    tell(await answer.json());
  } catch {
    byId("live-trouble").textContent = "the server does not answer: it has ended";
  }
  setTimeout(ask, ASK_AGAIN);
}

export function follow(whenLeaving) {
  leave = whenLeaving;
  byId("live").hidden = false;
  setFollowing(following);
  slider.addEventListener("change", () => {
    setFollowing(slider.value === slider.max);
    go(Number(slider.value));
  });
  byId("live-follow").addEventListener("click", () => setFollowing(!following));
  for (const kind of ["pointerdown", "pointerup", "keydown", "wheel"]) {
    document.addEventListener(kind, () => {
      held = kind === "pointerdown" || (held && kind !== "pointerup");
      touched = Date.now();
    }, { capture: true, passive: true });
  }
  ask();
}
