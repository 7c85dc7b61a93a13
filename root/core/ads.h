/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/ads.h: address spaces and the regions (VMRs) in them.
 *
 * An ADS keeps its VMRs in a tree by address that also knows the widest gap
 * below each node, so finding a region or room for one takes O(log n). VMRs
 * belong to their ADS: they go with it, or when they are removed; a VMR is also
 * an object, so that it can be denoted by a handle and appears in the model.
 */
#pragma once

#include "lib/words/words.h"
#include "lib/regions/regions.h"
#include "root/core/mo.h"
#include "root/core/object.h"

/* "ELF_CODE" … */
const char *vmr_kind_name(enum cell_region kind);

struct vmr {
    struct object object;
    struct ads *ads;       /* NULL once removed (a handle may outlive it) */
    struct mo *mo;         /* referred to; NULL: reserved, guard page */
    struct list of_mo;     /* mo->vmrs */
    struct list of_kind;   /* ads->kinds[kind] */
    uint64_t start;        /* address of the first byte */
    uint64_t pages;
    uint8_t kind;
    uint8_t rights;        /* HANDLE_READ, _WRITE, _EXECUTE */
    uint8_t guard;         /* unmapped pages below `start` that belong to it */
    uint8_t touch_count;   /* pages that the last ads_touch() made present, */
    uint64_t touch_next;   /* and the number of the page behind them */
    struct region region;  /* in ads->tree, with the guard */
    uint64_t unmapped;     /* while it is removed in pieces: pages below are not mapped */
    struct sparse copies;  /* not the MO's primary: slots of capabilities that map its pages */
};

/* A page table; who needed it pays. */
struct ads_table {
    struct kernel_object object;
    struct account *account; /* referred to */
};

struct ads {
    struct object object;
    struct kernel_object vspace;
    struct region *tree;
    struct list kinds[CELL_REGION_KINDS];
    uint64_t regions;
    struct reap reap;              /* once it is destroyed */
    uint32_t asid_pool;            /* asid.h */
    uint32_t table_count, table_room;
    struct ads_table *tables;      /* they go with the ADS */
};

extern struct object_class ads_class, vmr_class;

/* Addresses that regions may use. Pages below are never mapped, so that NULL
 * faults. */
#define ADS_LOWEST UINT64_C(0x10000)
#define ADS_HIGHEST (UINT64_C(1) << 39)
/* Where automatic placement starts. */
#define ADS_PLACE UINT64_C(0x10000000)

/* Makes an empty address space; the caller gets the first reference.
 * CELL_NO_MEMORY, CELL_QUOTA. It is destroyed, with its regions, when the last
 * reference goes. */
cell_error_t ads_create(struct account *account, struct ads **ads);

enum attach_flags {
    /* Only map what is touched, even if it is present. */
    ATTACH_ON_TOUCH = 1 << 0,
    /* Keep the page below the region unmapped; it belongs to the region. */
    ATTACH_GUARD = 1 << 1,
    /* Pages that somebody else pays for may be missing: touching them can fault. */
    ATTACH_MAY_FAULT = 1 << 2,
};

/* Pages of another payer's MO that an attach makes present, at most. */
#define ATTACH_MISSING 1024u

/*
 * Puts all of an MO into an address space as a region, whose tables and record are
 * charged to `account`; `address` 0: where there is room, from ADS_PLACE upwards. Present pages are mapped at once, others when
 * they are touched. An MO that another account pays for is made present as a whole, without
 * ATTACH_MAY_FAULT, so that what the payer does later is no matter. Takes a reference on the MO; *vmr belongs to the ADS.
 * CELL_BAD_ARGUMENT (not page aligned, outside the range, no rights), CELL_OVERLAP, CELL_TOO_LARGE
 * (more than ATTACH_MISSING are missing),
 * CELL_NO_SLOTS (no room), CELL_NO_MEMORY, CELL_QUOTA.
 */
cell_error_t ads_attach(struct account *account, struct ads *ads, struct mo *mo, uint64_t address,
                        enum cell_region kind, unsigned rights, unsigned flags, struct vmr **vmr);

/* Pages that are missing of an MO that is to be whole, if `account` attaches it with these flags. */
uint64_t ads_missing(const struct account *account, const struct mo *mo, unsigned flags);

/* Maps pages of a region that was attached with ATTACH_ON_TOUCH: those that are present among
 * `most` pages from the first such one at or behind *from. *from becomes the page behind these,
 * vmr->pages if there are no more. */
cell_error_t ads_map(struct vmr *vmr, uint64_t *from, uint64_t most);

/* A region without memory: nothing else is placed there, touching it faults. */
cell_error_t ads_reserve(struct account *account, struct ads *ads, uint64_t address, uint64_t pages,
                         enum cell_region kind, struct vmr **vmr);

/* Unmaps and removes a region. */
void ads_remove(struct vmr *vmr);
/* A part of that, for as many units of work (reaper.h) as there are in *units; true: it is
 * removed. Until then it keeps its addresses, and touching it faults. */
bool ads_remove_some(struct vmr *vmr, uint32_t *units);
/* The same in pieces, by and by. */
void ads_remove_later(struct vmr *vmr);

/* The region that contains `address` (its guard page included, which lies below
 * vmr->start); NULL: none. */
struct vmr *ads_find(const struct ads *ads, uint64_t address);
/* The region with the lowest start at or above `address`; NULL: none. With
 * vmr->start + 1 it walks all of them in order. */
struct vmr *ads_next(const struct ads *ads, uint64_t address);
/* The only region of a kind: CELL_NOT_FOUND, or CELL_EXISTS if there are more. */
cell_error_t ads_find_kind(const struct ads *ads, enum cell_region kind, struct vmr **vmr);

enum ads_fault {
    ADS_FAULT_NONE,      /* mapped now: let it go on */
    ADS_FAULT_NO_REGION, /* nothing there */
    ADS_FAULT_RIGHTS,    /* not allowed */
    ADS_FAULT_GUARD,     /* reserved region, a guard page, or a page that is not committed */
    ADS_FAULT_MEMORY,    /* on touch, but the machine has none left */
    ADS_FAULT_QUOTA,     /* on touch, but beyond a limit of who pays for it */
};

/* Most pages that one touch makes present. */
#define ADS_TOUCH_MOST 16u

/* Makes pages of a region present and maps them, at once and for good: touching them cannot fail.
 * What was made stays when it fails: CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t ads_commit(struct vmr *vmr, uint64_t first, uint64_t count);

/* A PD touched `address`. `access`: HANDLE_READ, _WRITE or _EXECUTE. Makes the
 * page present and maps it if that is how the region works; who touches pages one
 * behind the other gets more of them each time. */
enum ads_fault ads_touch(struct ads *ads, uint64_t address, unsigned access);

static inline struct ads *ads_of(struct object *object)
{
    return CONTAINER(object, struct ads, object);
}
static inline struct vmr *vmr_of(struct object *object)
{
    return CONTAINER(object, struct vmr, object);
}
static inline uint64_t vmr_end(const struct vmr *vmr)
{
    return vmr->start + vmr->pages * PAGE_SIZE;
}
