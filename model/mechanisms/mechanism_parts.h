/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the reader of mechanisms share: mechanism_nodes.c makes nodes, mechanism.c reads statements. */
#pragma once

#include "mechanism.h"

#define MAX_WORDS (CM_MAX_MECHANISM_LINE / 2) /* more do not fit into a line */

/* Something that a statement named. */
struct mech_name {
    char *word, *id, *type;  /* owned; the type of a resource or space, else NULL */
    cm_node node;
    enum cm_kind kind;
    uint64_t pages, address; /* of a resource; a space's: where its next VMR goes */
};

struct mech {
    struct cm_graph *graph;
    const struct cm_read_options *options;
    uint32_t line;
    char *words[MAX_WORDS];
    unsigned count;
    struct mech_name names[CM_MAX_MECHANISM_NAMES];
    uint32_t used;
    enum cm_status status; /* the first error; sticks */
};

/* Reports a faulty line to the reader's caller and ends the reading. Only the first one is reported. */
void mech_fail(struct mech *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mech_check(struct mech *t, enum cm_status status); /* the same for a status that is not CM_OK */

/* The thing that a word names, or NULL. mech_find() reports that, or that it is of another kind (CM_MISSING: of any). */
struct mech_name *mech_look_up(struct mech *t, const char *word);
struct mech_name *mech_find(struct mech *t, const char *word, enum cm_kind kind);

/* A new name, for a node of that id and type (NULL: none); NULL after a report. Letters, digits, - and . only. */
struct mech_name *mech_claim(struct mech *t, const char *word, enum cm_kind kind, const char *id, const char *type);

/* A number of pages; 0 after a report. */
uint64_t mech_pages(struct mech *t, const char *word);

/* Nodes and edges of the graph; nothing happens once something has failed. */
void mech_edge(struct mech *t, enum cm_edge_type type, cm_node from, cm_node to, unsigned rights);
void mech_add_space(struct mech *t, const char *word, const char *type, const char *manager,
                    const struct mech_name *below);

/* `word` is how the text calls it, `own` how its id ends. NULL after a report. */
struct mech_name *mech_add_resource(struct mech *t, const char *word, const char *own, const char *type,
                                    const struct mech_name *space, const char *extra);

/* What every model has: the root's spaces memory, threads, cores, endpoints, domains and spaces, and a core. */
void mech_add_core(struct mech *t);
