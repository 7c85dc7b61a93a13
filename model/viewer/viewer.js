// SPDX-License-Identifier: BSD-2-Clause
// The page of `cellmodel view`. The data that the page carries has every node, edge, position, what each PD reaches, and
// the metrics of all pairs: nothing is computed here that the model library defines. What is done here: which nodes are
// visible (groups stand for their members until opened), and showing, filtering, comparing, exporting them.
import cytoscape from "cytoscape";

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const colours = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2", "#edc948", "#9c755f", "#ff9da7",
                 "#bab0ac", "#86bcb6", "#d37295"];
const types = [...new Set(data.nodes.filter((n) => n.kind !== "PD").map((n) => n.data))].sort();
const colourOf = (type) => colours[types.indexOf(type) % colours.length];
const edgeTypes = [...new Set(data.edges.map((e) => e[0]))];
const hiddenEdges = new Set(["SUBSET"]);
const hiddenTypes = new Set();
const hiddenPds = new Set();
const open = new Set();
let state = data.states ? 1 : 0;
let compared = null;

const pds = data.nodes.map((n, i) => [n, i]).filter(([n]) => n.kind === "PD");
const label = (node) => (node.kind === "PD" ? `${node.data} (${node.id})` : node.id);
// States: bit 0 the old file, bit 1 the new one; slider 0 shows old, 1 both, 2 new.
const inState = (mask) => !data.states || (state === 1 ? true : (mask & (state === 0 ? 1 : 2)) !== 0);

// ---- What is visible --------------------------------------------------------------------------

// The element that stands for a node now: itself, its group, or nothing.
function standIn(index) {
  const node = data.nodes[index];
  if (!inState(node.in) || (node.kind !== "PD" && hiddenTypes.has(node.data))) return null;
  if (node.kind === "PD" && hiddenPds.has(index)) return null;
  if (node.home >= 0 && hiddenPds.has(node.home)) return null;
  if (node.group < 0 || open.has(node.group)) return `n${index}`;
  return `g${node.group}`;
}

const change = (mask) => (!data.states || mask === 3 ? "" : mask === 1 ? " gone" : " new");

function elements() {
  const wide = open.size > 0;
  const nodes = new Map();
  const boxes = new Set();
  data.nodes.forEach((node, index) => {
    const id = standIn(index);
    if (id === null || nodes.has(id)) return;
    const box = `b${node.home}`;
    boxes.add(node.home);
    if (id[0] === "n") {
      nodes.set(id, { group: "nodes", classes: node.kind + change(node.in),
        data: { id, parent: box, label: node.kind === "PD" ? node.data : node.short, colour: colourOf(node.data), index },
        position: wide ? { x: node.wide[0], y: node.wide[1] } : { x: node.at[0], y: node.at[1] } });
    } else {
      const group = data.groups[node.group];
      nodes.set(id, { group: "nodes", classes: "group",
        data: { id, parent: box, label: `${group.name} × ${group.count}`, colour: colourOf(node.data), members: node.group },
        position: wide ? { x: group.wide[0], y: group.wide[1] } : { x: group.at[0], y: group.at[1] } });
    }
  });
  const parents = [...boxes].map((home) => ({ group: "nodes", classes: "box", selectable: false,
    data: { id: `b${home}`, label: home < 0 ? "shared" : data.nodes[home].data } }));
  const edges = new Map();
  for (const [type, from, to, note, mask] of data.edges) {
    if (hiddenEdges.has(type) || !inState(mask)) continue;
    const source = standIn(from);
    const target = standIn(to);
    if (source === null || target === null || source === target) continue;
    const key = `${type} ${source} ${target}`;
    const edge = edges.get(key);
    if (edge) {
      edge.data.count += 1;
    } else {
      edges.set(key, { group: "edges", classes: type + change(mask),
                       data: { id: `e${edges.size}`, source, target, type, note, count: 1 } });
    }
  }
  return [...parents, ...nodes.values(), ...edges.values()];
}

const graph = cytoscape({
  container: byId("graph"), layout: { name: "preset" }, wheelSensitivity: 0.3, hideEdgesOnViewport: true,
  textureOnViewport: true, elements: [],
  style: [
    { selector: "node", style: { label: "data(label)", "font-size": 9, width: 18, height: 18,
      "background-color": "data(colour)", "text-valign": "bottom", "min-zoomed-font-size": 6 } },
    { selector: ".PD", style: { shape: "round-rectangle", "background-color": "#333", width: 40, height: 24,
      "font-size": 11, "font-weight": "bold" } },
    { selector: ".RESOURCE_SPACE", style: { shape: "diamond" } },
    { selector: ".group", style: { shape: "round-rectangle", width: 44, height: 22 } },
    { selector: ".box", style: { shape: "round-rectangle", "background-color": "#f4f6f8", "border-width": 1,
      "border-color": "#bbb", "text-valign": "top", "font-size": 12, padding: 14, label: "data(label)" } },
    { selector: "edge", style: { width: 1, "line-color": "#9aa", "target-arrow-color": "#9aa",
      "target-arrow-shape": "triangle", "arrow-scale": 0.6, "curve-style": "straight" } },
    { selector: "edge.REQUEST", style: { "line-color": "#1a73e8", "target-arrow-color": "#1a73e8",
      "curve-style": "bezier", width: 1.5 } },
    { selector: "edge.MAP", style: { "line-color": "#59a14f", "target-arrow-color": "#59a14f" } },
    { selector: "edge.FAULT, edge.LINK", style: { "line-style": "dashed", "line-color": "#e15759",
      "target-arrow-color": "#e15759" } },
    { selector: ".gone", style: { opacity: 0.45, "line-style": "dashed" } },
    { selector: "node.new", style: { "border-width": 3, "border-color": "#2e7d32" } },
    { selector: ".dim", style: { opacity: 0.15 } },
    { selector: ".lit", style: { "border-width": 4, "border-color": "#d50000" } },
    { selector: ":selected, .found", style: { "border-width": 4, "border-color": "#1a73e8" } },
  ],
});

