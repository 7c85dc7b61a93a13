/* SPDX-License-Identifier: BSD-2-Clause */
/* What each PD of a state reaches, and RSI and FR of all pairs, as part of the page's JSON. */
#pragma once

#include "../core/graph.h"
#include "../host/json.h"

/*
 * Writes {"reach": {PD: [first, count, ...]}, "rsi": {"A,B": [[type, shared, all, value], ...]}, "fr": {"A,B": text},
 * "map": {metric: [value, how often, ...] over the pairs i < j, by i and then j}, "mapPds": [PD, ...]}, where RSI is in
 * ten-thousandths and FR is hops + 1, 0 for inf. Of many PDs "rsi" and "fr" are left out, of very many the map, too.
 * Nodes are numbered as in `shown`, the graph of the page, which has them under the same ids.
 */
enum cm_status view_write_measures(struct json *json, struct cm_graph *graph, const struct cm_graph *shown);
