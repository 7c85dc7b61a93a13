/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/gift.h: handles that a client gave to a server. The slot is in the server's
 * table, but the giver pays for it, and has at most as many there as its edge allows.
 * The server keeps them until it gives them up, or has been told that the giver is
 * gone (root/spaces/work.c). Without a handle it stands for what the server keeps for the client itself, or for what the
 * client lends the server's budget, so that it can.
 */
#pragma once

#include "root/core/handle.h"

struct pd;

struct gift {
    struct list of_giver;  /* giver->gifts, or ->told_gifts */
    struct handle *handle; /* in the server's table; NULL: not yet, or kept by the server */
    struct list of_server; /* then among server->kept */
    struct pd *giver;      /* referred to */
    handle_id_t edge;      /* counted there; it may be gone */
    struct budget *budget; /* that something is lent to, referred to; NULL: nothing */
    uint32_t lent[ACCOUNT_UNITS];
};

/* A gift that `giver` makes by its `edge`. CELL_QUOTA: no more, by the edge's allowance or a limit;
 * CELL_NO_MEMORY. */
cell_error_t gift_begin(struct handle *edge, struct pd *giver, struct gift **gift);
/* The same for what is lent to a budget, and charged to `giver`. CELL_UNSUPPORTED: it is the machine (NULL). */
cell_error_t gift_lend(struct handle *edge, struct pd *giver, struct budget *budget, const uint32_t lent[ACCOUNT_UNITS],
                       struct gift **gift);
/* The handle that was made for it; it ends with that. */
void gift_is(struct gift *gift, struct handle *handle);
/* Frees one, with or without a handle. */
void gift_end(struct gift *gift);
