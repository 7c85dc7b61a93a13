/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of mechanisms: what cellmodel compare measures, and how it is shown. */
#pragma once

#include "../host/json.h"
#include "../mechanisms/mechanism.h"
#include "../core/radius.h"
#include "../core/rsi.h"
#include "model.h"

/* One type's RSI, its name kept beyond the graph. */
struct cm_compared_rsi {
    char *type;
    uint64_t shared, all;
};

/* A pair of PDs that a mechanism keeps apart. Index 0: with the kernel (PD_0), 1: without it. */
struct cm_compared {
    char *file;
    struct cm_mechanism about;
    struct cm_compared_rsi *rsi;
    uint32_t rsi_count;
    struct cm_fr fr[2];
    uint32_t trusted[2][2]; /* PDs in the trusted base: [with or without][of A or of B] */
    uint32_t surface[2];    /* kinds of requests that others may make of A, of B */
    uint32_t kernel;        /* kinds of requests that A and B may make of the kernel */
    uint64_t writable;      /* pages (4 KiB) that both may write */
};

/* Measures the pair that the file names. */
enum cm_exit cm_compare_measure(const char *path, struct cm_compared *row);
void cm_compare_free(struct cm_compared *row);

/* The row's RSI of a type, or NULL: neither reaches any. */
const struct cm_compared_rsi *cm_compare_rsi(const struct cm_compared *row, const char *type);

/* The types that have a column of their own; all others share one. Ended by NULL. */
extern const char *const cm_compare_types[];

void cm_compare_text(struct cm_writer *writer, const struct cm_compared *rows, uint32_t count);
void cm_compare_csv(struct cm_writer *writer, const struct cm_compared *rows, uint32_t count);
void cm_compare_json(struct cm_writer *writer, const struct cm_compared *rows, uint32_t count);
void cm_compare_svg(struct cm_writer *writer, const struct cm_compared *rows, uint32_t count);
