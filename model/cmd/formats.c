/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a whole model: see formats.h. */
#include "formats.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum cm_status (*write)(struct cm_writer *writer, struct cm_graph *graph, bool expand);
} formats[] = {{"csv", cm_csv_graph}, {"json", cm_write_node_link}, {"graphml", cm_write_graphml}};

enum cm_exit cm_write_model(const struct cm_command *command, struct cm_graph *graph, const char *format, bool expand)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(format, formats[i].name) != 0) {
            continue;
        }
        struct cm_writer *writer = cm_output(stdout);
        enum cm_status status = formats[i].write(writer, graph, expand);
        enum cm_exit outcome = cm_output_end(writer);
        if (status == CM_BAD_TEXT) {
            fprintf(stderr, "cellmodel %s: a text has control characters or is not UTF-8: %s cannot carry it\n",
                    command->name, format);
            return CM_EXIT_MODEL;
        }
        return status != CM_OK && outcome == CM_EXIT_OK ? cm_fail(command->name, status) : outcome;
    }
    fprintf(stderr, "cellmodel %s: --to takes csv, json or graphml, not %s\n", command->name, format);
    return CM_EXIT_USAGE;
}
