// SPDX-License-Identifier: BSD-2-Clause
// The page of `cellmodel view`: the header's controls and the filters, tied to the picture.
//
//   model.js     the data, and what of it is visible
//   elements.js  that as elements of a picture;  picture.js  cytoscape
//   map.js       all pairs;  pair.js two PDs by themselves;  modes.js which of these is shown
//   details.js   choosing a node; focus.js its neighbourhood; compare.js two PDs; list.js all as text; keyboard.js; save.js
//   commands.js  command lines of PDs
//   changes.js   what came and went; live.js a system that is followed; keep.js how it is looked at, from page to page
import { compare, markCompared, onCompare } from "./compare.js";
import { element, select, show, toggle } from "./details.js";
import "./keyboard.js";
import { commandLine, commandOf } from "./commands.js";
import { fillChanges } from "./changes.js";
import "./focus.js";
import { keep, restorePage, restoreView } from "./keep.js";
import "./list.js";
import { closeAll, colourOf, data, edgeStyles, edgeTypes, label, matches, pds, standIn, types, view } from "./model.js";
import { draw, fit, graph, mayShow, moved, onDraw } from "./picture.js";
import { follow } from "./live.js";
import { drawMap, openFirst } from "./map.js";
import { mode, setMode } from "./modes.js";
import { refillPair } from "./pair.js";
import { toSvg } from "./save.js";

const byId = (id) => document.getElementById(id);
restoreView();

// ---- Filters ---------------------------------------------------------------------------------

// A check box per item, and all or none of them at a click. `decorate`: a swatch.
function filter(where, items, hidden, caption, decorate, tip = caption) {
  const boxes = [];
  const setAll = (shown) => {
    items.forEach((item, i) => {
      boxes[i].checked = shown;
      if (shown) hidden.delete(item);
      else hidden.add(item);
    });
    draw(false);
  };
  if (items.length > 3) {
    byId(where).append(...[["all", true], ["none", false]].map(([name, shown]) =>
      element("button", name, { type: "button", className: "small", onclick: () => setAll(shown) })));
  }
  items.forEach((item) => {
    const box = element("input", [], { type: "checkbox", checked: !hidden.has(item) });
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(item);
      else hidden.add(item);
      draw(false);
    });
    box.dataset.item = item;
    boxes.push(box);
    byId(where).append(element("label", [box, ...decorate(item), ` ${caption(item)}`], { title: tip(item) }));
  });
}

function swatch(colour, line) {
  const made = element("span", [], { className: line ? `swatch line ${line}` : "swatch" });
  made.style[line ? "borderTopColor" : "background"] = colour;
  return [made];
}

filter("edge-filter", edgeTypes, view.hiddenEdges, (type) => type, (type) => swatch(...edgeStyles[type]));
filter("type-filter", types, view.hiddenTypes, (type) => type, (type) => swatch(colourOf(type)));
filter("pd-filter", pds, view.hiddenPds, (index) => [label(data.nodes[index]), commandOf(index)].filter(Boolean).join(" "), () => [],
       (index) => commandLine(index) || label(data.nodes[index]));

// ---- Search ----------------------------------------------------------------------------------

const summary = `${data.nodes.length} nodes, ${data.edges.length} edges, ${pds.length} PDs`;
let found = [];
let place = -1;

function markFound() {
  graph.nodes(".found").removeClass("found");
  found = matches(byId("search").value);
  graph.batch(() => found.forEach((index) => graph.getElementById(standIn(index)).addClass("found")));
  byId("summary").textContent = byId("search").value.trim() ? `${found.length} of ${data.nodes.length} nodes match` : summary;
}

byId("search").addEventListener("input", () => {
  place = -1;
  markFound();
});
byId("search").addEventListener("keydown", (event) => { // Enter goes from one to the next
  if (event.key !== "Enter" || found.length === 0) return;
  place = (place + 1) % found.length;
  show(found[place]);
});

// ---- The rest --------------------------------------------------------------------------------

byId("title").textContent = data.title;
document.title = `${data.title} - CellulOS model`;
byId("fit").addEventListener("click", () => fit());
byId("expand").addEventListener("click", () => {
  if (!mayShow(data.nodes.length - graph.nodes().length)) return;
  view.closed.clear();
  data.groups.forEach((_, number) => view.open.add(number));
  draw(true);
});
byId("collapse").addEventListener("click", () => {
  closeAll();
  draw(true);
});
graph.on("tap", (event) => {
  if (event.target === graph) select(null);
  else if (event.target.isNode()) select(event.target);
});
// Not cytoscape's double tap: a clock distinguishes it from two taps, and a large picture is slower than that clock.
byId("graph").addEventListener("dblclick", () => {
  const chosen = graph.nodes(".chosen"); // by the first of the two clicks
  if (chosen.nonempty()) toggle(chosen);
});
onDraw(markFound);
onDraw(markCompared);
onDraw(drawMap);
onCompare(refillPair);

if (data.states) {
  const names = [`only ${data.states[0]}`, "both: gone is red and dashed, new is green", `only ${data.states[1]}`];
  const slide = () => {
    view.state = Number(byId("state").value);
    byId("state-name").textContent = names[view.state];
    byId("state").setAttribute("aria-valuetext", names[view.state]);
    draw(false);
    compare();
  };
  byId("states").hidden = false;
  byId("state").value = view.state;
  byId("state").addEventListener("input", slide);
  byId("state-name").textContent = names[view.state];
  byId("state").setAttribute("aria-valuetext", names[view.state]);
}

fillChanges();
draw(true);
select(null);
if (data.live) follow(() => keep({ graph, mode, moved }));
if (!restorePage({ graph, setMode, compare, select, show })) openFirst();
window.viewer = { graph, view, data, toSvg, mode, setMode }; // for tests
// Painted: after the next frame.
requestAnimationFrame(() => setTimeout(() => { document.body.dataset.ready = "yes"; }));
