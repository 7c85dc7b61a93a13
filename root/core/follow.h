/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/follow.h: what address spaces share by its kind stays shared when it grows or is replaced.
 *
 * Address spaces that share a kind of region are a group, with a range of addresses that was free around it when they began. What
 * one of them attaches in the range the others get, at the same address and with the rights that they share it with; who attaches
 * it pays, and gets the error if one of them cannot have it. What a PD that may only read attaches, the others do not get. What
 * the owner removes there, in which the region was first, goes everywhere.
 *
 * They may be many, so that is done in pieces: a group changes once at a time.
 */
#pragma once

#include "root/core/ads.h"

struct follow_group {
    struct list members; /* struct follow.of_group: who has not been visited yet comes first */
    uint32_t references; /* of members, and of a change */
    uint32_t count;      /* of members */
    uint8_t kind;        /* enum cell_region */
    bool changing;
    uint64_t start, end;
    const struct ads *owner; /* NULL: it is gone */
};

/* An address space in a group. */
struct follow {
    struct list of_group, of_ads;
    struct follow_group *group;
    struct ads *ads;
    struct account *account; /* that pays for the record; referred to */
    uint8_t rights;          /* that it shares the regions with */
};

/* Has `ads` follow what `owner`, in which the region at `start` is, does with regions of its kind, and the other way round;
 * `account` pays. Once is enough. CELL_BUSY (a change is under way), CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t follow_join(struct account *account, struct ads *owner, struct ads *ads, const struct vmr *vmr, unsigned rights);
/* It leaves all groups. */
void follow_leave(struct ads *ads);

/* The group in which others follow when a region has been attached, or a range is to be removed, or has a heap; NULL: nobody does. */
struct follow_group *follow_attached(const struct vmr *vmr);
struct follow_group *follow_removed(const struct ads *ads, uint64_t from, uint64_t to);
struct follow_group *follow_heap(const struct ads *ads);
/* Up to where the heap of this address space can grow, for others to follow; UINT64_MAX: nobody does. */
uint64_t follow_heap_end(const struct ads *ads);

/* A change that members have not all followed yet. */
struct spread {
    struct follow_group *group; /* referred to; NULL: none */
    const struct ads *leader;
    struct account *account; /* that pays; referred to */
    struct mo *mo;           /* to be attached; referred to; NULL: what is there is removed, or */
    bool maps;               /* pages that are present are mapped */
    uint64_t first, from, to;
    unsigned rights;
    uint32_t left, done; /* members */
};

/* CELL_BUSY: another change of the group is under way. */
cell_error_t spread_attach(struct spread *spread, struct follow_group *group, struct account *account, const struct vmr *vmr);
cell_error_t spread_remove(struct spread *spread, struct follow_group *group, struct account *account, const struct ads *leader,
                           uint64_t from, uint64_t to);
/* Pages of regions that they share are present by now: none of them is to fault for want of memory. What is mapped stays. */
cell_error_t spread_map(struct spread *spread, struct follow_group *group, struct account *account, const struct ads *leader,
                        uint64_t from, uint64_t to);
/* As many as *units of work (reaper.h) allow. CELL_AGAIN: there are more. Otherwise it has ended: what others were to get by
 * spread_attach() and one could not have is taken from them again, if need be in pieces. */
cell_error_t spread_go_on(struct spread *spread, uint32_t *units);
/* Ends one that has not: what was attached is taken back. */
void spread_undo(struct spread *spread);
