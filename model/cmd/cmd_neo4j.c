/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cellmodel neo4j: models in a graph database. The work is done by model/neo4j/database.py, since the official driver is
 * a Python package; this finds the program and a Python that has the driver, and hands over.
 *
 * The driver is not part of the set-up of anything else: `--setup` puts it into a folder beside this program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../view/picture.h"
#include "model.h"

/* Where the build found model/neo4j; the environment's CELLULOS_NEO4J counts more. */
#ifndef CM_NEO4J_FOLDER
#define CM_NEO4J_FOLDER ""
#endif

#define PROGRAM "database.py"
#define MAX_PATH 4096 /* bytes; Linux's PATH_MAX */

/* Puts a path together; false if it is too long. */
static bool join(char *path, const char *folder, const char *name)
{
    return snprintf(path, MAX_PATH, "%s/%s", folder, name) < MAX_PATH;
}

/* The folder of this program's file, and the file's path. */
static bool own_place(char *own, char *folder)
{
    ssize_t length = readlink("/proc/self/exe", own, MAX_PATH - 1);
    if (length <= 0) {
        return false;
    }
    own[length] = '\0';
    strcpy(folder, own);
    *strrchr(folder, '/') = '\0';
    return true;
}

static enum cm_exit hand_over(const char *program, const char *environment, const char *own, int count, char **arguments)
{
    char python[MAX_PATH];
    const char *chosen = getenv("CELLULOS_PYTHON");
    if (chosen == NULL) {
        chosen = join(python, environment, "bin/python") && access(python, X_OK) == 0 ? python : "python3";
    }
    const char **call = calloc((size_t)count + 7, sizeof *call);
    if (call == NULL) {
        return cm_fail("neo4j", CM_NO_MEMORY);
    }
    const char *const first[] = {chosen, program, "--cellmodel", own, "--environment", environment};
    memcpy(call, first, sizeof first);
    for (int i = 0; i < count; i++) {
        call[6 + i] = arguments[i];
    }
    execvp(chosen, (char *const *)(uintptr_t)call);
    fprintf(stderr, "cellmodel: neo4j: %s: %s; it needs Python 3 (Debian's package python3)\n", chosen, strerror(errno));
    free(call);
    return CM_EXIT_USAGE;
}

static void put_style(struct cm_writer *writer, const char *label, const char *colour, const char *caption)
{
    char line[512];
    snprintf(line, sizeof line, "node.%.255s { color: %s; border-color: #222222; text-color-internal: #ffffff; caption: \"{%s}\"; }\n",
             label, colour, caption);
    cm_writer_string(writer, line);
}

/* A style sheet for Neo4j's browser: each type in the colour that it has in all pictures. */
static enum cm_exit print_style(const char *path)
{
    struct cm_graph *graph;
    enum cm_exit outcome = cm_load(path, &graph);
    if (outcome != CM_EXIT_OK) {
        return outcome;
    }
    struct cm_writer *writer = cm_output(stdout);
    char colour[8];
    cm_writer_string(writer, "node { diameter: 50px; font-size: 10px; }\n");
    put_style(writer, "CellModel", "#222222", "id");
    for (uint32_t type = 0; type < cm_graph_types(graph); type++) {
        char space[300];
        view_colour(graph, type, colour);
        if (type != CM_TYPE_PD) { /* handles are HANDLE, PDs are black */
            put_style(writer, cm_type_name(graph, type), colour, "id");
        }
        snprintf(space, sizeof space, "%.255s_SPACE", cm_type_name(graph, type));
        put_style(writer, space, colour, "id");
    }
    view_colour(graph, CM_TYPE_PD, colour);
    put_style(writer, "HANDLE", colour, "extra");
    put_style(writer, "PD", "#222222", "name");
    cm_graph_destroy(graph);
    return cm_output_end(writer);
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[0], "--style") == 0) {
        return print_style(arguments[1]);
    }
    static char own[MAX_PATH], folder[MAX_PATH], environment[MAX_PATH], program[MAX_PATH];
    const char *place = getenv("CELLULOS_NEO4J");
    place = place == NULL ? CM_NEO4J_FOLDER : place;
    if (count == 0) {
        fprintf(stderr, "usage: cellmodel %s %s\n", command->name, command->arguments);
        return CM_EXIT_USAGE;
    }
    if (!own_place(own, folder) || !join(environment, folder, "neo4j-driver") || !join(program, place, PROGRAM)) {
        fputs("cellmodel: neo4j: the path of this program cannot be read, or is too long\n", stderr);
        return CM_EXIT_USAGE;
    }
    if (access(program, R_OK) != 0) {
        fprintf(stderr, "cellmodel: neo4j: %s: %s; CELLULOS_NEO4J names the folder model/neo4j of CellulOS\n", program,
                strerror(errno));
        return CM_EXIT_USAGE;
    }
    return hand_over(program, environment, own, count, arguments);
}

const struct cm_command cm_command_neo4j = {
    "neo4j",
    "FILE [--uri URI] [--user NAME] [--database NAME] [--replace]\n"
    "       | --query NAME [A [B]] [--uri ...] [--without PD]... [--not-direct] | --setup | --style FILE",
    "loads a model into a Neo4j server, and queries it there",
    "Needs the official Python driver, which --setup gets from PyPI into a folder beside this program, and a server. The\n"
    "model is split, and what follows from other things is written out: HOLDs, requests to managers (docs/neo4j.md).\n"
    "  --uri URI       the server (bolt://127.0.0.1:7687)\n"
    "  --user NAME     (neo4j); the password is in the environment as NEO4J_PASSWORD; without one: no authentication\n"
    "  --replace       delete the model that is there first\n"
    "  --query NAME    ask: rsi A B, fr A B (to 6 hops), shared A B, writable A B, path A B, reach A, surface A,\n"
    "                  trusted A, most-shared; each is a file of model/neo4j/queries\n"
    "  --without PD, --not-direct   as for cellmodel fr\n"
    "  --style FILE    prints a style sheet for Neo4j's browser, with the colours that types have in the viewer\n",
    run};
