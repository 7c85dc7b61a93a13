// SPDX-License-Identifier: BSD-2-Clause
// How a person looks at a model, in words that mean the same in another state of the system: taken along from page to page of
// one tab, where a system is followed (live.js).
import { closeAll, closedAtFirst, data, pds, view } from "./model.js";

const byId = (id) => document.getElementById(id);
const KEY = "cellulos-view";
const kept = data.live ? JSON.parse(sessionStorage.getItem(KEY) || "null") : null;

const idOf = (index) => (index < 0 ? index : data.nodes[index].id);
const numbers = new Map(data.nodes.map((node, index) => [node.id, index]));
const indexOf = (id) => (typeof id === "number" ? id : numbers.get(id));
const found = (ids) => ids.map(indexOf).filter((index) => index !== undefined);
const groupKey = (group) => [group.type, idOf(group.space), idOf(group.home)].join(" ");

// Filters, open groups and boxes: before anything is drawn.
export function restoreView() {
  if (!kept) return;
  view.hiddenEdges = new Set(kept.hiddenEdges);
  view.hiddenTypes = new Set(kept.hiddenTypes);
  view.hiddenPds = new Set(found(kept.hiddenPds));
  view.state = kept.state;
  closeAll();
  const open = new Set(kept.open);
  data.groups.forEach((group, number) => { if (open.has(groupKey(group))) view.open.add(number); });
  found(kept.uncovered).forEach((home) => view.closed.delete(home));
  found(kept.covered).forEach((home) => view.closed.add(home));
}

// Restores what was chosen, compared and looked for, and the picture's position, once it is drawn. False: nothing was kept.
export function restorePage({ graph, setMode, compare, select, show }) {
  if (!kept) return false;
  for (const which of ["a", "b"]) {
    const index = indexOf(kept[which]);
    byId(`compare-${which}`).value = pds.includes(index) ? index : -1;
  }
  setMode(kept.mode);
  if ([...byId("map-metric").options].some((option) => option.value === kept.metric)) {
    byId("map-metric").value = kept.metric;
    byId("map-metric").dispatchEvent(new Event("change"));
  }
  compare();
  byId("search").value = kept.search;
  byId("search").dispatchEvent(new Event("input"));
  const chosen = numbers.get(kept.chosen);
  if (chosen !== undefined) show(chosen);
  const group = data.groups.findIndex((each) => groupKey(each) === kept.chosenGroup);
  if (group >= 0) select(graph.getElementById(`g${group}`));
  if (kept.viewport) graph.viewport(kept.viewport);
  if (kept.focused) byId(kept.focused)?.focus({ preventScroll: true });
  return true;
}

// `moved`: whether the person has moved the picture.
export function keep({ graph, mode, moved }) {
  const { index, number } = graph.nodes(".chosen").data() || {};
  const closed = closedAtFirst();
  sessionStorage.setItem(KEY, JSON.stringify({
    mode: mode(), metric: byId("map-metric").value, search: byId("search").value, state: view.state,
    a: idOf(Number(byId("compare-a").value)), b: idOf(Number(byId("compare-b").value)),
    hiddenEdges: [...view.hiddenEdges], hiddenTypes: [...view.hiddenTypes], hiddenPds: [...view.hiddenPds].map(idOf),
    open: [...view.open].map((each) => groupKey(data.groups[each])),
    covered: [...view.closed].filter((home) => !closed.has(home)).map(idOf),
    uncovered: [...closed].filter((home) => !view.closed.has(home)).map(idOf),
    chosen: index === undefined ? null : idOf(index), chosenGroup: number === undefined ? null : groupKey(data.groups[number]),
    focused: document.activeElement.id,
    viewport: moved() ? { zoom: graph.zoom(), pan: graph.pan() } : null,
  }));
}
