// SPDX-License-Identifier: BSD-2-Clause
// Two PDs compared: what both reach is lit, and RSI and FR are shown as the model library computed them, per state.
import { data, label, measuresShown, pds, setOfRuns, standIn } from "./model.js";
import { element, lines, nodeLink, select } from "./details.js";
import { graph } from "./picture.js";
import { mode, setMode } from "./modes.js";

const byId = (id) => document.getElementById(id);
const panel = byId("compare");
let compared = null;

function measureTable(name, measures, pair) {
  const made = [];
  if (name !== null) made.push(element("h3", name));
  if (!measures.rsi) {
    return [...made, element("p", `The page has no metrics of pairs for more than ${data.mostMeasured} PDs, but the map of all pairs: ask cellmodel rsi, fr.`)];
  }
  if (!measures.rsi[pair]) return [...made, element("p", "not both there")];
  const radius = measures.fr[pair] === undefined ? "takes more steps than are taken here" : measures.fr[pair];
  const head = element("tr", ["type", "shared/all", "RSI"].map((cell) => element("th", cell, { scope: "col" })));
  const rows = measures.rsi[pair].map(([type, shared, all, value]) =>
    element("tr", [type, `${shared}/${all}`, value].map((cell) => element("td", cell))));
  return [...made, element("p", `FR ${radius}`, { className: "fr" }),
          element("table", [element("caption", "RSI, resource sharing index"), head, ...rows])];
}

// Nodes that both reach in a state shown now.
function sharedNodes(a, b) {
  const shared = new Set();
  for (const [, measures] of measuresShown()) {
    const other = setOfRuns(measures.reach[b]);
    setOfRuns(measures.reach[a]).forEach((node) => { if (other.has(node)) shared.add(node); });
  }
  return [...shared].sort((x, y) => x - y);
}

export function compare() {
  const a = Number(byId("compare-a").value);
  const b = Number(byId("compare-b").value);
  compared = null;
  panel.replaceChildren();
  select(null);
  if (a >= 0 && b >= 0 && a !== b) {
    const shared = sharedNodes(a, b);
    const pair = `${Math.min(a, b)},${Math.max(a, b)}`;
    compared = { a, b, shared };
    for (const [name, measures] of measuresShown()) panel.append(...measureTable(name, measures, pair));
    panel.append(element("details", [element("summary", `${shared.length} resources reached by both`),
                                     lines(shared, (index) => nodeLink(index))]));
    byId("status").textContent = `${label(data.nodes[a])} and ${label(data.nodes[b])}: ${shared.length} resources reached by both`;
  }
  markCompared();
  changed.forEach((listener) => listener());
}

// The two, as numbers of nodes; null: none are compared.
export const comparedPair = () => compared;
const changed = [];
export const onCompare = (listener) => changed.push(listener);

// Chooses two and shows them by themselves.
export function comparePair(a, b) {
  byId("compare-a").value = a;
  byId("compare-b").value = b;
  if (mode() !== "pair") setMode("pair");
  compare();
}

// Groups show how many of their members are shared; edges that lead to neither PD nor to shared nodes are drawn faint.
function markGroups(shared) {
  const counts = new Map();
  shared.forEach((index) => counts.set(standIn(index), (counts.get(standIn(index)) || 0) + 1));
  graph.nodes(".group").forEach((node) => {
    const count = counts.get(node.id());
    if (count) node.data("label", `${node.data("name").split("\n")[0]}: ${count} shared`);
  });
}

export function markCompared() {
  graph.elements(".lit, .dim, .side, .away").removeClass("lit dim side away");
  graph.nodes(".group").filter((node) => node.data("label") !== node.data("name"))
    .forEach((node) => node.data("label", node.data("name")));
  if (!compared) return;
  const lit = new Set(compared.shared.map(standIn));
  const sides = new Set([compared.a, compared.b].map(standIn));
  const concerns = (node) => lit.has(node.id()) || sides.has(node.id()) || sides.has(node.data("box"));
  graph.batch(() => {
    graph.nodes().forEach((node) => {
      if (lit.has(node.id())) node.addClass("lit");
      else if (sides.has(node.id())) node.addClass("side");
      else if (!sides.has(node.data("box")) && (!node.hasClass("box") || node.hasClass("empty"))) node.addClass("dim");
    });
    graph.edges().filter((edge) => !concerns(edge.source()) || !concerns(edge.target())).addClass("away");
    markGroups(compared.shared);
  });
}

for (const which of ["compare-a", "compare-b"]) {
  const select = byId(which);
  select.append(new Option("(none)", -1), ...pds.map((index) => new Option(label(data.nodes[index]), index)));
  select.addEventListener("change", compare);
}
