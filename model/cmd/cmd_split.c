/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel split: PDs that run on several VCPUs or in several address spaces become several PDs. */
#include "formats.h"
#include "model.h"

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const char *format = "csv";
    const struct cm_option table[] = {{"--to", CM_STRING, &format},
                                      {"--compat", CM_FLAG, &options.compat},
                                      {"--expand", CM_FLAG, &options.expand},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    struct cm_model model;
    enum cm_exit outcome = cm_model_open(&model, arguments[0], &options);
    if (outcome == CM_EXIT_OK) {
        outcome = cm_write_model(command, model.graph, format, options.expand);
    }
    cm_model_close(&model, &options);
    return outcome;
}

const struct cm_command cm_command_split = {
    "split", "FILE [--keep PD]... [--compat] [--expand] [--to csv|json|graphml]",
    "writes the model with one PD per thread and address space",
    "PD_5 on two VCPUs becomes PD_5.0.0 and PD_5.1.0. The root task PD_0 is not split.\n"
    "  --keep PD   do not split this PD either\n"
    "  --compat    nor PD_1, as the original tool\n"
    "  --expand    also write the HOLDs that follow from others\n",
    run};
