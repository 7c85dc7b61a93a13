// SPDX-License-Identifier: BSD-2-Clause
// Command lines: of a PD that holds one IMAGE with a text (docs/model-linux.md), and what of it tells the PD from others of
// its name.
import { data, pds } from "./model.js";

const MOST_LETTERS = 22;
const lines = new Map();
for (const [type, from, to] of data.edges) {
  const { kind, data: of, extra } = data.nodes[to];
  if (type === "HOLD" && kind === "RESOURCE" && of === "IMAGE" && extra) lines.set(from, lines.has(from) ? "" : extra);
}
export const commandLine = (pd) => lines.get(pd) || "";

// `71 nginx` is one of `nginx`.
const programOf = (pd) => data.nodes[pd].data.replace(/^\d+ /, "");
const words = (pd) => commandLine(pd).split(/\s+/).filter(Boolean);
const common = new Map(); // program -> [PDs, word -> PDs]
pds.forEach((pd) => {
  if (!lines.has(pd)) return;
  const program = programOf(pd);
  if (!common.has(program)) common.set(program, [0, new Map()]);
  const entry = common.get(program);
  entry[0] += 1;
  new Set(words(pd)).forEach((word) => entry[1].set(word, (entry[1].get(word) || 0) + 1));
});

// The first words that not all of its name have, or "".
export function commandOf(pd) {
  if (!lines.has(pd)) return "";
  const [count, by] = common.get(programOf(pd));
  const own = words(pd);
  const first = own.findIndex((word) => by.get(word) < count);
  const told = first < 0 ? "" : own.slice(first).join(" ");
  return told.length > MOST_LETTERS ? `${told.slice(0, MOST_LETTERS - 1)}…` : told;
}
