// SPDX-License-Identifier: BSD-2-Clause
// The graph by keyboard: arrows go to the nearest node in that direction, Page Down and Page Up through all in turn.
import { select, toggle } from "./details.js";
import { focus } from "./focus.js";
import { fit, graph } from "./picture.js";

const container = document.getElementById("graph");
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const reachable = () => graph.nodes().filter((node) => node.data("index") !== undefined || node.data("number") !== undefined);

function nearest(here, [dx, dy]) {
  const from = here.position();
  let best = null;
  let least = Infinity;
  reachable().forEach((node) => {
    const { x, y } = node.position();
    const along = (x - from.x) * dx + (y - from.y) * dy;
    const aside = Math.abs((x - from.x) * dy) + Math.abs((y - from.y) * dx);
    if (node !== here && along > 1 && along + 2 * aside < least) {
      least = along + 2 * aside;
      best = node;
    }
  });
  return best;
}

function inTurn(here, step) {
  const all = reachable().toArray();
  const place = all.findIndex((node) => node.id() === here.id());
  return all[(place + step + all.length) % all.length];
}

function go(to) {
  if (!to) return;
  select(to);
  const box = to.renderedBoundingBox();
  if (box.x1 < 0 || box.y1 < 0 || box.x2 > graph.width() || box.y2 > graph.height()) graph.center(to);
}

const zoom = (factor) => graph.zoom({ level: graph.zoom() * factor,
                                      renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });

container.addEventListener("keydown", (event) => {
  const here = graph.nodes(".chosen").first();
  const { key } = event;
  if (key === "+" || key === "=") zoom(1.25);
  else if (key === "-") zoom(0.8);
  else if (key === "0") fit();
  else if (key === "Escape") select(null);
  else if (key === "f" || key === "F") focus();
  else if (key === "Enter" && here.nonempty()) toggle(here);
  else if ((directions[key] || key === "PageDown" || key === "PageUp") && here.empty()) go(reachable()[0]);
  else if (directions[key]) go(nearest(here, directions[key]));
  else if (key === "PageDown") go(inTurn(here, 1));
  else if (key === "PageUp") go(inTurn(here, -1));
  else return;
  event.preventDefault();
});
