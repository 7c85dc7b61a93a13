/* SPDX-License-Identifier: BSD-2-Clause */
/* Serving an interface: the table that tools/idlgen.py makes of it, and the one function that checks and dispatches a
 * request by such a table, in the root task and in every server. */
#ifndef CELLULOS_IDL_SERVE_H
#define CELLULOS_IDL_SERVE_H

#include <cell/errors.h>
#include <stdbool.h>
#include <stdint.h>

#define IDL_WORDS 120u

enum idl_on { IDL_ANY, IDL_SPACE, IDL_RESOURCE };

/* A word of a request that must lie between two bounds. */
struct idl_range {
    uint8_t word;
    uint64_t least, most;
};

/* Carries one operation out. `in` and `out` are the structures <interface>_<operation>_in and _out; `out` is zero at first. */
typedef cell_error_t (*idl_handler)(void *request, const void *in, void *out);

struct idl_operation {
    const char *name;
    uint16_t number;
    uint8_t on;      /* enum idl_on */
    uint8_t rights;  /* needed: 1 read, 2 write, 4 execute, 8 grant */
    uint8_t in_words, out_words;
    uint8_t range_count;
    uint8_t capabilities; /* extra capabilities that must come with it (servers other than the root task) */
    uint8_t in_bytes;     /* 1: the last of in_words counts bytes that follow */
    uint8_t out_bytes;    /* the same for out_words */
    const struct idl_range *ranges;
    idl_handler handler;
};

struct idl_interface {
    const char *name, *type;
    uint16_t number;
    uint16_t count;
    const struct idl_operation *operations; /* by number, ascending from 1 without gaps */
};

/* What a request came through. */
struct idl_target {
    uint8_t on; /* IDL_SPACE or IDL_RESOURCE */
    uint8_t rights;
    bool type_matches; /* it is of the interface's type */
};

/*
 * Checks a request (operation, length, kind, type and rights of the handle, ranges) and carries it out. Words of the
 * answer go to `out`, *out_words of them; with CELL_BAD_ARGUMENT word 0 is the argument's number, from 1.
 */
cell_error_t idl_serve(const struct idl_interface *interface, const struct idl_target *target, uint32_t operation,
                       uint32_t length, const uint64_t *in, void *request, uint64_t *out, uint32_t *out_words);

#endif
