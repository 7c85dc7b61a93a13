// SPDX-License-Identifier: BSD-2-Clause
// The picture: cytoscape, with the positions that the page carries; drawn anew when what is visible changes.
import cytoscape from "cytoscape";
import { elements } from "./elements.js";
import { data, edgeStyles, members, view, wide } from "./model.js";

const container = document.getElementById("graph");

const styles = [
  { selector: "node", style: { label: "data(label)", "font-size": 13, "font-family": "sans-serif", width: 20, height: 20,
    color: "#222", "z-index-compare": "manual", "z-index": 3,
    "background-color": "data(colour)", "text-valign": "bottom", "text-margin-y": 1, "text-wrap": "wrap",
    "min-zoomed-font-size": 5 } },
  { selector: ".member", style: { label: "", "font-size": 8 } },
  { selector: ".member.named", style: { label: "data(label)" } },
  { selector: ".sized", style: { width: "data(side)", height: "data(side)" } },
  { selector: ".thread", style: { shape: "round-rectangle", width: 30, height: 16 } },
  { selector: ".RESOURCE_SPACE", style: { shape: "diamond", width: 22, height: 22 } },
  { selector: ".group", style: { shape: "round-rectangle", width: "data(w)", height: "data(h)", "text-wrap": "wrap" } },
  { selector: ".box", style: { shape: "round-rectangle", "background-color": "#f3f5f7", "border-width": 1,
    "border-color": "#9aa4ad", "text-valign": "top", "text-margin-y": -3, "font-size": 17, "text-wrap": "wrap",
    "text-max-width": "1000px", "line-height": 1.15, width: "data(w)", height: "data(h)", "z-index-compare": "manual",
    "z-index": 0 } },
  { selector: ".PD", style: { "font-weight": "bold", "border-width": 2, "border-color": "#222" } },
  { selector: ".empty", style: { "text-valign": "center", "text-margin-y": 0, "font-size": "data(font)" } },
  { selector: ".closed", style: { "background-color": "#dfe5ea" } },
  { selector: "edge", style: { width: 1, events: "no", "z-index-compare": "manual", "z-index": 1, "target-arrow-shape": "triangle", "arrow-scale": 0.7, "curve-style": "straight" } },
  ...Object.entries(edgeStyles).map(([type, [colour, line]]) => ({ selector: `edge.${type}`,
    style: { "line-color": colour, "target-arrow-color": colour, "line-style": line } })),
  { selector: "edge.REQUEST, edge.FAULT, edge.LINK", style: { "curve-style": "bezier", width: 1.5 } },
  { selector: "edge.bulk", style: { "curve-style": "haystack", "haystack-radius": 0 } },
  { selector: "node.gone", style: { "background-opacity": 0.3, "border-width": 2, "border-style": "dashed",
    "border-color": "#b3261e", color: "#b3261e" } },
  { selector: "edge.gone", style: { opacity: 0.6, width: 2.5, "line-style": "dashed", "line-color": "#b3261e",
    "target-arrow-color": "#b3261e" } },
  { selector: "node.new", style: { "border-width": 4, "border-color": "#1b9e2f" } },
  { selector: "edge.new", style: { width: 3, "line-color": "#1b9e2f", "target-arrow-color": "#1b9e2f" } },
  { selector: "node.altered", style: { "border-width": 4, "border-color": "#e0a000" } },
  { selector: "edge.quiet", style: { opacity: 0.25 } },
  { selector: "edge.away, edge.faint", style: { opacity: 0.12 } },
  { selector: "edge.near", style: { opacity: 1, width: 2.5, "z-index": 2 } },
  { selector: "node.dim", style: { "background-opacity": 0.15, "text-opacity": 0.4 } },
  { selector: "node.lit", style: { "border-width": 5, "border-color": "#d50000", "border-opacity": 1 } },
  { selector: "node.side", style: { "border-width": 4, "border-color": "#d50000", "background-color": "#fdecea" } },
  { selector: ".found", style: { "border-width": 4, "border-color": "#ff8f00", "border-style": "double" } },
  { selector: ".chosen", style: { "border-width": 5, "border-color": "#1a73e8" } },
];

