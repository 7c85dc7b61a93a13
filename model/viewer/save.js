// SPDX-License-Identifier: BSD-2-Clause
// The picture as a file: SVG, drawn from what cytoscape shows, and PNG.
import { edgeStyles } from "./model.js";
import { graph } from "./picture.js";

const MOST_PIXELS = 4096; // of a PNG's side

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const escaped = (text) => String(text).replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);
const round = (number) => Math.round(number * 10) / 10;

function textOf(node, x, y, size, valign) {
  const attributes = `text-anchor="middle" font-size="${size}" fill="${node.style("color")}"`;
  const rows = String(node.data("label")).split("\n");
  const top = valign === "top" ? y - (rows.length - 1) * size * 1.15 : y;
  return rows.map((row, i) => `<text x="${round(x)}" y="${round(top + i * size * 1.15)}" ${attributes}` +
    `${node.hasClass("PD") ? ' font-weight="bold"' : ""}>${escaped(row)}</text>`).join("");
}

function shapeOf(node) {
  const { x1, y1, w, h } = node.boundingBox({ includeLabels: false, includeOverlays: false });
  const width = parseFloat(node.style("border-width")) || 0;
  const paint = `fill="${node.style("background-color")}" fill-opacity="${node.style("background-opacity")}"` +
    (width ? ` stroke="${node.style("border-color")}" stroke-width="${width}"` : "");
  const [x, y] = [round(x1 + w / 2), round(y1 + h / 2)];
  if (node.hasClass("RESOURCE_SPACE")) {
    return `<path d="M${x} ${round(y1)}L${round(x1 + w)} ${y}L${x} ${round(y1 + h)}L${round(x1)} ${y}Z" ${paint}/>`;
  }
  if (node.hasClass("RESOURCE")) return `<circle cx="${x}" cy="${y}" r="${round(w / 2)}" ${paint}/>`;
  return `<rect x="${round(x1)}" y="${round(y1)}" width="${round(w)}" height="${round(h)}" rx="6" ${paint}/>`;
}

function edgeOf(edge) {
  const [s, t] = [edge.sourceEndpoint(), edge.targetEndpoint()];
  if (![s.x, s.y, t.x, t.y].every(Number.isFinite)) return ""; // hidden behind one of its ends
  const control = edge.controlPoints();
  const bend = control && control.length ? `Q${round(control[0].x)} ${round(control[0].y)} ` : "L";
  const dashes = { dashed: ' stroke-dasharray="6 3"', dotted: ' stroke-dasharray="1.5 2"' }[edge.style("line-style")] || "";
  return `<path d="M${round(s.x)} ${round(s.y)}${bend}${round(t.x)} ${round(t.y)}" stroke="${edge.style("line-color")}" ` +
    `stroke-width="${parseFloat(edge.style("width"))}" fill="none"${dashes} opacity="${edge.style("opacity")}" ` +
    `marker-end="url(#${edge.data("type")})"><title>${edge.data("type")} ${escaped(edge.data("note"))}</title></path>`;
}

export function toSvg() {
  const box = graph.elements().boundingBox();
  const markers = Object.entries(edgeStyles).map(([type, [colour]]) => `<marker id="${type}" viewBox="0 0 8 8" refX="7" ` +
    `refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8Z" fill="${colour}"/></marker>`);
  const boxes = graph.nodes(".box");
  const parts = [
    ...boxes.map(shapeOf), ...graph.edges().map(edgeOf), ...graph.nodes().not(boxes).map(shapeOf),
    ...graph.nodes().map((node) => {
      const b = node.boundingBox({ includeLabels: false, includeOverlays: false });
      if (node.hasClass("empty")) return textOf(node, b.x1 + b.w / 2, b.y1 + b.h / 2, node.data("font"), "bottom");
      return node.hasClass("box") ? textOf(node, b.x1 + b.w / 2, b.y1 - 4, 12, "top")
        : textOf(node, b.x1 + b.w / 2, b.y2 + 10, node.hasClass("member") ? 8 : 11, "bottom");
    })];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${round(box.x1 - 10)} ${round(box.y1 - 10)} ${round(box.w + 20)} ` +
    `${round(box.h + 20)}" font-family="sans-serif">\n<defs>${markers.join("")}</defs>\n` +
    `<rect x="${round(box.x1 - 10)}" y="${round(box.y1 - 10)}" width="100%" height="100%" fill="white"/>\n${parts.join("\n")}\n</svg>\n`;
}

document.getElementById("svg").addEventListener("click", () => save("model.svg", new Blob([toSvg()], { type: "image/svg+xml" })));
document.getElementById("png").addEventListener("click", () => save("model.png", graph.png(
  { output: "blob", full: true, scale: 2, bg: "#ffffff", maxWidth: MOST_PIXELS, maxHeight: MOST_PIXELS })));
