/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/once.h: edges that several things lead to, as pieces of ranges (ranges.h) belong to several: each is in the model
 * once, with the rights of all.
 */
#pragma once

#include "lib/idtable/idtable.h"
#include "root/graph/record.h"

/* Kind of edge and types, from, to, piece. */
#define ONCE_WORDS 6u

struct once {
    struct id_entry entry;
    uint64_t key[ONCE_WORDS];
    struct record *record; /* NULL: it is to be made */
};

/* The edge with a key, made if there is none; NULL: no memory. */
struct once *once_find(const uint64_t key[ONCE_WORDS]);
/* Forgets as much as *units of work (reaper.h) allow; true: all. */
bool once_clear(uint32_t *units);
