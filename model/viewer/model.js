// SPDX-License-Identifier: BSD-2-Clause
// The state of the page: the data that it carries (model/view/page.c writes it), and which of it is visible now. Nothing is
// computed here that the model library defines.

export const data = JSON.parse(document.getElementById("data").textContent);

// In the order of the page's filters. SUBSET, which follows from the groups, is hidden at first.
export const edgeStyles = {
  HOLD: ["#8a939b", "solid"], MAP: ["#2e7d32", "solid"], REQUEST: ["#1a5fd0", "solid"], FAULT: ["#c62828", "dashed"],
  LINK: ["#c62828", "dotted"], META: ["#7b3fa0", "dotted"], PARENT: ["#b0a08a", "dashed"], SUBSET: ["#c0a060", "solid"],
};

const present = new Set(data.edges.map(([type]) => type));
export const edgeTypes = Object.keys(edgeStyles).filter((type) => present.has(type));
const kinds = new Set(data.nodes.filter((node) => node.kind !== "PD").map((node) => node.data));
export const types = data.types.map(([name]) => name).filter((name) => kinds.has(name)).sort();
const colours = new Map(data.types);
export const colourOf = (type) => colours.get(type) || "#555";

// Boxes that are no PD's, as `home` numbers them.
export const SHARED = -1;
export const EVERYONE = -3;
export const boxNames = { [SHARED]: "shared", [-2]: "of no PD", [EVERYONE]: "shared by all" };
export const isBox = (index) => data.nodes[index].home === index;
export const pds = data.nodes.flatMap((node, index) => (node.kind === "PD" ? [index] : []));

// The rest of the threads that stand in a PD's box.
export const threadsIn = new Map();
pds.forEach((pd) => { if (!isBox(pd)) threadsIn.set(data.nodes[pd].home, (threadsIn.get(data.nodes[pd].home) || 0) + 1); });

// Open groups, closed boxes; focus: the nodes that alone are shown, or null. State: 0 the old file, 1 both, 2 the new one.
export const view = {
  open: new Set(), closed: new Set(), hiddenEdges: new Set(["SUBSET"]), hiddenTypes: new Set(), hiddenPds: new Set(), state: 1,
  focus: null,
};
const closedFirst = data.boxes.filter((box) => box.closed).map((box) => box.home);
// Whether the positions leave room for the members of groups and boxes that are closed at first.
export const wide = () => view.open.size > 0 || closedFirst.some((home) => !view.closed.has(home));
const stateMask = () => (!data.states ? 3 : [1, 3, 2][view.state]);
export const inState = (mask) => (mask & stateMask()) !== 0;
// The states shown now, as [name or null, measures].
export function measuresShown() {
  if (!data.states) return [[null, data.measures[0]]];
  return data.states.map((name, i) => [name, data.measures[i]]).filter((_, i) => stateMask() & (i + 1));
}

export const label = (node) => (node.kind === "PD" ? `${node.data} (${node.id})` : node.id);
export const boxName = (home) => (home < 0 ? boxNames[home] : label(data.nodes[home]));
export const groupName = (group) => group.type === "threads" ? `threads of ${label(data.nodes[group.home])}` : group.space < 0 ? `${group.type}, each in a space of its own` : `${group.type} of ${data.nodes[group.space].id}`;
export const members = data.groups.map(() => []);
data.nodes.forEach((node, index) => { if (node.group >= 0) members[node.group].push(index); });

export function visible(index) {
  const node = data.nodes[index];
  return node.kind !== "MISSING" && inState(node.in) && (!view.focus || view.focus.has(index)) && (node.kind === "PD" || !view.hiddenTypes.has(node.data)) &&
         !view.hiddenPds.has(index) && !view.hiddenPds.has(node.home);
}

export const boxId = (home) => (home < 0 ? `b${-home}` : `n${home}`);

// The element of the picture that shows a node now: its own, its group's, or null.
export function standIn(index) {
  if (!visible(index)) return null;
  const { group, home } = data.nodes[index];
  if (view.closed.has(home)) return boxId(home);
  return group < 0 || view.open.has(group) ? `n${index}` : `g${group}`;
}

// If more than that would be visible at first, the boxes of PDs are closed.
const MOST_FIRST = 1000;
export function closedAtFirst() {
  const closed = new Set(closedFirst);
  if (data.groups.length + data.nodes.filter((node) => node.group < 0).length > MOST_FIRST) {
    data.nodes.forEach((node) => { if (node.home >= 0) closed.add(node.home); });
  }
  return closed;
}
export function closeAll() {
  view.open.clear();
  view.closed = closedAtFirst();
}
closeAll();

// Where both states are shown, whether a node is "new", "gone" or neither ("").
export const changeOf = (mask) => (!data.states || view.state !== 1 || mask === 3 ? "" : mask === 1 ? "gone" : "new");

// Edges from one PD to another that are shown now.
export const edgesBetween = (from, to) => data.edges.filter((edge) => edge[1] === from && edge[2] === to && inState(edge[4]));

// Runs [first, count, ...] as a set.
export function setOfRuns(runs) {
  const set = new Set();
  for (let i = 0; runs && i < runs.length; i += 2) {
    for (let n = 0; n < runs[i + 1]; n += 1) set.add(runs[i] + n);
  }
  return set;
}

// Nodes whose id, name, type or further field contains a text.
export function matches(text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  return data.nodes.flatMap((node, index) =>
    (visible(index) && `${node.id} ${node.data} ${node.extra}`.toLowerCase().includes(wanted) ? [index] : []));
}
