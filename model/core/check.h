/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a model legal? The rules of docs/model-format.md, by number, as far as they can be seen in a graph. What can only be
 * seen in a file (a row that does not parse, an unknown edge type) its reader reports in the same form.
 */
#pragma once

#include "csv.h"
#include "graph.h"

/* The faults. Their texts are in check_text.c. */
enum cm_fault {
    /* rule 1 */
    CM_FAULT_NO_START = 0, /* an edge from a node that does not exist */
    CM_FAULT_NO_END,       /* an edge to one */
    CM_FAULT_KINDS,        /* an edge between ends of the wrong kinds */
    CM_FAULT_TWICE,        /* an edge stands twice */
    /* rule 2 */
    CM_FAULT_NO_SUBSET,   /* a resource in no space */
    CM_FAULT_TWO_SUBSETS, /* in several */
    CM_FAULT_WRONG_SPACE, /* in one that serves another type */
    CM_FAULT_CORE_IN_VCPU_SPACE,
    CM_FAULT_UNHELD, /* no PD holds it */
    CM_FAULT_CYCLE,  /* a MAP edge that closes a cycle */
    /* rule 3 */
    CM_FAULT_NO_MANAGER, /* a space names none */
    CM_FAULT_MANAGER_MISSING,
    CM_FAULT_MANAGER_KIND,  /* it names something that is no PD */
    CM_FAULT_NO_ROOT,       /* no PD_0 */
    CM_FAULT_NO_CORE_SPACE, /* the root task manages no space of a core type */
    /* rule 4 */
    CM_FAULT_UNSERVED,      /* a request for a type of which the target manages no space */
    CM_FAULT_FOREIGN_SPACE, /* a request that names a space of another PD */
    CM_FAULT_SPACE_MISSING, /* a request that names a space that does not exist */
    /* rule 5 */
    CM_FAULT_TYPE,        /* a type's spelling */
    CM_FAULT_NAME,        /* a PD's name */
    CM_FAULT_FILE_NAME,   /* a file's name */
    CM_FAULT_PD_EXTRA,    /* not empty, `partial` or `ended` */
    CM_FAULT_EXTENT,      /* an MO's, VMR's or BLOCK's extent does not parse */
    CM_FAULT_EXTENT_SIZE, /* it exceeds the address space */
    CM_FAULT_KIND,        /* an unknown kind of VMR */
    CM_FAULT_NO_PAGES,    /* an MO of 0 pages */
    CM_FAULT_OVERLAP,     /* MOs or BLOCKs of a space that overlap */
    CM_FAULT_MAP_RIGHTS,  /* rights on a MAP of something else than a VMR or GMO, or g on one */
    CM_FAULTS
};

/* One offence. Which of the fields mean something depends on the fault. */
struct cm_offence {
    enum cm_fault fault;
    uint32_t line;      /* CM_NONE: unknown */
    cm_node node;       /* the node concerned, or CM_NONE */
    cm_node other;      /* a second one */
    uint32_t edge;      /* the edge concerned, or CM_NONE */
    uint32_t type;      /* a type concerned */
    const char *detail; /* words about the spelling, or NULL */
};

/* Called for each offence, in no particular order. A status other than CM_OK ends the check. */
typedef enum cm_status (*cm_offence_visit)(void *context, const struct cm_offence *offence);

/* Finds all offences of a finished graph. Errors: CM_NO_MEMORY, CM_BAD_PHASE, and what `visit` returns. */
enum cm_status cm_check(struct cm_graph *graph, cm_offence_visit visit, void *context);

int cm_fault_rule(enum cm_fault fault);            /* 1 to 5 */
bool cm_fault_lenient(enum cm_fault fault);        /* files of other tools do this: check --lenient accepts it */
bool cm_fault_absence(enum cm_fault fault);        /* something is missing, so a row that was lost may be the reason */
const char *cm_fault_column(enum cm_fault fault);  /* the column concerned, "EDGE_TO" */

/* The offence in words, without file, line and rule. */
void cm_offence_text(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_offence *offence);
