/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model graph: which PD holds, maps and may request what.
 *
 * This is the front header of the model library's core. The core needs nothing but memory (which the caller can
 * supply) and the string functions of any C library: no files, no threads, no locale, no floating-point printing.
 * The same objects run in the root task, on the live graph, and on the host, under `cellmodel`.
 *
 * A graph has two lives. While it is built, nodes and edges are added in any order; an edge may name a node that comes
 * later. cm_graph_finish() then indexes it, after which it is only read: by check.h (is it legal), split.h (PDs of
 * several threads or address spaces become several PDs), rsi.h and radius.h (the metrics), csv.h (written out).
 *
 *      cm_graph_create -> cm_graph_add_... -> cm_graph_finish -> queries -> cm_graph_destroy
 *
 * Every function that can fail returns an exact status and leaves the graph as it was before the call, except where
 * memory runs out in cm_graph_finish(): then the graph can only be destroyed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What went wrong. cm_status_text() says it in words. */
enum cm_status {
    CM_OK = 0,
    CM_NO_MEMORY,      /* the allocator had none left */
    CM_TOO_MUCH_TEXT,  /* ids, names and extras together exceed CM_MAX_TEXT bytes */
    CM_TOO_MANY_NODES, /* more than CM_MAX_NODES */
    CM_TOO_MANY_EDGES, /* more than CM_MAX_EDGES */
    CM_TOO_MANY_TYPES, /* more than CM_MAX_TYPES resource types */
    CM_DUPLICATE_ID,   /* a node of that id was added before */
    CM_BAD_TEXT,       /* an id is empty, or a text contains a NUL byte */
    CM_BAD_NODE,       /* a node index that this graph does not have, or of the wrong kind */
    CM_BAD_PHASE,      /* added to a finished graph, or asked an unfinished one */
    CM_SINK_FAILED,    /* the caller's sink refused the output */
    CM_SOURCE_FAILED,  /* the caller's source could not be read */
    CM_STOPPED,        /* a callback asked to stop */
    CM_TOO_LONG,       /* a question takes more than CM_MOST_STEPS steps */
    CM_TOO_MANY_PARTS, /* splitting makes more than CM_SPLIT_ROWS rows */
};

/* Limits. Each has its own status above. Indices and text offsets are 32 bits wide to keep the graph small. */
#define CM_MAX_TEXT UINT32_MAX
#define CM_MAX_NODES (UINT32_MAX - 1)
#define CM_MAX_EDGES (UINT32_MAX - 1)
#define CM_MAX_TYPES (1u << 30)

/*
 * Bounds on work. A walk of FR and a search for all paths take at most this many steps, the walks of all pairs
 * together CM_MATRIX_STEPS; memory is bounded by the same. Parts of PDs bring at most CM_SPLIT_ROWS nodes and edges.
 */
#define CM_MOST_STEPS 50000000u
#define CM_MATRIX_STEPS 1000000000u
#define CM_SPLIT_ROWS 10000000u

/* A node, by its place in the graph: 0 to cm_graph_nodes() - 1. The order is that of the first mention. */
typedef uint32_t cm_node;
#define CM_NONE UINT32_MAX /* no node, no edge, no line */

/* CM_MISSING: an edge names it, but no such node was added. Skipped by everything but check. */
enum cm_kind { CM_MISSING = 0, CM_PD, CM_RESOURCE, CM_SPACE };

enum cm_edge_type { CM_HOLD = 0, CM_MAP, CM_SUBSET, CM_REQUEST, CM_FAULT, CM_LINK, CM_META, CM_PARENT, CM_EDGE_TYPES };

/*
 * Rights on a HOLD, and on the MAP of a VMR or GMO (without g). `x` on the HOLD of a VCPU or an address space says that the
 * PD runs there; elsewhere it is a right like the others.
 */
enum cm_right { CM_READ = 1, CM_WRITE = 2, CM_EXECUTE = 4, CM_GRANT = 8 };

/* Resource types known beforehand, by index; types that servers add come after them. */
enum cm_core_type {
    CM_TYPE_ADS = 0,
    CM_TYPE_VMR,
    CM_TYPE_MO,
    CM_TYPE_VCPU,
    CM_TYPE_PCPU,
    CM_TYPE_EP,
    CM_TYPE_PD,
    CM_TYPE_RESSPC,
    CM_TYPE_BLOCK,
    CM_TYPE_FILE,
    CM_TYPE_KVSTORE,
    CM_TYPE_GMO, /* guest-physical memory */
    CM_TYPE_NTFN, /* a notification: r waits, w signals */
    CM_TYPE_IRQ,
    CM_TYPE_IMAGE, /* a program prepared for execution */
    CM_TYPE_VM,
    CM_TYPE_SOCKET,
    CM_TYPE_PIPE,
    CM_CORE_TYPES
};

