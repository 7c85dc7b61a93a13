/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/config.h: the configuration of one PD, as flat data.
 *
 * A configuration is one block of memory without pointers: this structure, its
 * items, and the text that it was read from. Everything is relative to another
 * PD, usually the creator. The text form, a line each (# starts a comment):
 *
 *   pd NAME PRESET [of PD] [program=FILE] [entry=SYMBOL] [argument=N]
 *   entry SYMBOL|ADDRESS [ARGUMENT]      the same in a line of its own
 *   region KIND|ADDRESS shared|disjoint|copied [pages=N] [page=4K|2M|1G] [at=ADDRESS] [rights=rwx] [guard] [on-touch]
 *                                pages: in 4 KiB, whatever `page`, the size of one, is
 *   device NAME|ADDRESS pages=N [at=ADDRESS] [rights=rw]  physical pages of a device; NAME is `uart`, the
 *                                console's serial port, or `gic-guest`, the CPU interface that
 *                                a guest has of the interrupt controller
 *   irq NAME|N                   it may ask for this interrupt, or that of the device
 *   rde TYPE [from PD] [rights=rwx] [pass-on] [allow=N]   a request edge; without `from` the only one
 *   rde * [from PD] [rights=rwx] [pass-on]      all request edges of the creator that lead
 *                                somewhere; `pass-on`: to give to others, not to ask through
 *   give CPTR [rights=rwxg]      a handle of the creator
 *   give TYPE [rights=rwxg]      all handles of a type that the creator has
 *   hold PD|root [rights=rwxg]   it gets a handle of the PD: authority over it and what it made
 *   serves TYPE|* [as NAME]      it may make spaces of that type (`*`: of any that no block of the
 *                                description serves); `from NAME` finds it, too
 *   fault PD [badge=N]           its faults go to this PD (otherwise: the root task), which knows them by the badge (otherwise:
 *                                the PD's id)
 *   priority N                   otherwise 100, or the ceiling if that is lower
 *   ceiling N                    most that it and what it makes may have; otherwise its creator's
 *   elevated                     its CPU gets a VCPU
 *   linked                       it dies with the PD that it is relative to
 *   essential                    the machine ends when it ends
 *   restart N in SECONDS         the root task starts it again when it ends otherwise than well, unless
 *                                that was N times within this many seconds
 *   watch SECONDS                it is ended if it does not answer the root task for that long
 *   limits [pages=N] [objects=N] [slots=N]   a budget of its own, which it and all that it makes share
 *   reserve [pages=N] [objects=N] [slots=N]  a budget with this much of its maker's put aside for it; where
 *                                the maker has a reserve itself, and in a system's description
 *   args TEXT...                 arguments of main behind its name; "quotes" around blanks, \ before a quote
 *   env NAME=VALUE...
 *   uses space TYPE              what the program does by itself once it runs, where `serves`
 *                                does not say it; for prediction
 *   uses resource TYPE [from PD] [rights=rwxg] [name=NAME] [again] [onto=NAME]
 *                                again: the one of that name that there is; onto: it MAPs onto
 *                                what its server has of that name
 *   uses memory PAGES [with PD [ring]]  memory of its own; mapped into the other PD, too, and behind its
 *                                last resource of that PD's; ring: both signal each other
 *   uses map TYPE onto=TYPE      its space of a type MAPs onto the one that it may ask for the other
 *
 * A description may begin, before its first block, with
 *
 *   policy [pd-depth=N|all] [space-depth=N|all]   how far the end of a PD spreads
 *
 * `restart` and `watch` are for descriptions of systems only. `device`, `irq`, `essential`, `hold` and `serves` are, too, but a block that
 * another PD hands in may have of these what that PD has.
 *
 * A region names a part of the PD's address space: by KIND where there is only
 * one (code, data, heap, stack, ipc), or by ADDRESS in the PD that it is relative
 * to. The preset fills in what is left out (plan.c).
 */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/words/words.h"

enum config_preset {
    PRESET_PROCESS,        /* new ADS, a program's code and data */
    PRESET_THREAD,         /* the ADS of the PD that it is relative to */
    PRESET_ISOLATED_STACK, /* new ADS that shares code, data and heap */
    PRESET_ISOLATED_HEAP,  /* new ADS that shares code only */
    PRESET_LIBRARY,        /* new ADS that a caller's CPU enters for the time of a call */
    PRESET_FORK,           /* new ADS, a copy of the creator's; goes on where that stands */
    PRESET_CONTEXT,        /* new ADS of the creator's; shares all that is not named */
    PRESET_SNAPSHOT,       /* new ADS of the creator's, a copy to go back to */
    PRESET_GUEST,          /* guest OS: elevated, only the regions that are named */
    PRESET_GUEST_CPU,      /* a further CPU of a guest, in its address space */
    PRESETS
};

enum config_how { CONFIG_SHARE, CONFIG_DISJOINT, CONFIG_COPY };

enum config_kind {
    ITEM_REGION,
    ITEM_DEVICE,
    ITEM_IRQ,
    ITEM_RDE,
    ITEM_GIVE,
    ITEM_HOLD,
    ITEM_SERVES,
    ITEM_ARGUMENT,
    ITEM_ENVIRONMENT,
    ITEM_USES_SPACE,
    ITEM_USES_RESOURCE,
    ITEM_USES_MEMORY,
    ITEM_USES_MAP,
};

enum config_flags {
    CONFIG_GUARD = 1 << 0,      /* as ATTACH_GUARD */
    CONFIG_ON_TOUCH = 1 << 1,   /* populated when touched */
    CONFIG_BY_ADDRESS = 1 << 2, /* a region named by `address`, not by kind */
    CONFIG_ALL = 1 << 3,        /* give: all of type `text`; rde, serves: all there are */
    CONFIG_PASS_ON = 1 << 4,    /* rde: not to ask through */
    CONFIG_COMMIT = 1 << 5,     /* populated as far as the program asks (pd.commit_heap) */
    CONFIG_AGAIN = 1 << 6,      /* uses: what is there already */
    CONFIG_RING = 1 << 7,       /* uses memory: a ring is in it */
    CONFIG_2M = 1 << 8,         /* region: of pages of 2 MiB */
    CONFIG_1G = 1 << 9,         /* region: of pages of 1 GiB */
};

/* In place of rights (lib/words/words.h): the default. */
#define CONFIG_DEFAULT_RIGHTS 255u

/* A piece of the text. Length 0: left out. */
struct config_text {
    uint32_t offset; /* from the start of the configuration */
    uint32_t length;
};

struct config_item {
    uint8_t kind;    /* enum config_kind */
    uint8_t how;     /* enum config_how */
    uint8_t region;  /* enum cell_region */
    uint8_t rights;  /* CONFIG_DEFAULT_RIGHTS: left out */
    uint32_t flags;  /* enum config_flags */
    uint32_t line;   /* in the text, from 1 */
    struct config_text text; /* type; argument; NAME=VALUE; name */
    struct config_text from; /* PD; serves: the further name */
    struct config_text onto; /* uses: a name; a type */
    struct config_text space; /* rde, uses resource: its name */
    struct config_text name;  /* uses: of the space or resource */
    uint64_t address; /* region; physical address; interrupt; cptr */
    uint64_t at;      /* where a region goes; 0: same address, or anywhere */
    uint64_t pages;   /* 0: left out; rde: its allowance, CONFIG_UNLIMITED: left out */
};

#define CONFIG_UNLIMITED UINT64_MAX
#define CONFIG_DEFAULT_PRIORITY UINT32_MAX

struct config {
    uint32_t line;  /* of the `pd` line */
    /* Lines of the fields; 0: left out. */
    uint32_t entry_line, fault_line, priority_line, ceiling_line, elevated_line, essential_line;
    struct config_text name, program, relative, entry, fault;
    struct config_text maker; /* a program that makes the PD when it runs; length 0: none */
    uint64_t function; /* an entry that needs no text; 0: see `entry` */
    uint64_t argument;
    uint64_t fault_badge;           /* 0: left out */
    uint64_t pages, objects, slots; /* limits; CONFIG_UNLIMITED */
    uint32_t priority, ceiling;     /* CONFIG_DEFAULT_PRIORITY: left out */
    uint64_t reserved_pages, reserved_objects, reserved_slots;
    uint32_t limits_line, reserve_line; /* 0: none */
    uint32_t restart_line, watch_line;  /* 0: none */
    uint64_t restarts, restart_seconds; /* this many in that time */
    uint64_t watch_seconds;
    uint8_t preset;
    bool elevated, linked, essential;
    uint32_t items; /* offset of struct config_item[item_count] */
    uint32_t item_count;
};

static inline const char *config_string(const struct config *config, struct config_text text)
{
    return (const char *)config + text.offset;
}
static inline const struct config_item *config_items(const struct config *config)
{
    return (const struct config_item *)((const char *)config + config->items);
}

/* What is wrong: for a program (`error`, `reason`) and for a person. */
#define PLAN_TEXT 256u
struct plan_error {
    cell_error_t error;
    enum cell_refusal reason; /* CELL_REFUSED_NO_SPACE_YET: a space that an edge needs may still come */
    uint32_t line;       /* of the text; 0: none in particular */
    char text[PLAN_TEXT]; /* "FIELD: what is wrong with it" */
};

/* Notes an error and returns it. `format`: %s with a zero-terminated text, %.*s,
 * %u, %lx, as printf. */
cell_error_t plan_fail(struct plan_error *error, cell_error_t code, uint32_t line,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Most bytes of a block of a description, and most bytes and lines of a configuration that
 * a PD hands in: CELL_TOO_LARGE above. */
#define CONFIG_LIMIT 65536u
#define CONFIG_PD_LIMIT 4096u
#define CONFIG_PD_LINES 64u

/* Most restarts that a policy can name, and seconds. */
#define CONFIG_RESTARTS_MOST 64u
#define CONFIG_SECONDS_MOST 31536000u

/* What is wrong with a text as the name of a PD; NULL: nothing. */
const char *config_name_fault(const char *name, size_t length);

/* Is a text short enough for a PD to hand in? CELL_TOO_LARGE. */
cell_error_t config_fits(const char *text, size_t length, struct plan_error *error);

/* How much memory config_parse() needs for a text. */
size_t config_memory(const char *text, size_t length);

/*
 * Reads one `pd` block. `memory`: config_memory() bytes, aligned to 8; it becomes
 * the configuration. `line`: number of the text's first line. CELL_BAD_CONFIG,
 * CELL_TOO_LARGE.
 */
cell_error_t config_parse(const char *text, size_t length, uint32_t line, void *memory,
                          struct plan_error *error);

/*
 * Finds the next `pd` block of a system description: from *at on, whose line
 * number is *line; both are moved to the block's start, *block is its length.
 * False: no further one. Only comments, empty lines and `policy` lines may stand before
 * the first `pd` line: what else does is part of a block without one, which
 * config_parse() refuses.
 */
bool config_next_block(const char *text, size_t length, size_t *at, uint32_t *line, size_t *block);

/* Where in line `line` of a text, from 1, a message of plan_error is about; 1 where that is not to be seen. */
uint32_t config_column(const char *text, size_t length, uint32_t line, const char *message);

/* The greatest depth, and the values for `all` and for no depth. */
#define CONFIG_DEPTH_MOST 253u
#define CONFIG_DEPTH_ALL 254u
#define CONFIG_DEPTH_UNSAID 255u

struct config_policy {
    unsigned pd_depth, space_depth;
};

/* Reads the lines of a description before its first block. CELL_BAD_CONFIG. */
cell_error_t config_policy(const char *text, size_t length, struct config_policy *policy,
                           struct plan_error *error);
