// SPDX-License-Identifier: BSD-2-Clause
// The map of all pairs: a square per two PDs, darker for more of the chosen measure; PDs that have much in common stand side
// by side. A click, or Enter on the square that the arrow keys lead to, opens the two.
import { data, label, measuresShown } from "./model.js";
import { cellsOf, placeOf, valueText } from "./cells.js";
import { commandOf } from "./commands.js";
import { comparePair } from "./compare.js";
import { mode, onMode, setMode } from "./modes.js";

const byId = (id) => document.getElementById(id);
const canvas = byId("map-canvas");
const choice = byId("map-metric");
const told = byId("map-told");
const LABELS = 200; // pixels
let drawn = null; // { pds, order, values, side }
let at = null; // [row, column], places in the order

// The values of the last of the states shown; PD_0, on which all depend, is left out.
const measures = () => measuresShown()[measuresShown().length - 1][1];

// How dark: 0 to 1. RSI as it is, KiB by their logarithm, FR the darker the nearer.
function darkness(metric, value) {
  if (metric.startsWith("RSI")) return value / 10000;
  if (metric === "FR") return value === 0 ? 0 : 1 / value;
  return value === 0 ? 0 : 0.15 + 0.85 * Math.min(1, Math.log2(1 + value) / 20);
}

// From the PD that has most in common with all others on, always the one that has most with the last few.
function clustered(n, like) {
  const left = new Set(Array.from({ length: n }, (_, i) => i));
  const total = Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j += 1) if (i !== j) sum += like(i, j);
    return sum;
  });
  const order = [];
  let next = total.indexOf(Math.max(...total));
  while (left.size > 0) {
    order.push(next);
    left.delete(next);
    const last = next;
    let best = -1;
    for (const other of left) {
      const close = like(last, other) + (order.length > 1 ? like(order[order.length - 2], other) / 2 : 0);
      if (close > best) {
        best = close;
        next = other;
      }
    }
  }
  return order;
}

const root = () => data.nodes.findIndex((node) => node.kind === "PD" && node.id === "PD_0");

function compute(metric) {
  const { map, mapPds } = measures();
  const n = mapPds.length;
  const cells = cellsOf(map[metric], (n * (n - 1)) / 2);
  const value = (i, j) => cells[placeOf(n, i, j)];
  const kept = mapPds.map((_, i) => i).filter((i) => mapPds[i] !== root());
  const order = clustered(kept.length, (i, j) => darkness(metric, value(kept[i], kept[j]))).map((i) => kept[i]);
  return { metric, pds: order.map((i) => mapPds[i]), value: (row, column) => value(order[row], order[column]) };
}

function paint() {
  const { pds, value, metric } = drawn;
  const room = Math.max(200, Math.min(byId("map").clientWidth - 40, byId("map").clientHeight - 110));
  const named = pds.length <= 60;
  const margin = named ? LABELS : 0;
  const side = Math.max(named ? 9 : 1, Math.floor((room - margin) / pds.length));
  drawn.side = side;
  drawn.margin = margin;
  const size = margin + side * pds.length;
  canvas.width = size;
  canvas.height = size;
  drawn.scale = named ? 1 : Math.min(1, room / size); // so that more PDs than there are pixels fit, too
  canvas.style.width = `${size * drawn.scale}px`;
  const to = canvas.getContext("2d");
  to.fillStyle = "#fff";
  to.fillRect(0, 0, size, size);
  for (let row = 0; row < pds.length; row += 1) {
    for (let column = 0; column < pds.length; column += 1) {
      const dark = row === column ? -1 : darkness(metric, value(row, column));
      to.fillStyle = dark < 0 ? "#d8dde2" : dark === 0 ? "#f6f7f8" : `hsl(${215 - 15 * dark} 70% ${93 - 68 * dark}%)`;
      to.fillRect(margin + column * side, margin + row * side, Math.max(1, side - (side > 4)), Math.max(1, side - (side > 4)));
    }
  }
  if (named) {
    to.fillStyle = "#222";
    to.font = `${Math.min(12, Math.max(8, side - 2))}px sans-serif`;
    pds.forEach((pd, i) => {
      const name = `${data.nodes[pd].data} ${commandOf(pd)}`;
      to.textAlign = "right";
      to.fillText(name, margin - 5, margin + (i + 0.75) * side, margin - 8);
      to.save();
      to.translate(margin + (i + 0.75) * side, margin - 5);
      to.rotate(-Math.PI / 2);
      to.textAlign = "left";
      to.fillText(name, 0, 0, margin - 8);
      to.restore();
    });
  }
  if (at) {
    to.strokeStyle = "#1a73e8";
    to.lineWidth = 2;
    to.strokeRect(margin + at[1] * side - 1, margin + at[0] * side - 1, side + 1, side + 1);
  }
}

function tell() {
  const { pds, value, metric } = drawn;
  told.textContent = at === null || at[0] === at[1] ? `${pds.length} PDs; click a square to see the two`
    : `${label(data.nodes[pds[at[0]]])} and ${label(data.nodes[pds[at[1]]])}: ${metric} ${valueText(metric, value(...at))}`;
}

export function drawMap() {
  if (mode() !== "map") return;
  const there = measures().map;
  canvas.hidden = !there;
  if (!there) {
    told.textContent = "The page has no map of so many PDs, or of one alone: ask cellmodel matrix.";
    return;
  }
  if (!drawn || drawn.metric !== choice.value || drawn.of !== there) {
    drawn = { ...compute(choice.value), of: there };
    at = null;
  }
  paint();
  tell();
}

// Measures that tell pairs apart come first.
function fillChoice() {
  const there = measures().map;
  if (!there) return;
  const varies = (name) => there[name].length > 2;
  const rank = (name) => (name === "RSI MO" ? 0 : name.startsWith("KiB") ? 1 : name === "FR" ? 2 : 3) + (varies(name) ? 0 : 10);
  const names = Object.keys(there).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const kept = choice.value;
  choice.replaceChildren(...names.map((name) => {
    const same = varies(name) || there[name].length === 0 ? "" : `, ${valueText(name, there[name][0])} for all`;
    return new Option(`${name}${same}`, name);
  }));
  if (names.includes(kept)) choice.value = kept;
}

function squareOf(event) {
  const { left, top } = canvas.getBoundingClientRect();
  const [column, row] = [event.clientX - left, event.clientY - top].map((x) => Math.floor((x / drawn.scale - drawn.margin) / drawn.side));
  const there = row >= 0 && column >= 0 && row < drawn.pds.length && column < drawn.pds.length;
  return there ? [row, column] : null;
}

const open = () => { if (at && at[0] !== at[1]) comparePair(drawn.pds[at[0]], drawn.pds[at[1]]); };

canvas.addEventListener("mousemove", (event) => {
  if (!drawn) return;
  at = squareOf(event) || at;
  tell();
});
canvas.addEventListener("click", (event) => {
  at = squareOf(event);
  open();
});
canvas.addEventListener("keydown", (event) => {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (event.key === "Enter") open();
  if (!step || !drawn) return;
  event.preventDefault();
  at = (at || [0, 0]).map((x, i) => Math.max(0, Math.min(drawn.pds.length - 1, x + step[i])));
  paint();
  tell();
});
choice.addEventListener("change", drawMap);
window.addEventListener("resize", drawMap);
onMode(() => {
  if (mode() !== "map") return;
  fillChoice();
  drawMap();
});

// So many PDs are a thicket as a graph: the map comes first.
const MANY_PDS = 12;
export function openFirst() {
  if (data.nodes.filter((node) => node.kind === "PD").length > MANY_PDS + 1 && measures().map) setMode("map");
}
