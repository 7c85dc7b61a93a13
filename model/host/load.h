/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: reading a model from one, and writing to standard output. */
#pragma once

#include "../core/csv_read.h"
#include "../core/csv.h"

/* The exit statuses of cellmodel. */
enum cm_exit {
    CM_EXIT_OK = 0,
    CM_EXIT_MODEL = 1, /* something is wrong with the model, or the answer is no */
    CM_EXIT_USAGE = 2, /* wrong usage, or the computer's fault: no such file, no memory */
};

/*
 * Adds what the source holds to a graph; its first letter tells what it is: { node-link JSON, < GraphML, # a
 * mechanism's text (mechanism.h), else CSV.
 */
enum cm_status cm_read_any(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options);

/*
 * Reads a file (`-`: standard input) of one of these formats into a graph, finished. Problems go to `options`. With CM_SOURCE_FAILED the
 * reason is in errno. The graph is made only with CM_OK.
 */
enum cm_status cm_load_file(const char *path, const struct cm_read_options *options, struct cm_graph **graph);

/*
 * The same for commands that ask a model something: what files of other tools do is accepted, whatever cannot be
 * understood is printed to standard error as FILE:LINE:COLUMN: rule N: text. Returns an exit status.
 */
enum cm_exit cm_load(const char *path, struct cm_graph **graph);

/* The same; `about` receives what a mechanism's text says about itself (mechanism.h), and is left alone by other files. */
enum cm_exit cm_load_about(const char *path, struct cm_graph **graph, struct cm_mechanism *about);

/* The same of a text in memory; `name` is what messages call it. */
enum cm_exit cm_load_bytes(const char *name, const char *bytes, size_t size, struct cm_graph **graph);

/* As cm_load(), but only UTF-8 is accepted: for commands that write the text again. */
enum cm_exit cm_load_text(const char *path, struct cm_graph **graph);

/* Says on standard error what went wrong with a file or command. Returns CM_EXIT_USAGE. */
enum cm_exit cm_fail(const char *what, enum cm_status status);

/* A writer onto a stdio stream, with a buffer of its own (one at a time). `file` is a FILE *. */
struct cm_writer *cm_output(void *file);

/* Ends the writer of cm_output(). Returns an exit status, with a message if the output could not be written. */
enum cm_exit cm_output_end(struct cm_writer *writer);
