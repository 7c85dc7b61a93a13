// SPDX-License-Identifier: BSD-2-Clause
// What came and went between two states: PDs by name, all else by type, each with a list.
import { data, label } from "./model.js";
import { element, searchable } from "./details.js";

const MOST_NAMED = 4;

function part(word, nodes) {
  const byType = new Map();
  nodes.forEach((index) => {
    const { kind, data: of } = data.nodes[index];
    const type = kind === "PD" ? "PD" : kind === "RESOURCE_SPACE" ? `${of} space` : of === "PD" ? "handle of a PD" : of;
    if (!byType.has(type)) byType.set(type, []);
    byType.get(type).push(index);
  });
  const first = ([type]) => (type === "PD" ? 0 : 1);
  return [...byType].sort((x, y) => first(x) - first(y) || (x[0] < y[0] ? -1 : 1)).map(([type, some]) => {
    const names = type === "PD" && some.length <= MOST_NAMED ? `: ${some.map((index) => label(data.nodes[index])).join(", ")}` : "";
    return element("details", [element("summary", [element("span", word, { className: word === "came" ? "came" : "was" }),
                                                   ` ${some.length} ${type}${names}`]), searchable(some)]);
  });
}

export function fillChanges() {
  if (!data.states) return;
  const of = (mask) => data.nodes.flatMap((node, index) => (node.in === mask && node.kind !== "MISSING" ? [index] : []));
  const edges = data.edges.filter((edge) => edge[4] !== 3).length;
  const made = [...part("came", of(2)), ...part("went", of(1))];
  if (edges > 0) made.push(element("p", `${edges} edges came or went`));
  if (made.length === 0) made.push(element("p", "nothing that the model shows"));
  document.getElementById("changes").append(...made);
  document.getElementById("changes").hidden = false;
}
