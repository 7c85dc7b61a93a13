// SPDX-License-Identifier: BSD-2-Clause
// The elements of the picture as cytoscape takes them: boxes, nodes and groups in them, edges between what is visible.
import { boxId, boxNames, changeOf, colourOf, data, EVERYONE, inState, isBox, label, members, standIn, threadsIn, view, visible, wide } from "./model.js";
import { commandOf } from "./commands.js";

// If there are more edges than this, most are drawn without arrow heads, which cost most of the time then.
const MOST_ARROWS = 2000;
const ARROWS = new Set(["REQUEST", "FAULT", "LINK"]); // these keep them

// Labels are put into lines here: cytoscape would measure every prefix of every label. What does not fit into two is left out
// in the middle, so that the ends, by which names differ, can be read.
const LINE = 14;
function cut(text) {
  if (text.length <= LINE) return text;
  const short = text.length <= 2 * LINE ? text : `${text.slice(0, LINE)}…${text.slice(1 - LINE)}`;
  return `${short.slice(0, LINE)}\n${short.slice(LINE)}`;
}

// The area of a memory node goes by the logarithm of its KiB: 4 KiB are 14 wide, 1 GiB is 40.
const sideOf = (kib) => Math.round(14 + 26 * Math.min(1, Math.log2(Math.max(1, kib / 4)) / 18));

function nodeElement(index, id, position) {
  const node = data.nodes[index];
  const member = node.group < 0 ? "" : " member";
  const sized = node.kib === undefined ? "" : " sized";
  const kib = node.kib === undefined || member ? "" : `\n${node.kib.toLocaleString("en")} KiB`;
  const thread = node.kind === "PD";
  return { group: "nodes", classes: `${thread ? "thread" : node.kind} ${changeOf(node.in)}${member}${sized}`, position,
           data: { id, box: boxId(node.home), label: `${cut(node.short)}${kib}`, colour: thread ? "#222" : colourOf(node.data),
                   side: node.kib === undefined ? 20 : sideOf(node.kib) * (member ? 0.7 : 1), index } };
}

function groupElement(number, id, roomy) {
  const group = data.groups[number];
  const shown = members[number].filter(visible);
  const came = shown.filter((index) => changeOf(data.nodes[index].in) === "new").length;
  const went = shown.filter((index) => changeOf(data.nodes[index].in) === "gone").length;
  const all = came === shown.length ? "new" : went === shown.length ? "gone" : came + went ? "altered" : "";
  const changes = (came ? ` +${came}` : "") + (went ? ` −${went}` : "");
  const [x, y] = roomy ? group.wide : group.at;
  // While others are open, a closed group takes the place of its members.
  const kib = shown.reduce((sum, index) => sum + (data.nodes[index].kib || 0), 0);
  const least = kib ? [2 * sideOf(kib), Math.max(14, 0.6 * sideOf(kib))] : [44, 22];
  const [w, h] = roomy ? group.size.map((size, i) => Math.max(least[i], size - 14)) : least;
  const below = kib ? `${kib.toLocaleString("en")} KiB` : alike(group) ? spaceName(group.space) : "";
  const name = `${group.type} × ${shown.length}${changes}${below && `\n${below}`}`;
  return { group: "nodes", classes: `group ${all}`, position: { x, y },
           data: { id, box: boxId(group.home), name, label: name, w, h,
                   colour: group.type === "threads" ? "#222" : colourOf(group.type), number } };
}

// Whether a box has other groups of the same type, so that only the space tells them apart.
const groupsOf = new Map();
const key = (group) => `${group.home} ${group.type}`;
data.groups.forEach((group) => groupsOf.set(key(group), (groupsOf.get(key(group)) || 0) + 1));
// The text that distinguishes spaces of a type; of a long one, its end.
const spaceName = (space) => data.nodes[space].id.replace(/^.*_SPACE_/, "in ").replace(/^(.{11,})$/, (name) => `…${name.slice(-8)}`);
const alike = (group) => groupsOf.get(key(group)) > 1 && group.space >= 0;

// A box is a node of its own below its contents, not a compound of cytoscape: those cost seconds for thousands of nodes.
const boxOf = new Map(data.boxes.map((box) => [box.home, box]));

function boxElement(home, roomy) {
  const box = boxOf.get(home);
  const [[x, y], [w, h]] = roomy ? [box.wide, box.wideSize] : [box.at, box.atSize];
  const made = { group: "nodes", classes: "box", position: { x: x + w / 2, y: y + h / 2 },
                 data: { id: boxId(home), label: boxNames[home], home, w, h } };
  if (home >= 0) {
    made.classes = `box PD ${changeOf(data.nodes[home].in)}`;
    const threads = threadsIn.has(home) ? ` and ${threadsIn.get(home)} more` : "";
    made.data.label = `${data.nodes[home].data}${threads}\n${commandOf(home) || `(${data.nodes[home].id})`}`;
    made.data.index = home; // and its text is that of a node
  }
  const longest = Math.max(...made.data.label.split("\n").map((line) => line.length));
  made.data.font = Math.round(Math.min(22, Math.max(10, w / (0.62 * longest)))); // of a label inside the box
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
    const [home, other] = [data.nodes[from].home, data.nodes[to].home];
    if (other === EVERYONE && home !== EVERYONE) continue; // all lead there
    if (boxId(other) === source || boxId(home) === target || (data.nodes[from].kind === "PD" && type === "HOLD" && home === other)) {
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

// The nodes in focus move together: boxes in rows, one after the other, with their contents.
const GAP = 60;
function gather(boxes, nodes) {
  const area = [...boxes.values()].reduce((sum, { data: { w, h } }) => sum + (w + GAP) * (h + GAP), 0);
  const moves = new Map();
  let [x, y, row] = [0, 0, 0];
  for (const { data: { id, w, h }, position } of boxes.values()) {
    if (x > 0 && x + w > 1.4 * Math.sqrt(area)) [x, y, row] = [0, y + row + GAP, 0];
    moves.set(id, [x + w / 2 - position.x, y + h / 2 - position.y]);
    x += w + GAP;
    row = Math.max(row, h);
  }
  for (const { data: { id, box }, position } of [...boxes.values(), ...nodes.values()]) {
    const [dx, dy] = moves.get(box === undefined ? id : box);
    position.x += dx;
    position.y += dy;
  }
}

export function elements() {
  const roomy = wide();
  const boxes = new Map();
  const nodes = new Map();
  const filled = new Set();
  data.nodes.forEach((node, index) => {
    const id = standIn(index);
    if (id === null || nodes.has(id) || (boxes.has(node.home) && id === boxId(node.home))) return;
    if (!boxes.has(node.home)) boxes.set(node.home, boxElement(node.home, roomy));
    if (isBox(index) || id === boxId(node.home)) return;
    filled.add(node.home);
    const [x, y] = roomy ? node.wide : node.at;
    nodes.set(id, id[0] === "n" ? nodeElement(index, id, { x, y }) : groupElement(node.group, id, roomy));
  });
  if (view.focus) gather(boxes, nodes);
  boxes.forEach((box, home) => {
    if (!filled.has(home)) box.classes += view.closed.has(home) ? " empty closed" : " empty";
  });
  const edges = edgeElements(nodes);
  return [...boxes.values(), ...nodes.values(), ...edges.values()];
}
