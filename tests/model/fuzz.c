/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/model/fuzz.c: on any bytes the readers report or accept, and an accepted model can be checked, split,
 * measured, written and read again, to the same rows. Under libFuzzer (make model-fuzz) the bytes are libFuzzer's; as a
 * test (FUZZ_ALONE) they are the samples, mutated by a generator of its own, the same each time.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/check.h"
#include "model/core/csv.h"
#include "model/core/fields.h"
#include "model/host/load.h"
#include "model/host/rows_out.h"
#include "model/query/dependence.h"
#include "model/query/path.h"
#include "model/query/trace.h"
#include "model/core/radius.h"
#include "model/core/rsi.h"
#include "model/core/split.h"

/* Graphs on which every pair is tried. */
#define FEW_PDS 6

struct memory_source {
    const uint8_t *bytes;
    size_t left;
};

static long read_memory(void *context, char *buffer, size_t size)
{
    struct memory_source *source = context;
    size_t part = size < source->left ? size : source->left;

    part = part > 100 ? part / 2 : part; /* in pieces, so that rows straddle them */
    memcpy(buffer, source->bytes, part);
    source->bytes += part;
    source->left -= part;
    return (long)part;
}

static bool go_on(void *context, const struct cm_problem *problem)
{
    (void)context;
    if (strlen(problem->text) == 0 || problem->rule < 1 || problem->rule > 5)
        abort();
    return true;
}

struct text {
    char *bytes;
    size_t used;
};

static bool append(void *context, const char *bytes, size_t length)
{
    struct text *text = context;

    text->bytes = realloc(text->bytes, text->used + length + 1);
    memcpy(text->bytes + text->used, bytes, length);
    text->used += length;
    text->bytes[text->used] = 0;
    return true;
}

static struct text written(struct cm_graph *graph,
                           enum cm_status (*write)(struct cm_writer *, struct cm_graph *, bool), enum cm_status *status)
{
    struct text text = {calloc(1, 1), 0};
    struct cm_writer writer;
    char buffer[64];

    cm_writer_start(&writer, (struct cm_sink){append, &text}, buffer, sizeof buffer);
    *status = write(&writer, graph, false);
    cm_writer_end(&writer);
    return text;
}

static struct cm_graph *read_bytes(const void *bytes, size_t size, bool strict)
{
    struct memory_source source = {bytes, size};
    struct cm_read_options options = {.strict_text = strict, .visit = go_on};
    struct cm_graph *graph;

    if (cm_graph_create(&cm_memory_libc, &graph) != CM_OK)
        abort();
    enum cm_status status = cm_read_any((struct cm_source){read_memory, &source}, graph, &options);
    if (status != CM_OK && status != CM_STOPPED && status != CM_TOO_MANY_TYPES)
        abort();
    if (cm_graph_finish(graph) != CM_OK)
        abort();
    return graph;
}

/* A written model reads back as the same rows, in each format. */
static void round_trip(struct cm_graph *graph)
{
    enum cm_status (*const writes[])(struct cm_writer *, struct cm_graph *, bool) = {cm_csv_graph, cm_write_node_link,
                                                                                   cm_write_graphml};
    enum cm_status status;
    struct text csv = written(graph, cm_csv_graph, &status);
    bool utf8 = cm_is_utf8((struct cm_text){csv.bytes, csv.used}); /* JSON replaces what is not, GraphML refuses it */

    for (size_t i = 0; i < 3; i++) {
        struct text text = written(graph, writes[i], &status);
        if (status == CM_OK && (i == 0 || utf8)) {
            struct cm_graph *again = read_bytes(text.bytes, text.used, false);
            struct text rows = written(again, cm_csv_graph, &status);
            if (rows.used != csv.used || memcmp(rows.bytes, csv.bytes, csv.used) != 0) {
                fprintf(stderr, "format %zu: not the same\n%s---\n%s", i, csv.bytes, rows.bytes);
                abort();
            }
            free(rows.bytes);
            cm_graph_destroy(again);
        } else if (status != CM_OK && (i != 2 || status != CM_BAD_TEXT)) {
            abort();
        }
        free(text.bytes);
    }
    free(csv.bytes);
}

static enum cm_status put_offence(void *context, const struct cm_offence *offence)
{
    struct text text = {0};
    struct cm_writer writer;
    char buffer[16];

    cm_writer_start(&writer, (struct cm_sink){append, &text}, buffer, sizeof buffer);
    cm_offence_text(&writer, context, offence);
    if (cm_writer_end(&writer) != CM_OK || text.used == 0 || cm_fault_rule(offence->fault) == 0)
        abort();
    free(text.bytes);
    return CM_OK;
}

static enum cm_status no_path(void *context, const struct cm_step *steps, uint32_t count)
{
    (void)context;
    (void)steps;
    return count == 0 ? CM_STOPPED : CM_OK;
}