/* Their names, to initialise an array of CM_CORE_TYPES. */
#define CM_CORE_TYPE_NAMES                                                                                             \
    {"ADS",  "VMR",     "MO",  "VCPU", "PCPU", "EP",    "PD", "RESSPC", "BLOCK",                                       \
     "FILE", "KVSTORE", "GMO", "NTFN", "IRQ",  "IMAGE", "VM", "SOCKET", "PIPE"}

/* The id of the root task. It is never split, and manages the core spaces. */
#define CM_ROOT_ID "PD_0"

/* Bytes with a length; not owned, need not end in NUL. */
struct cm_text {
    const char *at;
    size_t length;
};

/*
 * Where memory comes from. `resize` works like realloc: block NULL makes one, of an alignment of 16; 0 bytes free it (the
 * answer is then ignored); the answer NULL means that there is no memory, and the old block is kept.
 */
struct cm_memory {
    void *(*resize)(void *context, void *block, size_t bytes);
    void *context;
};

/* malloc and free of the C library. In a file of its own, so that programs with another allocator do not link it. */
extern const struct cm_memory cm_memory_libc;

struct cm_graph;

/* An edge as the accessors give it. `rights` for HOLD and MAP; `type` and `space` (CM_NONE: any) for REQUEST. */
struct cm_edge {
    enum cm_edge_type edge_type;
    cm_node from, to;
    unsigned rights;
    uint32_t type;
    cm_node space;
    uint32_t line; /* CM_NONE if unknown */
};

/* -------------------------------------------------------------------------------------------------- small helpers */

const char *cm_status_text(enum cm_status status);
const char *cm_edge_type_text(enum cm_edge_type type); /* "HOLD" */
const char *cm_kind_text(enum cm_kind kind);           /* "RESOURCE_SPACE" */

/* A C string as a text. */
struct cm_text cm_text_of(const char *string);

/* --------------------------------------------------------------------------------------------------------- building */

/* Makes an empty graph. `memory` is copied; its context must outlive the graph. */
enum cm_status cm_graph_create(const struct cm_memory *memory, struct cm_graph **graph);

/* Returns all memory. NULL is allowed. */
void cm_graph_destroy(struct cm_graph *graph);

/* The line of the input that the next nodes and edges stand on, for check's messages. CM_NONE (the start): none. */
void cm_graph_at_line(struct cm_graph *graph, uint32_t line);

/*
 * Add a node. Texts are copied; ids are opaque. `node` (may be NULL) receives its index.
 *   PD        name as it is to stand in the file (fields.h escapes raw bytes), extra: empty or "partial"
 *   space     type it is of, extra: the id of the managing PD, or empty
 *   resource  type, extra as docs/model-format.md gives it for the type
 * Errors: CM_DUPLICATE_ID, CM_BAD_TEXT, and the limits.
 */
enum cm_status cm_graph_add_pd(struct cm_graph *graph, struct cm_text id, struct cm_text name, struct cm_text extra,
                               cm_node *node);
enum cm_status cm_graph_add_space(struct cm_graph *graph, struct cm_text id, struct cm_text type,
                                  struct cm_text manager, cm_node *node);
enum cm_status cm_graph_add_resource(struct cm_graph *graph, struct cm_text id, struct cm_text type,
                                     struct cm_text extra, cm_node *node);

/* The node of that id; if there is none yet, a CM_MISSING one that a later cm_graph_add_... of the id fills in. */
enum cm_status cm_graph_refer(struct cm_graph *graph, struct cm_text id, cm_node *node);

/* Adds an edge other than REQUEST. `rights`: of enum cm_right, 0 for all but HOLD and MAP. Kinds are looked at by finish. */
enum cm_status cm_graph_add_edge(struct cm_graph *graph, enum cm_edge_type edge_type, cm_node from, cm_node to,
                                 unsigned rights);

/* Adds a REQUEST for resources of `type`, of `space` or, if that is CM_NONE, of any space. */
enum cm_status cm_graph_add_request(struct cm_graph *graph, cm_node from, cm_node to, struct cm_text type,
                                    cm_node space);

/*
 * Indexes the graph; nothing can be added afterwards. Edges whose ends are missing or of the wrong kind are set aside:
 * only check sees them.
 */
enum cm_status cm_graph_finish(struct cm_graph *graph);

/* ---------------------------------------------------------------------------------------------------------- reading */

uint32_t cm_graph_nodes(const struct cm_graph *graph);   /* how many, CM_MISSING ones included */
uint32_t cm_graph_edges(const struct cm_graph *graph);   /* how many, dropped ones included */
uint32_t cm_graph_types(const struct cm_graph *graph);   /* how many resource types, core types included */