function draw(refit) {
  graph.startBatch();
  graph.elements().remove();
  graph.add(elements());
  graph.endBatch();
  mark();
  if (refit) graph.fit(undefined, 20);
  byId("graph").dataset.nodes = graph.nodes().not(".box").length;
}

// ---- Details ---------------------------------------------------------------------------------

const text = (tag, content) => {
  const element = document.createElement(tag);
  element.textContent = content;
  return element;
};

function showDetails(element) {
  const panel = byId("details");
  panel.replaceChildren();
  const { index, members } = element.data();
  if (members !== undefined) {
    const group = data.groups[members];
    panel.append(text("h2", `${group.name}: ${group.count}`), text("p", "Double-click or Enter opens it."));
    return;
  }
  const node = data.nodes[index];
  panel.append(text("h2", label(node)), text("p", `${node.kind} ${node.data} ${node.extra}`));
  for (const [heading, from, to] of [["to", 1, 2], ["from", 2, 1]]) {
    const list = document.createElement("ul");
    const edges = data.edges.filter((edge) => edge[from] === index && inState(edge[4]));
    edges.slice(0, 200).forEach((edge) =>
      list.append(text("li", `${edge[0]} ${edge[3]} ${heading} ${label(data.nodes[edge[to]])}`)));
    if (edges.length > 200) list.append(text("li", `and ${edges.length - 200} more`));
    if (edges.length) panel.append(list);
  }
}

function toggle(element) {
  const { members, index } = element.data();
  if (members !== undefined) open.add(members);
  else if (index !== undefined && data.nodes[index].group >= 0) open.delete(data.nodes[index].group);
  else return;
  draw(false);
}

graph.on("tap", "node", (event) => { if (!event.target.hasClass("box")) showDetails(event.target); });
graph.on("dbltap", "node", (event) => toggle(event.target));

// ---- Comparing and searching -----------------------------------------------------------------

function mark() {
  graph.elements().removeClass("lit dim found");
  if (compared) {
    const both = new Set(compared.shared.map(standIn).filter((id) => id !== null));
    const each = new Set([compared.a, compared.b].map(standIn));
    graph.nodes().not(".box").forEach((node) => {
      if (both.has(node.id())) node.addClass("lit");
      else if (!each.has(node.id())) node.addClass("dim");
    });
    graph.edges().addClass("dim");
  }
  const wanted = byId("search").value.trim().toLowerCase();
  if (wanted) {
    let found = 0;
    data.nodes.forEach((node, index) => {
      if (`${node.id} ${node.data} ${node.extra}`.toLowerCase().includes(wanted)) {
        found += 1;
        const id = standIn(index);
        if (id !== null) graph.getElementById(id).addClass("found");
      }
    });
    byId("summary").textContent = `${found} of ${data.nodes.length} nodes match`;
  } else {
    byId("summary").textContent = data.summary;
  }
}

function compare() {
  const a = Number(byId("compare-a").value);
  const b = Number(byId("compare-b").value);
  const panel = byId("compare");
  panel.replaceChildren();
  compared = null;
  if (a >= 0 && b >= 0 && a !== b) {
    const pair = data.pairs[`${Math.min(a, b)},${Math.max(a, b)}`];
    const other = new Set(data.reach[b] || []);
    compared = { a, b, shared: (data.reach[a] || []).filter((node) => other.has(node)) };
    panel.append(text("p", `${compared.shared.length} nodes shared`));
    if (pair) {
      panel.append(text("p", `FR ${pair.fr}`));
      const table = document.createElement("table");
      table.append(text("caption", "RSI"));
      for (const [type, shared, all, value] of pair.rsi) {
        const row = document.createElement("tr");
        [type, `${shared}/${all}`, value].forEach((cell) => row.append(text("td", cell)));
        table.append(row);
      }
      panel.append(table);
    } else {
      panel.append(text("p", data.pairsNote));
    }
  }
  mark();
}

// ---- Exports ---------------------------------------------------------------------------------

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const escapeXml = (string) => string.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

