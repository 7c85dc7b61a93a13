// SPDX-License-Identifier: BSD-2-Clause
// The model as text, for those who do not see the picture, or want words: boxes, what is in them, made when opened.
import { boxName, data, groupName, isBox, label, members, standIn, visible } from "./model.js";
import { element, nodeLink } from "./details.js";
import { onMode } from "./modes.js";
import { onDraw } from "./picture.js";

const list = document.getElementById("list");
const PIECE = 500; // so many lines are made at once

// A heading that shows its content when it is opened.
function folded(summary, fill) {
  const made = element("details", element("summary", summary));
  made.addEventListener("toggle", () => { if (made.open && made.children.length === 1) made.append(fill()); });
  return made;
}

const nodeLine = (index) => element("li", [nodeLink(index, `${label(data.nodes[index])}`),
  ` ${data.nodes[index].kind === "RESOURCE_SPACE" ? "space" : data.nodes[index].data} ${data.nodes[index].extra}`]);

function pieces(indices) {
  const made = element("ul", indices.slice(0, PIECE).map(nodeLine));
  if (indices.length > PIECE) {
    made.append(element("li", folded(`${indices.length - PIECE} more`, () => pieces(indices.slice(PIECE)))));
  }
  return made;
}

function boxContent(indices) {
  const made = element("ul", []);
  const seen = new Set();
  for (const index of indices) {
    const { group } = data.nodes[index];
    if (group < 0) {
      made.append(nodeLine(index));
    } else if (!seen.has(group)) {
      seen.add(group);
      const shown = members[group].filter(visible);
      made.append(element("li", folded(`${groupName(data.groups[group])}: ${shown.length}`, () => pieces(shown))));
    }
  }
  return made;
}

function fillList() {
  if (list.hidden) return;
  const boxes = new Map();
  data.nodes.forEach((node, index) => {
    if (standIn(index) === null) return;
    if (!boxes.has(node.home)) boxes.set(node.home, []);
    if (!isBox(index)) boxes.get(node.home).push(index);
  });
  const homes = [...boxes.keys()].sort((a, b) => a - b);
  list.replaceChildren(element("h2", "The model as text"), element("ul", homes.map((home) => {
    const fold = folded(`${home < 0 ? "" : "PD "}${boxName(home)}: ${boxes.get(home).length} nodes`,
                        () => boxContent(boxes.get(home)));
    return element("li", home < 0 ? fold : [fold, nodeLink(home, "edges")]);
  })));
}

onMode((name) => {
  fillList();
  if (name === "text") list.focus();
});
onDraw(fillList);