/* False: no HOLD carries a right (a file of an older version), so no HOLD follows from another. */
bool cm_graph_has_rights(const struct cm_graph *graph);

/* Bytes of memory that the graph holds now, as asked of the allocator. */
size_t cm_graph_bytes(const struct cm_graph *graph);

cm_node cm_graph_find(const struct cm_graph *graph, struct cm_text id); /* CM_NONE: no node, or a missing one */
enum cm_kind cm_node_kind(const struct cm_graph *graph, cm_node node);
const char *cm_node_id(const struct cm_graph *graph, cm_node node);
const char *cm_node_data(const struct cm_graph *graph, cm_node node);  /* a PD's name, else the type */
const char *cm_node_extra(const struct cm_graph *graph, cm_node node); /* "" if none */
uint32_t cm_node_type(const struct cm_graph *graph, cm_node node);     /* type index; CM_NONE for a PD */
uint32_t cm_node_line(const struct cm_graph *graph, cm_node node);
const char *cm_type_name(const struct cm_graph *graph, uint32_t type);
uint32_t cm_type_find(const struct cm_graph *graph, struct cm_text name); /* CM_NONE: no such type */

/* The type that spaces of a type serve: VMR for ADS, else the type itself. */
uint32_t cm_type_served(uint32_t space_type);

/* Edge number `index`, in the order of adding. False: it was set aside. */
bool cm_graph_edge(const struct cm_graph *graph, uint32_t index, struct cm_edge *edge);

/* The edges that leave a node, in the order of adding: numbers for cm_graph_edge(). */
const uint32_t *cm_node_out(const struct cm_graph *graph, cm_node node, uint32_t *count);

/* The edges that arrive at a node. Builds the index when first asked; NULL: no memory for it. */
const uint32_t *cm_node_in(struct cm_graph *graph, cm_node node, uint32_t *count);

/* All PDs and all spaces, in order. */
const cm_node *cm_graph_pds(const struct cm_graph *graph, uint32_t *count);
const cm_node *cm_graph_spaces(const struct cm_graph *graph, uint32_t *count);

cm_node cm_resource_space(const struct cm_graph *graph, cm_node resource);                          /* CM_NONE: none */
const cm_node *cm_space_members(const struct cm_graph *graph, cm_node space, uint32_t *count);      /* resources */
/* The managing PDs: none, one, or all parts of a PD that was split. */
const cm_node *cm_space_managers(const struct cm_graph *graph, cm_node space, uint32_t *count);
const cm_node *cm_pd_managed(const struct cm_graph *graph, cm_node pd, uint32_t *count);            /* spaces */
bool cm_pd_manages(const struct cm_graph *graph, cm_node pd, cm_node space);
cm_node cm_graph_root(const struct cm_graph *graph); /* PD_0, or CM_NONE */

/* The rights of a mapping, the MAP edge of a VMR or GMO: what it says, or in a file in which no VMR's MAP carries rights what
 * follows from the VMR's kind. 0 for every other MAP edge. */
unsigned cm_map_rights(const struct cm_graph *graph, uint32_t edge);

/* Does this HOLD say that its PD runs on the VCPU or in the address space? (Without rights: every HOLD on one does.) */
bool cm_hold_runs(const struct cm_graph *graph, const struct cm_edge *hold);

/*
 * Whether a HOLD of the space means HOLDs of its members, with the same rights: a space of PD handles that maps onto
 * another one, a class of PDs that are alike (docs/model-format.md).
 */
bool cm_space_is_class(const struct cm_graph *graph, cm_node space);

/*
 * Calls `visit` for every HOLD of a PD: those of the graph and, if `derived`, those that follow (docs/model-format.md):
 * on every VMR of the address spaces that it runs in, with the union of the rights of the VMR's MAP edges; on every
 * resource of the spaces that it manages, with rwg; on every handle of the classes that it holds. Only if `distinct` is asked for (that
 * costs a mark per HOLD) does each
 * target come once, with the union of all its rights; `derived` then says that no HOLD of the graph has these ends.
 * A status other than CM_OK from `visit` ends the walk and is returned.
 */
typedef enum cm_status (*cm_hold_visit)(void *context, cm_node target, unsigned rights, bool derived);
enum cm_status cm_pd_holds(struct cm_graph *graph, cm_node pd, bool derived, bool distinct, cm_hold_visit visit,
                           void *context);

/*
 * Calls `visit` for every PD that holds a resource or space, once each, with the union of its rights; HOLDs that follow
 * included. Builds the index of arriving edges when first asked. `visit` must not ask for holds or holders itself: they share the
 * graph's marks.
 */
typedef enum cm_status (*cm_holder_visit)(void *context, cm_node pd, unsigned rights, bool derived);
enum cm_status cm_node_holders(struct cm_graph *graph, cm_node target, cm_holder_visit visit, void *context);
