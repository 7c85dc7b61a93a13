// SPDX-License-Identifier: BSD-2-Clause
// The neighbourhood of what is chosen: that and what an edge leads to from there, or step by step further; all else is out of
// sight, and what is left moves together. The root task's edges, which lead everywhere, are not followed.
import { data, members, view, visible } from "./model.js";
import { edgesOf, select } from "./details.js";
import { draw, graph, onDraw } from "./picture.js";

const buttons = { focus: document.getElementById("focus"), wider: document.getElementById("wider") };
const root = data.nodes.findIndex((node) => node.kind === "PD" && node.id === "PD_0");

// The nodes that an element of the picture shows.
function standsFor(element) {
  const { number, home, index } = element.data();
  if (number !== undefined) return members[number].filter(visible);
  if (home === undefined) return [index];
  return data.nodes.flatMap((node, i) => (i === home || (node.home === home && visible(i)) ? [i] : []));
}

function widen(set) {
  const wider = new Set(set);
  for (const index of set) {
    if (index === root) continue;
    for (const [type, from, to] of edgesOf[index]) {
      if (type !== "SUBSET") wider.add(from === index ? to : from);
    }
  }
  return wider;
}

function tell() {
  buttons.focus.setAttribute("aria-pressed", String(view.focus !== null));
  buttons.focus.textContent = view.focus ? "Show everything" : "Focus";
  buttons.wider.hidden = !view.focus;
}

export function focus() {
  const chosen = graph.nodes(".chosen");
  if (!view.focus && chosen.empty()) {
    document.getElementById("status").textContent = "Choose a node, group or box first: its neighbourhood is shown then.";
    return;
  }
  view.focus = view.focus ? null : widen(new Set(standsFor(chosen)));
  draw(true);
  select(graph.nodes(".chosen"));
}

buttons.focus.addEventListener("click", focus);
buttons.wider.addEventListener("click", () => {
  view.focus = widen(view.focus);
  draw(true);
  select(graph.nodes(".chosen"));
});
onDraw(tell);
