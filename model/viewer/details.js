// SPDX-License-Identifier: BSD-2-Clause
// Choosing a node, and the text about it: its fields, its edges, its contents. Every mention leads to the node.
import { boxId, boxName, changeOf, data, groupName, inState, isBox, label, members, standIn, view, visible } from "./model.js";
import { commandLine } from "./commands.js";
import { draw, fit, graph, isList, mayShow, toggleBox, toggleGroup } from "./picture.js";

const panel = document.getElementById("details");
const MOST_LINES = 200;

export function element(tag, content, properties) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...[content].flat());
  return made;
}

// Edges by node, so that the text about one node does not look at all edges.
export const edgesOf = data.nodes.map(() => []);
for (const edge of data.edges) {
  edgesOf[edge[1]].push(edge);
  if (edge[1] !== edge[2]) edgesOf[edge[2]].push(edge);
}

export const nodeLink = (index, text) =>
  element("button", text || label(data.nodes[index]), { className: "link", type: "button", onclick: () => show(index) });

// At most MOST_LINES of them, and how many more there are.
export function lines(items, lineOf) {
  const list = element("ul", items.slice(0, MOST_LINES).map((item) => element("li", lineOf(item))));
  if (items.length > MOST_LINES) list.append(element("li", `and ${items.length - MOST_LINES} more`));
  return list;
}

const changeText = (mask) => {
  const change = changeOf(mask);
  return change ? [" ", element("span", change, { className: change === "new" ? "came" : "was" })] : [];
};

// A list with a search, a piece of it at once.
const PIECE = 100;
export function searchable(indices) {
  const list = element("ul", []);
  const more = element("p", "");
  const field = element("input", [], { type: "search", placeholder: `search ${indices.length}`, ariaLabel: "Search this list" });
  const fill = () => {
    const wanted = field.value.trim().toLowerCase();
    const found = indices.filter((i) => `${data.nodes[i].id} ${data.nodes[i].extra}`.toLowerCase().includes(wanted));
    list.replaceChildren(...found.slice(0, PIECE).map((i) => element("li", [
      nodeLink(i), ` ${data.nodes[i].extra}`, ...changeText(data.nodes[i].in)])));
    more.textContent = found.length > PIECE ? `${PIECE} of ${found.length}: search for more` : "";
  };
  field.addEventListener("input", fill);
  fill();
  return element("div", indices.length > 8 ? [field, list, more] : [list]);
}

function groupDetails(number) {
  const group = data.groups[number];
  const shown = members[number].filter(visible);
  panel.replaceChildren(
    element("h2", `${groupName(group)}: ${shown.length}`), element("p", `in the box: ${boxName(group.home)}`),
    element("button", view.open.has(number) ? "Close the group" : isList(number) ? "Show as dots" : "Open the group",
            { type: "button", className: "small", onclick: () => toggle(graph.getElementById(`g${number}`), true) }),
    searchable(shown));
  return `${groupName(group)}, ${shown.length} in one, in ${boxName(group.home)}`;
}

function nodeDetails(index) {
  const node = data.nodes[index];
  const kind = { PD: "Protection domain", RESOURCE: `Resource, ${node.data}`, RESOURCE_SPACE: `Resource space, ${node.data}` };
  panel.replaceChildren(element("h2", [label(node), ...changeText(node.in)]), element("p", kind[node.kind] || node.kind));
  if (commandLine(index)) panel.append(element("p", element("code", commandLine(index))));
  if (node.extra) panel.append(element("p", node.kind === "RESOURCE_SPACE" ? `managed by ${node.extra}` : node.extra));
  if (!isBox(index)) panel.append(element("p", `in the box: ${boxName(node.home)}`));
  else panel.append(element("button", view.closed.has(index) ? "Open the box" : "Close the box",
                            { type: "button", className: "small", onclick: () => toggle(graph.getElementById(`n${index}`)) }));
  const edges = edgesOf[index].filter((edge) => inState(edge[4]));
  for (const [heading, here, there] of [["Leads to", 1, 2], ["Comes from", 2, 1]]) {
    const some = edges.filter((edge) => edge[here] === index);
    if (some.length === 0) continue;
    panel.append(element("h3", heading), lines(some, (edge) =>
      [`${edge[0]} ${edge[3]} `, nodeLink(edge[there]), ...changeText(edge[4])]));
  }
  if (node.group >= 0 && view.open.has(node.group)) {
    panel.append(element("button", "Close its group", { type: "button", className: "small",
                                                        onclick: () => toggle(graph.getElementById(`n${index}`)) }));
  }
  return `${label(node)}, ${(kind[node.kind] || node.kind).toLowerCase()}, ${edges.length} edges`;
}

// The contents of a box.
const inside = (box) => graph.nodes().filter((node) => node.data("box") === box.id());

export function select(chosen) {
  graph.nodes(".chosen").removeClass("chosen");
  graph.edges().removeClass("near faint");
  if (!chosen || chosen.empty()) {
    panel.replaceChildren(element("p", "Click a node, or go to the graph and use the arrow keys."));
    document.getElementById("status").textContent = "";
    return;
  }
  chosen.addClass("chosen");
  const near = chosen.union(inside(chosen)).connectedEdges();
  graph.edges().not(near).addClass("faint");
  near.addClass("near");
  const { index, number } = chosen.data();
  const told = number !== undefined ? groupDetails(number) : index !== undefined ? nodeDetails(index) : chosen.data("label");
  document.getElementById("status").textContent = told;
}

// Shows the text about a node that is not drawn separately, as its group is too large to open.
function tell(index) {
  select(graph.getElementById(standIn(index)));
  document.getElementById("status").textContent = nodeDetails(index);
}

// Chooses a node wherever it is: opens its group, and moves the picture there if it is out of sight.
export function show(index) {
  const { group } = data.nodes[index];
  if (!visible(index) && view.focus) {
    view.focus = null;
    draw(true);
  }
  if (!visible(index)) return;
  const opens = group >= 0 && !view.open.has(group) && !isList(group) && mayShow(data.groups[group].count);
  if (opens) view.open.add(group);
  const uncovers = !isBox(index) && view.closed.delete(data.nodes[index].home);
  if (opens || uncovers) draw(false);
  const node = graph.getElementById(standIn(index));
  if (node.data("index") === index) select(node);
  else tell(index);
  if (node.empty()) return; // the graph is not shown
  const sight = graph.extent();
  const { x, y } = node.position();
  if (x < sight.x1 || x > sight.x2 || y < sight.y1 || y > sight.y2) graph.center(node);
  if (graph.zoom() < 0.4) fit(node);
}

// Opens a group, or closes the one that a node is in; opens or closes a box. A group of very many is told as a list, unless
// `dots` are asked for.
export function toggle(chosen, dots) {
  const { number, index, home } = chosen.data();
  if (home !== undefined) {
    toggleBox(home);
    select(graph.getElementById(boxId(home)));
    return;
  }
  if (number !== undefined && isList(number) && !dots && !view.open.has(number)) {
    select(chosen);
    document.getElementById("status").textContent = `${groupName(data.groups[number])}: ${members[number].length}, listed here`;
    return;
  }
  const group = number !== undefined ? number : index !== undefined ? data.nodes[index].group : -1;
  if (group < 0) return;
  if (!toggleGroup(group, boxId(data.groups[group].home))) return;
  select(graph.getElementById(view.open.has(group) ? `n${members[group].find(visible)}` : `g${group}`));
}
