/* SPDX-License-Identifier: BSD-2-Clause */
/* The readers of JSON and GraphML of a cellmodel that is linked without their libraries: they refuse the file. */
#include "../text_in.h"

static enum cm_status refuse(const char *format, struct cm_graph *graph, const struct cm_read_options *options)
{
    struct cm_text_in in;
    cm_in_start(&in, format, graph, options);
    cm_in_fail(&in, 1, "this static cellmodel reads CSV only");
    return in.status;
}

enum cm_status cm_json_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    (void)source;
    return refuse("JSON", graph, options);
}

enum cm_status cm_graphml_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    (void)source;
    return refuse("GraphML", graph, options);
}
