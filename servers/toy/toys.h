/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/toy/toys.h: the toys, requests that wait for them, and the server's types.
 */
#pragma once

#include <lib/server/server.h>

struct toy {
    struct id_entry entry; /* its id is the resource's number */
    uint64_t value;
    struct waiter *waiters;
    cell_cap_t page;          /* MO of a client; 0: none */
    uint64_t *shown;          /* the value in it */
    struct chest *chest;      /* that it is in; NULL: none */
    cell_cap_t in_chest;      /* the handle by which the chest has it */
    struct toy *next_in_chest;
    struct toy *next_given, **link_given; /* of those that the same client put into chests */
};

extern const struct server_type toy_type, chest_type;

/* Makes a toy; NULL: no memory. */
struct toy *toy_make(uint64_t value);
/* Finds a toy by its number; NULL: there is none. */
struct toy *toy_find(uint64_t number);
/* Frees it; waiting requests are answered with CELL_NOT_FOUND. */
void toy_free(struct toy *toy);

/* Changes the value, also in the page, and answers requests that waited for that. */
void toy_change(struct toy *toy, uint64_t value);
/* Keeps the caller until the value is at least `least`. CELL_NO_MEMORY; errors as server_defer(). */
cell_error_t toy_wait(struct toy *toy, struct server_request *request, uint64_t least);

/* Takes a toy out of the chest that it is in. */
void chest_forget(struct toy *toy);
