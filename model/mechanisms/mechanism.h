/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Models written by hand: a text of one statement a line, made for describing an isolation mechanism and citing where
 * the facts come from (docs/mechanisms.md gives the statements). It says less than a CSV row by row, and means a model
 * like any other: every command reads it. A text differs from the other formats in its first letter, the # of a comment.
 *
 * Names are looked up one after the other: such texts are small, and a limit keeps them so.
 */
#pragma once

#include "../core/csv_read.h"

/* No text is longer, in bytes, has longer lines, or names more things. */
#define CM_MAX_MECHANISM_LINE 1024
#define CM_MAX_MECHANISM_NAMES 4096

/* A text's statements about itself, beside the model. Empty: left out. */
struct cm_mechanism {
    char title[CM_MAX_MECHANISM_LINE];
    char pair[2][CM_MAX_MECHANISM_LINE]; /* ids or names of the PDs that it compares */
    uint32_t citations;
};

/*
 * Adds what the source says to a graph, which is not finished by this, as cm_csv_read() does. `options->about` (may be
 * NULL) receives what it says about itself; `options->path` is where `read FILE` is looked for.
 */
enum cm_status cm_mechanism_read(struct cm_source source, struct cm_graph *graph,
                                 const struct cm_read_options *options);
