/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/plan.h: from a configuration to operations.
 *
 * plan_make() is a pure function of the configuration and of what it is shown of
 * the system (struct plan_view). It changes and allocates nothing but its list;
 * whatever can be refused is refused here, with the line and the field. The root
 * task carries the list out (root/pd/execute.c), tools/plan/predict.c applies the same
 * list to a model that exists on paper only.
 */
#pragma once

#include "lib/elf/elf.h"
#include "lib/plan/config.h"

/* In place of an allowance: the default of edges (HANDLE_ALLOWANCE of
 * root/core/handle.h). */
#define PLAN_ALLOW_DEFAULT UINT32_MAX
/* In place of the id of a PD or space: none. */
#define PLAN_NONE UINT64_MAX
/* Most pages of a region. */
#define PLAN_PAGES_LIMIT (UINT64_C(1) << 27)
/* Highest priority (CPU_PRIORITY_HIGHEST in root/core/cpu.h), and what a PD gets. */
#define PLAN_PRIORITY_LIMIT 200u
#define PLAN_PRIORITY 100u
/* Most bytes of a PD's name. */
#define PLAN_NAME_LIMIT 31u
/* Addresses of regions: as ADS_LOWEST and ADS_HIGHEST in root/core/ads.h. */
#define PLAN_LOWEST UINT64_C(0x10000)
#define PLAN_HIGHEST (UINT64_C(1) << 39)
/* What the presets give, in pages. */
#define PLAN_HEAP_PAGES 100u
#define PLAN_STACK_PAGES 16u /* and what thread-local variables and start block take, on top of the stack */
/* A start block on a stack begins at a multiple of this. */
#define PLAN_START_ALIGN 16u
/* Of a stack, what must be left beside those. */
#define PLAN_STACK_LEAST 2048u
/* Of the heap, what is present from the start: the rest when malloc asks. */
#define PLAN_HEAP_COMMITTED 4u
/* Interrupts that may be handed out: GICv2 shared peripheral interrupts. */
#define PLAN_IRQ_FIRST 32u
#define PLAN_IRQ_LAST 1019u

struct plan_region {
    uint64_t start, pages;
    uint8_t kind;   /* enum cell_region */
    uint8_t rights; /* CELL_READ … */
    bool memory;    /* not only reserved */
    bool device;    /* memory that a `device` line handed out */
    bool guard;     /* the page below belongs to it */
    bool own;       /* the PD's own stack, IPC buffer or start block, not another thread's */
    uint8_t order;  /* log2 of the 4 KiB that a page of it has */
};

struct plan_edge {
    uint64_t space, server;
    uint8_t rights;    /* that the creator has on it */
    unsigned priority; /* of the server */
};

/* The edge that an `rde` line wants. */
struct plan_wanted {
    const char *type, *space; /* the space's name; length 0: the first that there is */
    size_t type_length, space_length;
    uint64_t server; /* PLAN_NONE: the only one that there is */
};

/* What descriptions of systems hand out besides, and PDs that have it. */
enum plan_word { PLAN_HAS_IRQ, PLAN_HAS_DEVICE, PLAN_HAS_ESSENTIAL };

/* What the planner may see of the system, as the creator sees it. Texts are not
 * zero-terminated. */
#define PLAN_ANY_KIND UINT8_MAX

