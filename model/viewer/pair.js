// SPDX-License-Identifier: BSD-2-Clause
// Two PDs and nothing else: for each type what the one alone reaches, what both do, what the other alone does; what all PDs
// reach is folded. Lists have a search, so that ten thousand members are no wall.
import { colourOf, data, edgesBetween, label, measuresShown, pds, setOfRuns } from "./model.js";
import { element, searchable } from "./details.js";
import { commandLine } from "./commands.js";
import { comparedPair } from "./compare.js";
import { textOfPair } from "./cells.js";
import { mode, onMode, setMode } from "./modes.js";

const panel = document.getElementById("pair");

// A number that unfolds a row of its own below its row, as wide as the table.
function folded(summary, indices) {
  if (indices.length === 0) return element("span", "–");
  const button = element("button", summary, { type: "button", className: "link fold", ariaExpanded: "false" });
  let below = null;
  button.addEventListener("click", () => {
    if (below) below.remove();
    const row = button.closest("tr");
    below = below ? null : element("tr", element("td", searchable(indices), { colSpan: row.cells.length }), { className: "members" });
    if (below) row.after(below);
    button.ariaExpanded = String(below !== null);
  });
  return button;
}

const kibOf = (indices) => indices.reduce((sum, i) => sum + (data.nodes[i].kib || 0), 0);
const sizeText = (type, indices) => (type === "MO" ? `${kibOf(indices).toLocaleString("en")} KiB in ${indices.length}` : String(indices.length));

function byType(indices) {
  const found = new Map();
  indices.forEach((i) => {
    const type = data.nodes[i].data;
    if (!found.has(type)) found.set(type, []);
    found.get(type).push(i);
  });
  return found;
}

function sections(measures, a, b) {
  const [of, other] = [a, b].map((pd) => setOfRuns(measures.reach[pd]));
  const root = data.nodes.findIndex((node) => node.id === "PD_0");
  const everyone = pds.filter((pd) => pd !== root && measures.reach[pd]);
  const counts = new Map();
  if (everyone.length > 2) {
    everyone.forEach((pd) => setOfRuns(measures.reach[pd]).forEach((i) => counts.set(i, (counts.get(i) || 0) + 1)));
  }
  const common = (i) => everyone.length > 2 && counts.get(i) === everyone.length;
  const both = [...of].filter((i) => other.has(i));
  return { everyone: everyone.length, onlyA: byType([...of].filter((i) => !other.has(i))),
           onlyB: byType([...other].filter((i) => !of.has(i))),
           both: byType(both.filter((i) => !common(i))), common: byType(both.filter(common)) };
}

function bar(type, parts) {
  const sizes = parts.map((part) => (type === "MO" ? kibOf(part) : part.length));
  const all = sizes.reduce((x, y) => x + y, 0) || 1;
  const made = element("div", sizes.map((size, i) => {
    const piece = element("span", [], { className: i === 1 || i === 2 ? "both" : "" });
    piece.style.width = `${(100 * size) / all}%`;
    piece.style.background = colourOf(type);
    return piece;
  }), { className: "bar" });
  return made;
}

function table(measures, a, b) {
  const parts = sections(measures, a, b);
  const types = [...new Set([parts.both, parts.onlyA, parts.onlyB, parts.common].flatMap((part) => [...part.keys()]))];
  const shared = (type) => (parts.both.get(type) || []).length;
  types.sort((x, y) => (shared(y) > 0) - (shared(x) > 0) || (x < y ? -1 : 1));
  const rsi = new Map((measures.rsi?.[`${Math.min(a, b)},${Math.max(a, b)}`] || []).map((row) => [row[0], row[3]]));
  const head = ["type", `only ${label(data.nodes[a])}`, "both", ...(parts.everyone > 2 ? [`all ${parts.everyone}`] : []),
                `only ${label(data.nodes[b])}`, "RSI", ""];
  const rows = types.map((type) => {
    const [one, both, all, two] = [parts.onlyA, parts.both, parts.common, parts.onlyB].map((part) => part.get(type) || []);
    const cells = [[type, one], [type, both], ...(parts.everyone > 2 ? [[type, all]] : []), [type, two]];
    return element("tr", [element("th", type, { scope: "row" }),
                          ...cells.map(([of, indices]) => element("td", folded(sizeText(of, indices), indices))),
                          element("td", rsi.get(type) || textOfPair(measures, `RSI ${type}`, a, b)), element("td", bar(type, [one, both, all, two]))]);
  });
  return element("table", [element("tr", head.map((cell) => element("th", cell, { scope: "col" }))), ...rows]);
}

function asks(a, b) {
  const found = [...edgesBetween(a, b), ...edgesBetween(b, a)];
  return found.length === 0 ? [] : [element("h3", "Between them"), element("ul", found.map(([type, from, to, note]) =>
    element("li", `${label(data.nodes[from])} ${type} ${note} ${label(data.nodes[to])}`)))];
}

function fill() {
  if (mode() !== "pair") return;
  const chosen = comparedPair();
  if (!chosen) {
    panel.replaceChildren(element("p", "Choose two PDs on the left, or click a square of “All pairs”."));
    return;
  }
  const { a, b } = chosen;
  panel.replaceChildren(element("h2", `${label(data.nodes[a])} and ${label(data.nodes[b])}`));
  panel.append(...[a, b].filter(commandLine).map((pd) => element("p", element("code", commandLine(pd)))));
  for (const [name, measures] of measuresShown()) {
    if (name !== null) panel.append(element("h3", name));
    const key = `${Math.min(a, b)},${Math.max(a, b)}`;
    const fr = measures.fr?.[key] ?? textOfPair(measures, "FR", a, b);
    if (fr !== "") panel.append(element("p", `FR ${fr}`));
    panel.append(table(measures, a, b));
  }
  panel.append(...asks(a, b));
}

onMode(fill);
export const refillPair = fill;
export const openPair = () => setMode("pair");