function toSvg() {
  const box = graph.elements().boundingBox();
  const out = [`<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box.x1} ${box.y1} ${box.w} ${box.h}" ` +
               `font-family="sans-serif" font-size="9">`];
  const rectangle = (b, fill, stroke) =>
    `<rect x="${b.x1}" y="${b.y1}" width="${b.w}" height="${b.h}" rx="4" fill="${fill}" stroke="${stroke}"/>`;
  graph.nodes(".box").forEach((node) => {
    const b = node.boundingBox({ includeLabels: false });
    out.push(rectangle(b, "#f4f6f8", "#bbb"), `<text x="${b.x1 + 4}" y="${b.y1 - 3}">${escapeXml(node.data("label"))}</text>`);
  });
  graph.edges().forEach((edge) => {
    const s = edge.sourceEndpoint();
    const t = edge.targetEndpoint();
    out.push(`<line x1="${s.x}" y1="${s.y}" x2="${t.x}" y2="${t.y}" stroke="${edge.style("line-color")}"/>`);
  });
  graph.nodes().not(".box").forEach((node) => {
    const b = node.boundingBox({ includeLabels: false });
    out.push(rectangle(b, node.style("background-color"), "none"),
             `<text x="${node.position("x")}" y="${b.y2 + 9}" text-anchor="middle">${escapeXml(node.data("label"))}</text>`);
  });
  return `${out.join("\n")}\n</svg>\n`;
}

// ---- Controls --------------------------------------------------------------------------------

function boxes(where, items, hidden, caption) {
  for (const item of items) {
    const line = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !hidden.has(item) });
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(item);
      else hidden.add(item);
      draw(false);
    });
    line.append(box);
    if (where === "type-filter") {
      const swatch = document.createElement("span");
      swatch.className = "swatch";
      swatch.style.background = colourOf(item);
      line.append(swatch);
    }
    line.append(` ${caption(item)}`);
    line.title = caption(item);
    byId(where).append(line);
  }
}

boxes("edge-filter", edgeTypes, hiddenEdges, (type) => type);
boxes("type-filter", types, hiddenTypes, (type) => type);
boxes("pd-filter", pds.map(([, index]) => index), hiddenPds, (index) => label(data.nodes[index]));
for (const which of ["compare-a", "compare-b"]) {
  const select = byId(which);
  select.append(new Option("(none)", -1), ...pds.map(([node, index]) => new Option(label(node), index)));
  select.addEventListener("change", compare);
}
byId("title").textContent = data.title;
byId("search").addEventListener("input", mark);
byId("fit").addEventListener("click", () => graph.fit(undefined, 20));
byId("expand").addEventListener("click", () => { data.groups.forEach((_, i) => open.add(i)); draw(true); });
byId("collapse").addEventListener("click", () => { open.clear(); draw(true); });
byId("svg").addEventListener("click", () => save("model.svg", new Blob([toSvg()], { type: "image/svg+xml" })));
byId("png").addEventListener("click", () => save("model.png", graph.png({ output: "blob", full: true, scale: 2, maxWidth: 8192 })));
if (data.states) {
  byId("states").hidden = false;
  const names = [data.states[0], "both: gone is faint, new is green", data.states[1]];
  const slide = () => {
    state = Number(byId("state").value);
    byId("state-name").textContent = names[state];
    draw(false);
  };
  byId("state").addEventListener("input", slide);
  byId("state-name").textContent = names[state];
}

// Keyboard: arrows go to the nearest node in that direction, Enter opens or closes, + and - zoom.
let current = null;
byId("graph").addEventListener("keydown", (event) => {
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const nodes = graph.nodes().not(".box");
  if (event.key === "+" || event.key === "-") {
    graph.zoom({ level: graph.zoom() * (event.key === "+" ? 1.2 : 1 / 1.2),
                 renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });
  } else if (event.key === "Enter" && current !== null) {
    toggle(graph.getElementById(current));
    if (graph.getElementById(current).empty()) current = null;
  } else if (directions[event.key] && nodes.nonempty()) {
    const here = current !== null && graph.getElementById(current).nonempty() ? graph.getElementById(current) : null;
    let best = here === null ? nodes[0] : null;
    if (here !== null) {
      const [dx, dy] = directions[event.key];
      const from = here.position();
      let least = Infinity;
      nodes.forEach((node) => {
        const along = (node.position("x") - from.x) * dx + (node.position("y") - from.y) * dy;
        const aside = Math.abs((node.position("x") - from.x) * dy) + Math.abs((node.position("y") - from.y) * dx);
        if (along > 1 && along + 2 * aside < least) {
          least = along + 2 * aside;
          best = node;
        }
      });
    }
    if (best !== null) {
      nodes.unselect();
      best.select();
      current = best.id();
      showDetails(best);
      if (!here || graph.zoom() > 1) graph.center(best);
    }
  } else {
    return;
  }
  event.preventDefault();
});

draw(true);
window.viewer = { graph, open, draw }; // for tests
document.body.dataset.ready = "yes";