struct plan_view {
    void *context;
    /* Memory for the list, as realloc: NULL makes a block, 0 bytes free it. NULL: no memory. */
    void *(*resize)(void *context, void *block, size_t bytes);
    uint64_t creator; /* id of the PD; the root task is 0 */
    unsigned ceiling; /* of its priority */
    bool system;      /* the creator is the root task: a description */
    /* A PD by name, among those that the creator has authority over: CELL_NOT_FOUND,
     * CELL_EXISTS (several), CELL_DENIED (there is one that it may only ask). */
    cell_error_t (*find_pd)(void *context, const char *name, size_t length, uint64_t *pd);
    /* Returns the rights of the creator over another PD; 0 too if that does not exist. */
    unsigned (*authority)(void *context, uint64_t pd);
    /* A server by name, among those that the creator may ask for a type (length 0: any);
     * in a description, those that serve it: CELL_NOT_FOUND, CELL_EXISTS. */
    cell_error_t (*find_server)(void *context, const char *type, size_t type_length,
                                const char *name, size_t length, uint64_t *server);
    /* An edge of the creator to a space. CELL_NOT_FOUND, CELL_EXISTS (of several servers, or several
     * spaces have the name), CELL_BUSY (the server is there, but its space is not yet). */
    cell_error_t (*edge)(void *context, const struct plan_wanted *wanted, struct plan_edge *edge);
    /* The creator's edges, to spaces of `server` or of any (PLAN_NONE), one after the
     * other: *where is 0 at first. False: no further one. */
    bool (*next_edge)(void *context, uint64_t server, uint64_t *where, struct plan_edge *edge);
    /* How many it has, at most. NULL: a plan is to list each (PLAN_EDGE). */
    uint32_t (*count_edges)(void *context);
    /* Is there a handle in the creator's CSpace at `where`, and with which rights? */
    cell_error_t (*handle)(void *context, uint64_t where, uint8_t *rights);
    /* May the creator hand out interrupt `number`, the device's pages from address `number`, its
     * being essential? */
    bool (*has)(void *context, enum plan_word word, uint64_t number, uint64_t pages);
    /* May the creator serve a type (length 0: any that no block of the description serves)? */
    bool (*may_serve)(void *context, const char *type, size_t length);
    /* The ELF file of a program: CELL_NOT_FOUND, CELL_BAD_ELF (with *reason), CELL_AGAIN (it is not there yet). */
    cell_error_t (*program)(void *context, const char *name, size_t length, struct elf *elf,
                            enum elf_error *reason);
    /* The same for the program that a PD runs. */
    cell_error_t (*program_of)(void *context, uint64_t pd, struct elf *elf);
    /* Is there a region, or a guard page, of a PD from `start` to before `end`? */
    bool (*taken)(void *context, uint64_t pd, uint64_t start, uint64_t end);
    /* The region of a PD with the lowest start at or above an address, of a kind or of any (PLAN_ANY_KIND); false: none. */
    bool (*region)(void *context, uint64_t pd, uint64_t address, uint8_t kind, struct plan_region *region);
    /* Has the planner looked at more edges, PDs and regions than it may for this creator? From then on it finds
     * nothing. NULL: never. `more`: it has looked at this many itself. */
    bool (*looked_enough)(void *context, uint32_t more);
    /* Has the creator this much of a reserve that nobody has used? NULL: no. */
    bool (*reserve)(void *context, uint64_t pages, uint64_t objects, uint64_t slots);
};

/* What an operation does, and which member of struct plan_operation says how. */
enum plan_kind {
    PLAN_LIMITS,  /* limits: its own budget, capped */
    PLAN_RESERVE, /* limits: its own budget, with this much put aside */
    PLAN_CSPACE,  /* pd: whose common table it shares, or PLAN_NONE */
    PLAN_ADS_NEW,
    PLAN_ADS_OF,    /* pd: in whose address space it runs */
    PLAN_SEGMENT,   /* region: pages of the program's file, mapped where they are */
    PLAN_CONTENTS,  /* region: fresh pages with bytes of the file */
    PLAN_MEMORY,    /* region: fresh pages */
    PLAN_SHARE,     /* region: that of another PD */
    PLAN_COPY,      /* region: fresh pages with the contents of another PD's */
    PLAN_DEVICE,    /* region: physical pages */
    PLAN_EDGE,      /* edge */
    PLAN_EDGES,     /* edges: those that the creator has by then */
    PLAN_GIVE,      /* give */
    PLAN_HOLD,      /* hold */
    PLAN_SERVES,    /* serves */
    PLAN_FAULT,     /* fault: that its faults go to */
    PLAN_LINK,      /* pd: that it dies with */
    PLAN_ESSENTIAL, /* the machine ends when it ends */
    PLAN_IRQ,       /* irq: the interrupt that it may ask for */
    PLAN_CPU,       /* cpu */
    PLAN_START,     /* start */
    PLAN_CALL,      /* call: it runs when it is called */
    PLAN_AGAIN,     /* the creator's handles and edges, in the same places */
    PLAN_FORK,      /* it goes on with the creator's registers */
    PLAN_CONTEXT,   /* context: the PD can go there */
    PLAN_GUEST,     /* cpu: an elevated one, which its handler starts */
    PLAN_KINDS
};

