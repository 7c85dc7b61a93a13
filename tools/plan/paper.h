/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/plan/paper.h: a system on paper: tables in place of the root task's, and what
 * the planner sees of them. For tools/plan only.
 */
#pragma once

#include "tools/plan/predict.h"

#define PAGE ELF_PAGE
/* As ADS_PLACE in root/core/ads.h. */
#define PLACE UINT64_C(0x10000000)
#define ID_SIZE 64u
#define NAME_SIZE (PLAN_NAME_LIMIT + 1)

struct paper_region {
    uint64_t ads;
    struct plan_region what;
    uint64_t mo;
    uint64_t maker; /* PD for which it was made */
    bool guard; /* the page below belongs to it */
};

struct paper_space {
    uint64_t id, manager;
    char type[NAME_SIZE];
    char name[NAME_SIZE];   /* behind `as` */
    char called[NAME_SIZE]; /* what the server calls the space */
    uint64_t resources;
};

struct paper_pd {
    char name[NAME_SIZE];
    uint64_t ads;
    unsigned priority, ceiling;
    struct elf elf;
    const void *program;      /* its bytes; NULL: none */
    char resource[ID_SIZE];   /* the last one that it got */
    bool endpoint;
    uint64_t ntfn;            /* number of the notification bound to its CPU; 0: none */
    uint64_t table;           /* whose handles it has */
    struct config *config;    /* of its block; owned, with what follows; NULL: of the root task */
    struct plan_operation *operations;
    uint32_t operation_count;
};

/* A handle in a table. */
struct paper_held {
    uint64_t table;
    char id[ID_SIZE], name[NAME_SIZE];
    unsigned rights;
};

struct paper_segment {
    const void *program; /* NULL: a device */
    uint64_t offset, mo; /* in the program's file, or of all memory */
};

struct paper_array {
    void *items;
    uint32_t count, room;
};

struct predict {
    const struct cm_memory *memory;
    const struct predict_programs *programs;
    struct cm_graph *graph;
    struct paper_array regions, spaces, pds, segments, held;
    uint64_t mos, vmrs, cpus, eps, ntfns, ads;
    const struct config *config; /* of the current block */
    uint64_t pd;                 /* and its number */
    const struct plan *plan;     /* what is carried out */
    uint64_t creator;            /* as which PD it is planned; 0: a description */
    bool failed;                 /* no memory */
    bool root_held;              /* PD_0 is a resource */
    struct elf elf;
    const void *program;
};

/* A new item, all zero, in an array of the tables; NULL: no memory (predict->failed). */
void *paper_add(struct predict *predict, struct paper_array *array, size_t size);
void paper_clear(struct predict *predict, struct paper_array *array);

/* The PD with that number; NULL: none. */
struct paper_pd *paper_pd_at(const struct predict *predict, uint64_t id);
struct paper_space *paper_space_at(const struct predict *predict, uint32_t index);

/* The region of an address space with the lowest start at or above an address; NULL: none. */
struct paper_region *paper_next_region(const struct predict *predict, uint64_t ads, uint64_t address);

/* A PD of a description by name: CELL_NOT_FOUND, CELL_EXISTS. */
cell_error_t paper_find_pd(const struct predict *predict, const char *name, size_t length, uint64_t *id);
/* The server of a type that a name finds in a description: the same errors. */
cell_error_t paper_find_server(const struct predict *predict, const char *type, size_t type_length,
                               const char *name, size_t length, uint64_t *server);
/* The space that is wanted, the first of its server: the same errors. */
cell_error_t paper_find_space(const struct predict *predict, const struct plan_wanted *wanted, struct paper_space **found);

/* The graph as the planner sees it, for predict->creator. */
struct plan_view paper_view(struct predict *predict);
