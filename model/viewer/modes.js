// SPDX-License-Identifier: BSD-2-Clause
// What the middle of the page shows: the graph, the map of all pairs, two PDs side by side, or all as text.
import { fit, graph, refresh } from "./picture.js";

const byId = (id) => document.getElementById(id);
const places = { graph: "graph", map: "map", pair: "pair", text: "list" };
const buttons = { map: "pairs", pair: "two", text: "text" };
const listeners = [];
let shown = "graph";

export const mode = () => shown;
export const onMode = (listener) => listeners.push(listener);

export function setMode(name) {
  const came = shown !== name;
  shown = name;
  for (const [each, id] of Object.entries(places)) byId(id).hidden = each !== name;
  for (const [each, id] of Object.entries(buttons)) {
    byId(id).setAttribute("aria-pressed", String(each === name));
  }
  byId("text").textContent = name === "text" ? "As a picture" : "As text";
  if (name === "graph" && came) {
    graph.resize();
    refresh();
    fit();
  }
  listeners.forEach((listener) => listener(name));
}

// A button leads to its view and, pressed again, back to the graph.
for (const [each, id] of Object.entries(buttons)) {
  byId(id).addEventListener("click", () => setMode(shown === each ? "graph" : each));
}
