/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cellmodel bench: how long loading and questions take on a file, as JSON rows. Times are of one core by the process's
 * CPU clock, the median of several runs where a run is short.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../host/json.h"
#include "../query/path.h"
#include "../core/radius.h"
#include "../core/rsi.h"
#include "model.h"

#define RUNS 9          /* of which the median counts */
#define MATRIX_PDS 200  /* the first ones, which are compared with each other */

struct bench {
    struct cm_model model;
    struct cm_writer *writer;
    cm_node *pds;
    uint32_t count;
    uint64_t seen; /* so that no answer is thrown away unseen */
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void put_row(struct bench *b, const char *name, double seconds, unsigned samples)
{
    char row[256];
    snprintf(row, sizeof row, "{\"name\": \"%s\", \"nodes\": %u, \"edges\": %u, \"seconds\": %.6f, \"samples\": %u",
             name, cm_graph_nodes(b->model.graph), cm_graph_edges(b->model.graph), seconds, samples);
    cm_writer_string(b->writer, row);
}

static void end_row(struct bench *b)
{
    cm_writer_string(b->writer, "}\n");
}

/* -------------------------------------------------------------------------------------------------------- questions */

static enum cm_status ask_rsi(struct bench *b, uint32_t turn)
{
    struct cm_rsi rsi;
    enum cm_status status = cm_rsi(b->model.graph, b->pds[turn % b->count], b->pds[b->count - 1], &b->model.metric,
                                   &rsi);
    b->seen += rsi.count;
    cm_rsi_free(b->model.graph, &rsi);
    return status;
}

static enum cm_status ask_fr(struct bench *b, uint32_t turn)
{
    struct cm_fr fr;
    enum cm_status status = cm_fr(b->model.graph, b->pds[turn % b->count], b->pds[b->count - 1], &b->model.metric, &fr);
    b->seen += fr.hops;
    return status;
}

static enum cm_status see_path(void *context, const struct cm_step *steps, uint32_t count)
{
    (void)steps;
    *(uint64_t *)context += count;
    return CM_OK;
}

static enum cm_status ask_path(struct bench *b, uint32_t turn)
{
    struct cm_path_options options = {.types = CM_STEPS_USUAL};
    bool complete;
    return cm_paths(b->model.graph, b->pds[turn % b->count], b->pds[b->count - 1], &options, see_path, &b->seen,
                    &complete);
}

static enum cm_status see_rsi(void *context, uint32_t i, uint32_t j, const struct cm_rsi_row *rows, uint32_t count)
{
    (void)i;
    (void)j;
    (void)rows;
    *(uint64_t *)context += count;
    return CM_OK;
}

static enum cm_status ask_rsi_matrix(struct bench *b, uint32_t turn)
{
    (void)turn;
    return cm_rsi_matrix(b->model.graph, b->pds, b->count, &b->model.metric, see_rsi, &b->seen);
}

static enum cm_status see_fr(void *context, uint32_t i, uint32_t j, const struct cm_fr *fr)
{
    (void)i;
    (void)j;
    *(uint64_t *)context += fr->hops;
    return CM_OK;
}

static enum cm_status ask_fr_matrix(struct bench *b, uint32_t turn)
{
    (void)turn;
    struct cm_radius *radius;
    enum cm_status status = cm_radius_create(b->model.graph, &b->model.metric, &radius);
    if (status == CM_OK) {
        status = cm_radius_matrix(radius, b->pds, b->count, see_fr, &b->seen);
        cm_radius_destroy(radius);
    }
    return status;
}

static const struct {
    const char *name;
    unsigned runs;
    enum cm_status (*ask)(struct bench *b, uint32_t turn);
} questions[] = {
    {"model rsi of a pair", RUNS, ask_rsi},           {"model fr of a pair", RUNS, ask_fr},
    {"model path of a pair", RUNS, ask_path},         {"model rsi of all pairs", 3, ask_rsi_matrix},
    {"model fr of all pairs", 3, ask_fr_matrix},
};

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

/* The first run of each question is not counted: it makes marks and indices that stay. */
static enum cm_status ask_all(struct bench *b)
{
    enum cm_status status = CM_OK;
    for (size_t q = 0; q < sizeof questions / sizeof *questions && status == CM_OK; q++) {
        double times[RUNS];
        status = questions[q].ask(b, 0);
        for (unsigned run = 0; run < questions[q].runs && status == CM_OK; run++) {
            double start = seconds_now();
            status = questions[q].ask(b, run);
            times[run] = seconds_now() - start;
        }
        if (status == CM_OK) {
            qsort(times, questions[q].runs, sizeof *times, compare);
            put_row(b, questions[q].name, times[questions[q].runs / 2], questions[q].runs);
            end_row(b);
        }
    }
    return status;
}

/* -------------------------------------------------------------------------------------------------------------- run */

/* The most memory that the process had at once, in bytes, as Linux tells it; 0 if it does not. */
static unsigned long long peak_bytes(void)
{
    unsigned long long kibibytes = 0;
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "VmHWM: %llu", &kibibytes);
    }
    if (status != NULL) {
        fclose(status);
    }
    return kibibytes * 1024;
}

static void put_load(struct bench *b, double seconds)
{
    char row[128];
    uint64_t items = (uint64_t)cm_graph_nodes(b->model.graph) + cm_graph_edges(b->model.graph);
    unsigned long long peak = peak_bytes();
    put_row(b, "model load", seconds, 1);
    snprintf(row, sizeof row, ", \"peak_bytes\": %llu, \"bytes_per_item\": %.1f", peak,
             (double)peak / (double)(items + !items));
    cm_writer_string(b->writer, row);
    end_row(b);
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {{NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    struct bench b = {.count = 0};
    double start = seconds_now();
    enum cm_exit outcome = cm_model_open(&b.model, arguments[0], &options);
    double loaded = seconds_now() - start;
    if (outcome == CM_EXIT_OK) {
        const cm_node *pds = cm_graph_pds(b.model.graph, &b.count);
        b.count = b.count < MATRIX_PDS ? b.count : MATRIX_PDS;
        b.pds = malloc(((size_t)b.count + 1) * sizeof *b.pds);
        if (b.pds == NULL || b.count == 0) {
            fputs("cellmodel bench: no memory, or no PD to ask about\n", stderr);
            outcome = CM_EXIT_USAGE;
        } else {
            memcpy(b.pds, pds, b.count * sizeof *pds);
            b.writer = cm_output(stdout);
            put_load(&b, loaded);
            enum cm_status status = ask_all(&b);
            outcome = cm_output_end(b.writer);
            if (status != CM_OK && outcome == CM_EXIT_OK) {
                outcome = cm_fail(arguments[0], status);
            }
        }
    }
    free(b.pds);
    cm_model_close(&b.model, &options);
    return outcome;
}

const struct cm_command cm_command_bench = {
    "bench", "FILE", "how long loading and questions take on a file, as JSON rows",
    "CPU seconds of one core; the median where several samples were taken. All pairs are those of the first 200 PDs.\n",
    run};
