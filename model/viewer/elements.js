// SPDX-License-Identifier: BSD-2-Clause
// The elements of the picture as cytoscape takes them: boxes, nodes and groups in them, edges between what is visible.
import { boxNames, changeOf, colourOf, data, inState, label, members, standIn, view, visible } from "./model.js";

// If there are more edges than this, most are drawn without arrow heads, which cost most of the time then.
const MOST_ARROWS = 2000;
const ARROWS = new Set(["REQUEST", "FAULT", "LINK"]); // these keep them

// Labels are cut here: cytoscape would measure every prefix of every label.
const MOST_LETTERS = 17;
const cut = (text) => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text);

const boxId = (home) => (home < 0 ? `b${-home}` : `n${home}`);

function nodeElement(index, id, position) {
  const node = data.nodes[index];
  const member = node.group < 0 ? "" : " member";
  return { group: "nodes", classes: `${node.kind} ${changeOf(node.in)}${member}`, position,
           data: { id, box: boxId(node.home), label: cut(node.short), colour: colourOf(node.data), index } };
}

function groupElement(number, id, wide) {
  const group = data.groups[number];
  const shown = members[number].filter(visible);
  const came = shown.filter((index) => changeOf(data.nodes[index].in) === "new").length;
  const went = shown.filter((index) => changeOf(data.nodes[index].in) === "gone").length;
  const all = came === shown.length ? "new" : went === shown.length ? "gone" : came + went ? "altered" : "";
  const changes = (came ? ` +${came}` : "") + (went ? ` −${went}` : "");
  const [x, y] = wide ? group.wide : group.at;
  // While others are open, a closed group takes the place of its members.
  const [w, h] = wide ? [Math.max(44, group.size[0] - 14), Math.max(22, group.size[1] - 14)] : [44, 22];
  const kib = shown.reduce((sum, index) => sum + (data.nodes[index].kib || 0), 0);
  const name = `${group.type} × ${shown.length}${changes}${kib ? `\n${kib.toLocaleString("en")} KiB` : ""}`;
  return { group: "nodes", classes: `group ${all}`, position: { x, y },
           data: { id, box: boxId(group.home), name, label: name, w, h,
                   colour: colourOf(group.type), number } };
}

// A box is a node of its own below what stands in it, not a compound of cytoscape: those cost seconds for thousands of nodes.
const boxOf = new Map(data.boxes.map((box) => [box.home, box]));

function boxElement(home, wide) {
  const box = boxOf.get(home);
  const [[x, y], [w, h]] = wide ? [box.wide, box.wideSize] : [box.at, box.atSize];
  const made = { group: "nodes", classes: "box", position: { x: x + w / 2, y: y + h / 2 },
                 data: { id: boxId(home), label: boxNames[home], w, h } };
  if (home >= 0) {
    made.classes = `box PD ${changeOf(data.nodes[home].in)}`;
    made.data.label = label(data.nodes[home]).replace(" (", "\n(");
    made.data.index = home;
  }
  return made;
}

// Edges that differ between the states but are not drawn, as a box contains what its PD holds: what they lead to is altered.
function markAltered(nodes, type, id, mask) {
  if (type !== "HOLD" || changeOf(mask) === "" || id[0] !== "n") return;
  const element = nodes.get(id);
  if (element && changeOf(data.nodes[element.data.index].in) === "") element.classes += " altered";
}

function edgeElements(nodes) {
  const edges = new Map();
  for (const [type, from, to, note, mask] of data.edges) {
    if (view.hiddenEdges.has(type) || !inState(mask)) continue;
    const source = standIn(from);
    const target = standIn(to);
    if (source === null || target === null || source === target) continue;
    if (boxId(data.nodes[to].home) === source || boxId(data.nodes[from].home) === target) {
      markAltered(nodes, type, target, mask);
      continue;
    }
    const key = `${type} ${source} ${target} ${changeOf(mask)}`;
    const edge = edges.get(key);
    if (edge) {
      edge.data.count += 1;
    } else {
      edges.set(key, { group: "edges", classes: `${type} ${changeOf(mask)}`,
                       data: { id: `e${edges.size}`, source, target, type, note, count: 1 } });
    }
  }
  if (edges.size > MOST_ARROWS) edges.forEach((edge) => { if (!ARROWS.has(edge.data.type)) edge.classes += " bulk"; });
  return edges;
}

export function elements() {
  const wide = view.open.size > 0;
  const boxes = new Map();
  const nodes = new Map();
  const filled = new Set();
  data.nodes.forEach((node, index) => {
    const id = standIn(index);
    if (id === null || nodes.has(id) || (boxes.has(node.home) && id === boxId(node.home))) return;
    if (!boxes.has(node.home)) boxes.set(node.home, boxElement(node.home, wide));
    if (node.kind === "PD" || id === boxId(node.home)) return;
    filled.add(node.home);
    const [x, y] = wide ? node.wide : node.at;
    nodes.set(id, id[0] === "n" ? nodeElement(index, id, { x, y }) : groupElement(node.group, id, wide));
  });
  boxes.forEach((box, home) => {
    if (!filled.has(home)) box.classes += view.closed.has(home) ? " empty closed" : " empty";
  });
  const edges = edgeElements(nodes);
  return [...boxes.values(), ...nodes.values(), ...edges.values()];
}
