/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: see load.h. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

enum cm_status cm_load_csv(const char *path, const struct cm_read_options *options, struct cm_graph **graph)
{
    int descriptor = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return CM_SOURCE_FAILED;
    }
    struct cm_graph *made = NULL;
    struct cm_source source = {read_descriptor, &descriptor};
    enum cm_status status = cm_graph_create(&cm_memory_libc, &made);
    if (status == CM_OK) {
        status = cm_csv_read(source, made, options);
    }
    int reason = errno;
    if (descriptor != STDIN_FILENO) {
        close(descriptor);
    }
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

enum cm_exit cm_load(const char *path, struct cm_graph **graph)
{
    struct cm_read_options options = {.visit = stop_at_loss, .context = &path};
    enum cm_status status = cm_load_csv(path, &options, graph);
    if (status == CM_STOPPED) {
        return CM_EXIT_MODEL;
    }
    return status == CM_OK ? CM_EXIT_OK : cm_fail(path, status);
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