export const graph = cytoscape({ container, layout: { name: "preset" }, hideEdgesOnViewport: true, textureOnViewport: true,
                                 autoungrabify: true, autounselectify: true,
                                 boxSelectionEnabled: false, minZoom: 0.02, maxZoom: 6, style: styles });

// Members of open groups, if they are many, have labels only where they are near enough to be read: thousands take seconds
// to measure.
const FEW_MEMBERS = 300;
const READABLE = 0.7;
let naming = null;

function nameMembers() {
  naming = null;
  const members = graph.nodes(".member");
  if (members.length <= FEW_MEMBERS) members.addClass("named");
  if (members.length <= FEW_MEMBERS || graph.zoom() < READABLE) return;
  const { x1, y1, x2, y2 } = graph.extent();
  members.filter((node) => {
    const { x, y } = node.position();
    return x >= x1 && x <= x2 && y >= y1 && y <= y2;
  }).addClass("named");
}

graph.on("viewport", () => { if (naming === null) naming = setTimeout(nameMembers, 100); });

// Among so many edges none can be followed with the eye: they step back until something is chosen.
const MANY_EDGES = 200;
const rootBox = `n${data.nodes.findIndex((node) => node.kind === "PD" && node.id === "PD_0")}`;

// What draws itself when the picture was drawn anew: marks, the text list.
const listeners = [];
export const onDraw = (listener) => listeners.push(listener);

// Boxes contain everything, so that nothing else needs to be measured.
export function fit(part = graph.nodes(".box")) {
  graph.fit(part, 24);
  if (graph.zoom() > 1.6) {
    graph.zoom(1.6);
    graph.center(part);
  }
  fitted = whereItStands();
}

// Whether a person has moved the picture since.
const whereItStands = () => `${graph.zoom()} ${graph.pan().x} ${graph.pan().y}`;
let fitted = whereItStands();
export const moved = () => !container.hidden && whereItStands() !== fitted;

// A part that is not visible is drawn when it becomes visible: see refresh().
let stale = false;
export function draw(refit) {
  stale = container.hidden;
  if (stale) {
    listeners.forEach((listener) => listener());
    return;
  }
  const chosen = graph.nodes(".chosen").map((node) => node.id());
  graph.startBatch();
  graph.elements().remove();
  graph.add(elements());
  chosen.forEach((id) => graph.getElementById(id).addClass("chosen"));
  graph.endBatch();
  if (graph.edges().length > MANY_EDGES) graph.edges().filter((edge) => !edge.is(".REQUEST, .FAULT, .LINK") || edge.target().id() === rootBox).addClass("quiet");
  if (refit) fit();
  nameMembers();
  listeners.forEach((listener) => listener());
  container.dataset.nodes = graph.nodes().length;
  container.dataset.edges = graph.edges().length;
}

export function refresh() {
  if (stale) draw(true);
}

// A browser takes some ten seconds for so many; adding an edge costs as much as its ends have edges, so more take minutes.
export const MOST_NODES = 20000;

// Whether this many more nodes may be shown; if they are too many, says so.
export function mayShow(more) {
  const count = graph.nodes().length + more;
  if (count <= MOST_NODES) return true;
  document.getElementById("status").textContent =
    `That would be ${count} nodes, more than the ${MOST_NODES} that are drawn: open single groups, or see them as text.`;
  return false;
}

// Opens or closes the box of a PD.
export function toggleBox(home) {
  const before = wide();
  if (view.closed.has(home)) view.closed.delete(home);
  else view.closed.add(home);
  draw(wide() !== before);
}

// A group of more members is shown as a list when it is opened by a double click, not as dots.
const MOST_DOTS = 400;
export const isList = (number) => members[number].length > MOST_DOTS;

// Opens or closes a group, and shows its box. False: there would be too many nodes.
export function toggleGroup(number, box) {
  if (!view.open.has(number) && !mayShow(data.groups[number].count)) return false;
  if (view.open.has(number)) view.open.delete(number);
  else view.open.add(number);
  draw(!wide());
  if (view.open.size > 0) fit(graph.getElementById(box));
  return true;
}
