// SPDX-License-Identifier: BSD-2-Clause
// The map's values for each pair of PDs, and their texts: RSI in ten-thousandths, KiB, FR plus one (0: none).

export const placeOf = (n, i, j) => (i < j ? (i * (2 * n - i - 1)) / 2 + (j - i - 1) : placeOf(n, j, i));

// Runs of [value, how often] as one value per pair.
export function cellsOf(runs, pairs) {
  const cells = new Float64Array(pairs);
  let next = 0;
  for (let i = 0; i < runs.length; i += 2) {
    cells.fill(runs[i], next, next + runs[i + 1]);
    next += runs[i + 1];
  }
  return cells;
}

export function valueText(metric, value) {
  if (metric.startsWith("RSI")) return (value / 10000).toFixed(4);
  if (metric === "FR") return value === 0 ? "inf" : String(value - 1);
  return `${value} KiB`;
}

// A measure of two PDs, as text, from the map; "" if it is not there.
export function textOfPair({ map, mapPds }, metric, a, b) {
  const [i, j] = [a, b].map((pd) => (mapPds || []).indexOf(pd));
  if (!map?.[metric] || i < 0 || j < 0) return "";
  let left = placeOf(mapPds.length, i, j);
  for (let run = 0; run < map[metric].length; run += 2) {
    if (left < map[metric][run + 1]) return valueText(metric, map[metric][run]);
    left -= map[metric][run + 1];
  }
  return "";
}