/* Queries about two PDs; RSI and FR are symmetric. */
static void ask_pair(struct cm_graph *graph, cm_node a, cm_node b, const struct cm_metric_options *options)
{
    struct cm_rsi one, other;
    struct cm_fr fr, turned;
    struct cm_path_options path = {.types = CM_STEPS_USUAL, .all_hops = 3};
    bool complete;

    if (cm_rsi(graph, a, b, options, &one) != CM_OK || cm_rsi(graph, b, a, options, &other) != CM_OK)
        abort();
    if (one.count != other.count || (one.count > 0 && memcmp(one.rows, other.rows, one.count * sizeof *one.rows) != 0))
        abort();
    cm_rsi_free(graph, &one);
    cm_rsi_free(graph, &other);
    if (cm_fr(graph, a, b, options, &fr) != CM_OK || cm_fr(graph, b, a, options, &turned) != CM_OK)
        abort();
    if (fr.found != turned.found || fr.hops != turned.hops || (a == b && (!fr.found || fr.hops != 0)))
        abort();
    if (cm_paths(graph, a, b, &path, no_path, NULL, &complete) != CM_OK)
        abort();
}

static void ask_about(struct cm_graph *graph, cm_node pd)
{
    struct cm_metric_options options = {0};
    struct cm_radius *radius;
    struct cm_blast blast;
    uint32_t pds, count;
    uint64_t steps = CM_MOST_STEPS;

    cm_graph_pds(graph, &pds);
    struct cm_trusted *trusted = malloc((pds + 1) * sizeof *trusted);
    if (cm_radius_create(graph, &options, &radius) != CM_OK || cm_blast(radius, graph, pd, &blast) != CM_OK ||
        cm_trusted_base(radius, graph, pd, trusted, &count, &steps) != CM_OK || count >= pds)
        abort();
    cm_blast_free(&blast);
    cm_radius_destroy(radius);
    free(trusted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct cm_graph *graph = read_bytes(bytes, size, true), *parts;

    if (cm_check(graph, put_offence, graph) != CM_OK)
        abort();
    round_trip(graph);
    enum cm_status status = cm_split(graph, &(struct cm_split_options){0}, &parts, NULL);
    if (status != CM_OK && status != CM_DUPLICATE_ID)
        abort();
    struct cm_graph *model = parts == NULL ? graph : parts;
    uint32_t pds;
    const cm_node *list = cm_graph_pds(model, &pds);
    for (uint32_t i = 0; i < pds && i < FEW_PDS; i++) {
        ask_about(model, list[i]);
        for (uint32_t j = i; j < pds && j < FEW_PDS; j++) {
            ask_pair(model, list[i], list[j], &(struct cm_metric_options){0});
            ask_pair(model, list[i], list[j], &(struct cm_metric_options){.compat = true});
        }
    }
    cm_graph_destroy(parts);
    cm_graph_destroy(graph);
    return 0;
}

#ifdef FUZZ_ALONE

static uint64_t state = 1;

static uint32_t below(size_t limit)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % (limit == 0 ? 1 : limit));
}

/* Changes, removes, repeats or swaps some bytes or whole lines; returns the new size. `bytes` has room for twice as much. */
static size_t mutate(uint8_t *bytes, size_t size)
{
    static const char letters[] = ",,,\"\"\n\r_.PRHx0{}[]<>/&:=\\ \xff\x01";
    size_t at = below(size), length = 1 + below(20);

    if (length > size - at)
        length = size - at;
    switch (below(5)) {
    case 0:
        bytes[at] = (uint8_t)letters[below(sizeof letters - 1)];
        return size;
    case 1:
        memmove(bytes + at, bytes + at + length, size - at - length);
        return size - length;
    case 2:
        memmove(bytes + at + length, bytes + at, size - at);
        return size + length;
    case 3: {
        size_t from = below(size);
        length = length < size - from ? length : size - from;
        memmove(bytes + at, bytes + from, length < size - at ? length : size - at);
        return size;
    }
    default:
        bytes[at] ^= (uint8_t)(1u << below(8));
        return size;
    }
}

static void fuzz_file(const char *name, unsigned rounds)
{
    FILE *file = fopen(name, "rb");
    static uint8_t seed[1 << 16], bytes[1 << 18];

    if (file == NULL) {
        printf("FAIL %s: cannot be opened\n", name);
        exit(1);
    }
    size_t size = fread(seed, 1, sizeof seed, file);
    fclose(file);
    for (unsigned round = 0; round < rounds; round++) {
        size_t used = size;
        memcpy(bytes, seed, size);
        for (unsigned n = 1 + below(6); n > 0 && used > 0 && used < sizeof bytes / 2; n--)
            used = mutate(bytes, used);
        LLVMFuzzerTestOneInput(bytes, used);
    }
    printf("PASS %s\n", strrchr(name, '/') + 1);
    fflush(stdout);
}

int main(int count, char **names)
{
    const char *asked = getenv("CELL_TEST_LONG");
    unsigned rounds = asked != NULL && strcmp(asked, "1") == 0 ? 30000 : 300;

    for (int i = 1; i < count; i++)
        fuzz_file(names[i], rounds);
    return 0;
}

#endif
