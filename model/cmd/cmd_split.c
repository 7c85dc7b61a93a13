/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel split: PDs that run on several VCPUs or in several address spaces become several PDs. */
#include "formats.h"
#include "model.h"

extern const struct cm_command cm_command_split;

static enum cm_exit print_split(struct cm_model *model, char **arguments, const struct cm_model_options *options)
{
    (void)arguments;
    return cm_write_model(&cm_command_split, model->graph, options->format, options->expand);
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {.format = "csv"};
    const struct cm_option table[] = {{"--to", CM_STRING, &options.format},
                                      {"--compat", CM_FLAG, &options.compat},
                                      {"--expand", CM_FLAG, &options.expand},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 1, &options, print_split);
}

const struct cm_command cm_command_split = {
    "split", "FILE [--keep PD]... [--compat] [--expand] [--to csv|json|graphml]",
    "writes the model with one PD per thread and address space",
    "PD_5 on two VCPUs becomes PD_5.0.0 and PD_5.1.0. The root task PD_0 is not split.\n"
    "  --keep PD   do not split this PD either\n"
    "  --compat    nor PD_1, as the original tool\n"
    "  --expand    also write the HOLDs that follow from others\n",
    run};