/* For tests and people. */
const char *plan_kind_name(enum plan_kind kind);

struct plan_mapping {
    uint64_t address, pages; /* address 0: anywhere */
    uint8_t kind;            /* enum cell_region */
    uint8_t rights;
    uint8_t flags;           /* CONFIG_GUARD, CONFIG_ON_TOUCH, CONFIG_COMMIT */
    uint8_t order;           /* log2 of the 4 KiB that a page of it has */
    bool follows;            /* PLAN_SHARE: by kind, and it stays so when that grows or is replaced */
    union {
        struct {
            uint64_t offset, bytes; /* of the file */
            uint64_t skip;          /* PLAN_CONTENTS: they go to address + skip */
        } file;
        struct {
            uint64_t pd, address;
        } other;                    /* PLAN_SHARE, PLAN_COPY: the region there */
        uint64_t physical;          /* PLAN_DEVICE */
    };
};

struct plan_operation {
    uint8_t kind;   /* enum plan_kind */
    uint32_t line;
    union {
        struct {
            uint64_t pages, objects, slots;
        } limits;
        uint64_t pd;
        struct {
            uint64_t pd, badge; /* badge 0: the PD's id */
            bool direct;        /* the kernel sends them there: a guest's */
        } fault;
        struct plan_mapping region;
        struct {
            uint64_t space;
            uint8_t rights;
            bool pass_on; /* not to ask through */
            uint32_t allow; /* resources and gifts at most, or PLAN_ALLOW_DEFAULT */
        } edge;
        struct {
            uint64_t server; /* all that lead to it, or PLAN_NONE: to any */
            bool pass_on;
            uint32_t allow;
        } edges;
        struct {
            struct config_text type; /* in the configuration; length 0: the one at `where` */
            uint64_t where;
            uint8_t rights;
        } give;
        struct {
            uint64_t pd;
            uint8_t rights;
        } hold;
        struct {
            struct config_text type, name; /* type of length 0: any */
        } serves;
        uint64_t irq;
        struct {
            unsigned priority, ceiling;
        } cpu;
        struct {
            uint64_t entry;              /* first instruction */
            uint64_t function, argument; /* function 0: main */
        } start;
        struct {
            uint64_t entry, function;
            unsigned ceiling;
            bool own_stack; /* otherwise it goes on on the caller's */
        } call;
        struct {
            bool saved; /* with its registers */
        } context;
    };
};

/* Operations of an ordinary plan, for which nothing is allocated. */
#define PLAN_FEW 20u

struct plan {
    const struct config *config;
    const struct plan_view *view;
    struct plan_operation *operations; /* `few`, or allocated */
    uint32_t count, room;
    bool part;            /* no PD, but a context of the creator */
    uint64_t program_of;  /* PD whose program it runs; PLAN_NONE: one of its own */
    uint64_t start_bytes; /* that the start block takes, with all that follows it
                             (lib/runtime/start.h) */
    struct plan_operation few[PLAN_FEW];
};

/*
 * Plans a configuration; it and the view must stay, and *plan where it is. On success, plan_free() the list; on an
 * error nothing is left, and *error says what is wrong with which field:
 * CELL_BAD_CONFIG, CELL_NOT_FOUND (a PD, program, edge or region that is not
 * there), CELL_BAD_ELF, CELL_DENIED, CELL_NO_MEMORY, CELL_TOO_LARGE, CELL_AGAIN.
 */
cell_error_t plan_make(const struct plan_view *view, const struct config *config,
                       struct plan *plan, struct plan_error *error);
void plan_free(struct plan *plan);
