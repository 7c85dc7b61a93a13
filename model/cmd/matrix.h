/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of cellmodel matrix share: where rows go, and the measures of matrix_measures.c. */
#pragma once

#include "../host/json.h"
#include "../core/radius.h"
#include "model.h"

struct cm_matrix {
    struct cm_graph *graph;
    struct cm_writer *writer;
    struct json json;
    bool as_json;
    const cm_node *pds; /* those to compare */
    uint32_t count;
};

/* The start of a row: the pair. */
void cm_matrix_pair_csv(struct cm_matrix *m, cm_node a, cm_node b);
void cm_matrix_pair_json(struct cm_matrix *m, cm_node a, cm_node b); /* opens the object */

enum cm_status cm_matrix_writable(struct cm_matrix *m, const struct cm_metric_options *options);
enum cm_status cm_matrix_surface(struct cm_matrix *m, const struct cm_metric_options *options);
enum cm_status cm_matrix_trusted(struct cm_matrix *m, const struct cm_metric_options *options);
enum cm_status cm_matrix_blast(struct cm_matrix *m, const struct cm_metric_options *options);
