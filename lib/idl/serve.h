/* SPDX-License-Identifier: BSD-2-Clause */
/* Serving an interface: the table that tools/idlgen.py makes of it, and the one function that checks and dispatches a
 * request by such a table, in the root task and in every server. */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stdint.h>

#define IDL_WORDS 120u
/* Handles that one operation can name. */
#define IDL_ARGUMENTS 4u
/* In place of the number of a word: none. */
#define IDL_NONE 255u

/* Kinds of handles, as bits; 0: of no kind that a request can use. IDL_OTHER is a target only: an authority over a PD,
 * asked through IDL_SELF, in the first two words. */
enum idl_on { IDL_SPACE = 1, IDL_RESOURCE = 2, IDL_SELF = 4, IDL_OTHER = 8 };

/* Rights, as in the model. */
enum idl_rights { IDL_READ = 1, IDL_WRITE = 2, IDL_EXECUTE = 4, IDL_GRANT = 8, IDL_ALL = 15 };

/* A word of a request that must lie between two bounds. */
struct idl_range {
    uint8_t word;
    uint64_t least, most;
};

/* A handle that a request names. */
struct idl_argument {
    uint8_t word;
    uint8_t kinds;       /* allowed: bits of enum idl_on */
    uint8_t rights;      /* needed */
    uint8_t rights_word; /* and those that this word names; IDL_NONE: no further ones */
    uint8_t optional;    /* 1: the word may be 0 */
    const char *type;    /* NULL: any */
};

/* Carries one operation out. `in` and `out` are the structures <interface>_<operation>_in and _out; `out` is zero at first.
 * With an error other than CELL_BAD_ARGUMENT, `out` is the structure <interface>_<operation>_fault, if there is one. */
typedef cell_error_t (*idl_handler)(void *request, const void *in, void *out);

struct idl_operation {
    const char *name;
    uint16_t number;
    uint8_t on;      /* one of enum idl_on */
    uint8_t rights;  /* needed: enum idl_rights; with IDL_OTHER, on the authority */
    uint8_t in_words, out_words;
    uint8_t range_count;
    uint8_t argument_count;
    uint8_t in_bytes;     /* 1: the last of in_words counts bytes that follow */
    uint8_t out_bytes;    /* the same for out_words */
    uint8_t fault_words;  /* of the answer that is an error */
    uint8_t fault_bytes;
    const struct idl_range *ranges;
    const struct idl_argument *arguments;
    idl_handler handler;
};

struct idl_interface {
    const char *name, *type;
    uint16_t number;
    uint16_t count;
    const struct idl_operation *operations; /* by number, ascending from 1 without gaps */
};

/* What a handle that a request names turns out to be. */
struct idl_handle {
    uint8_t on; /* one of enum idl_on, or 0 */
    uint8_t rights;
    const char *type;
};

/* What a request came through, and how what it names is looked up. `request` is that of idl_serve(). */
struct idl_target {
    uint8_t on; /* IDL_SPACE, IDL_RESOURCE, IDL_SELF, or 0 */
    uint8_t rights;
    bool type_matches; /* it is of the interface's type */
    /* Finds the `number`th handle that the request names, keeps it for the handler, and tells what it is.
     * CELL_BAD_HANDLE: the caller has none there. */
    cell_error_t (*find)(void *request, unsigned number, uint64_t where, struct idl_handle *found);
    /* Finds the PD that the authority (handle number 0) and an id mean, and keeps it for the handler. CELL_DENIED: the
     * authority does not cover it. NULL: there are no such operations. */
    cell_error_t (*select)(void *request, uint64_t id);
};

/*
 * Checks a request and carries it out. Words of the answer go to `out`, *out_words of them. Nothing has changed if a check
 * fails; of several faults, the first of this list is reported: CELL_BAD_REQUEST (no such operation, length), CELL_BAD_HANDLE,
 * CELL_WRONG_TYPE (type or kind), CELL_DENIED (rights; an authority that does not cover the PD), CELL_BAD_ARGUMENT (ranges;
 * word 0 of the answer is the number of the word, from 1). What the handler finds comes after these.
 */
cell_error_t idl_serve(const struct idl_interface *interface, const struct idl_target *target, uint32_t operation,
                       uint32_t length, const uint64_t *in, void *request, uint64_t *out, uint32_t *out_words);
