/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: see load.h. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../mechanisms/mechanism.h"
#include "memory_host.h"
#include "text_in.h"

/* ---------------------------------------------------------------------------------------------------------- reading */

static long read_descriptor(void *context, char *buffer, size_t size)
{
    int descriptor = *(const int *)context;
    for (;;) {
        ssize_t got = read(descriptor, buffer, size);
        if (got >= 0 || errno != EINTR) {
            return got;
        }
    }
}

/* A source, and the bytes of it that were looked at beforehand. */
struct peeked {
    struct cm_source source;
    char bytes[512];
    size_t at;
    long used; /* negative: it failed */
};

static long read_peeked(void *context, char *buffer, size_t size)
{
    struct peeked *peeked = context;
    if (peeked->used < 0) {
        return peeked->used;
    }
    size_t left = (size_t)peeked->used - peeked->at;
    if (left == 0) {
        return peeked->source.read(peeked->source.context, buffer, size);
    }
    left = left < size ? left : size;
    memcpy(buffer, peeked->bytes + peeked->at, left);
    peeked->at += left;
    return (long)left;
}

/* The first letter that is not blank, after the byte order mark of UTF-8, if there is one. */
static char first_letter(struct peeked *peeked)
{
    peeked->used = peeked->source.read(peeked->source.context, peeked->bytes, sizeof peeked->bytes);
    if (peeked->used >= 3 && memcmp(peeked->bytes, "\xef\xbb\xbf", 3) == 0) {
        peeked->at = 3;
    }
    for (long at = (long)peeked->at; at < peeked->used; at++) {
        if (strchr(" \t\r\n", peeked->bytes[at]) == NULL) {
            return peeked->bytes[at];
        }
    }
    return '\0';
}

/* Whether the bytes looked at have the header of a CSV file. */
static bool has_header(const struct peeked *peeked)
{
    static const char start[] = "\nNODE_TYPE,";
    return memmem(peeked->bytes, (size_t)peeked->used, start, sizeof start - 1) != NULL;
}

enum cm_status cm_read_any(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    struct peeked peeked = {.source = source};
    struct cm_source again = {read_peeked, &peeked};
    switch (first_letter(&peeked)) {
    case '{':
        return cm_json_read(again, graph, options);
    case '<':
        return cm_graphml_read(again, graph, options);
    case '#':
        if (!has_header(&peeked)) {
            return cm_mechanism_read(again, graph, options);
        }
        return cm_csv_read(again, graph, options); /* which says that nothing stands before the header */
    default:
        return cm_csv_read(again, graph, options);
    }
}

/* Makes a graph of a source, finished. Leaves errno as reading left it. */
static enum cm_status load_source(struct cm_source source, const struct cm_read_options *options, struct cm_graph **graph)
{
    struct cm_graph *made = NULL;
    enum cm_status status = cm_graph_create(&cm_memory_host, &made);
    if (status == CM_OK) {
        status = cm_read_any(source, made, options);
    }
    int reason = errno;
    if (status == CM_OK) {
        status = cm_graph_finish(made);
    }
    if (status != CM_OK) {
        cm_graph_destroy(made);
        errno = reason;
        return status;
    }
    *graph = made;
    return CM_OK;
}

enum cm_status cm_load_file(const char *path, const struct cm_read_options *options, struct cm_graph **graph)
{
    int descriptor = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return CM_SOURCE_FAILED;
    }
    struct cm_read_options named = *options;
    named.path = descriptor == STDIN_FILENO ? NULL : path;
    enum cm_status status = load_source((struct cm_source){read_descriptor, &descriptor}, &named, graph);
    int reason = errno;
    if (descriptor != STDIN_FILENO) {
        close(descriptor);
    }
    errno = reason;
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- asking */

static bool stop_at_loss(void *context, const struct cm_problem *problem)
{
    if (problem->lost) {
        fprintf(stderr, "%s:%u:%s: rule %d: %s\n", *(const char **)context, problem->line, problem->column,
                problem->rule, problem->text);
    }
    return !problem->lost;
}

enum cm_exit cm_fail(const char *what, enum cm_status status)
{
    if (status == CM_SOURCE_FAILED) {
        fprintf(stderr, "cellmodel: %s: %s\n", what, strerror(errno));
    } else {
        fprintf(stderr, "cellmodel: %s: %s\n", what, cm_status_text(status));
    }
    return CM_EXIT_USAGE;
}

static enum cm_exit exit_of(const char *name, enum cm_status status)
{
    return status == CM_STOPPED ? CM_EXIT_MODEL : status == CM_OK ? CM_EXIT_OK
                                                                  : cm_fail(name, status);
}

static enum cm_exit load(const char *path, struct cm_read_options *options, struct cm_graph **graph)
{
    options->visit = stop_at_loss;
    options->context = &path;
    return exit_of(path, cm_load_file(path, options, graph));
}

/* A text in memory, and what of it was read. */
struct bytes {
    const char *at;
    size_t left;
};

static long read_bytes(void *context, char *buffer, size_t size)
{
    struct bytes *bytes = context;
    size = size < bytes->left ? size : bytes->left;
    memcpy(buffer, bytes->at, size);
    bytes->at += size;
    bytes->left -= size;
    return (long)size;
}

enum cm_exit cm_load_bytes(const char *name, const char *bytes, size_t size, struct cm_graph **graph)
{
    struct bytes text = {bytes, size};
    struct cm_read_options options = {.visit = stop_at_loss, .context = &name};
    return exit_of(name, load_source((struct cm_source){read_bytes, &text}, &options, graph));
}

enum cm_exit cm_load_about(const char *path, struct cm_graph **graph, struct cm_mechanism *about)
{
    return load(path, &(struct cm_read_options){.about = about}, graph);
}

enum cm_exit cm_load_text(const char *path, struct cm_graph **graph)
{
    return load(path, &(struct cm_read_options){.strict_text = true, .lose_text = true}, graph);
}

enum cm_exit cm_load(const char *path, struct cm_graph **graph)
{
    return cm_load_about(path, graph, NULL);
}

/* ---------------------------------------------------------------------------------------------------------- writing */

static bool write_stream(void *context, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length;
}

struct cm_writer *cm_output(void *file)
{
    static char buffer[65536];
    static struct cm_writer writer;
    cm_writer_start(&writer, (struct cm_sink){write_stream, file}, buffer, sizeof buffer);
    return &writer;
}

enum cm_exit cm_output_end(struct cm_writer *writer)
{
    enum cm_status status = cm_writer_end(writer);
    if (status == CM_OK && fflush(writer->sink.context) != 0) {
        status = CM_SINK_FAILED;
    }
    return status == CM_OK ? CM_EXIT_OK : cm_fail("output", status);
}
