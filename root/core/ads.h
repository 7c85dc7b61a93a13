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
    struct list of_mo;     /* mo->vmrs: those that may fault behind the others */
    struct list of_kind;   /* ads->kinds[kind] */
    uint64_t start;        /* address of the first byte */
    uint64_t pages;
    uint64_t first; /* of the MO's pages: the one at `start` */
    uint8_t kind;
    uint8_t rights;        /* HANDLE_READ, _WRITE, _EXECUTE; 0: nothing is mapped */
    uint8_t allowed;       /* what the rights can be changed to */
    uint8_t guard;         /* unmapped pages below `start` that belong to it */
    bool own : 1;          /* maps the frames' own capabilities; else copies */
    bool shares : 1;       /* not `own`: the slots of the copies are in a table with others' */
    bool may_fault : 1;    /* attached with ATTACH_MAY_FAULT */
    bool present_only : 1; /* attached with ATTACH_PRESENT_ONLY */
    bool filling : 1;      /* its pages come in pieces: no part of it can be changed */
    bool followed : 1;     /* it is here because another address space has it (follow.h) */
    uint8_t touch_count;   /* pages that the last ads_touch() made present, */
    uint32_t touch_next;   /* and the number of the page behind them */
    uint32_t unmapped;     /* while it is removed in pieces: pages below are not mapped */
    struct region region;  /* in ads->tree, with the guard */
    union {
        struct sparse copies;  /* slots of capabilities that map its pages */
        struct copies *shared; /* the same of other parts, too */
    };
};

/* What a region that was split had mapped by copies. */
struct copies {
    struct sparse slots;
    struct account *account; /* of the region that was split; referred to */
    uint64_t first;          /* page of the MO that number 0 is of */
    uint32_t references;
};

/* A page table; the account that needed it pays. */
struct ads_table {
    struct kernel_object object;
    uint32_t large;          /* of the lowest level: the number of the 2 MiB that it is for; else 0 */
    struct account *account; /* referred to */
};

struct ads {
    struct object object;
    struct kernel_object vspace;
    struct region *tree;
    struct list kinds[CELL_REGION_KINDS];
    struct list places; /* struct place.of_ads of PDs (pd.h) */
    struct list follows; /* struct follow.of_ads (follow.h) */
    uint64_t regions;
    uint64_t place;                /* where the search for room starts */
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
/* Where automatic placement starts, unless ads->place is set higher. */
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
    /* `account` is that of the client who gave the MO, and not of the PD that runs here: an MO of its own
     * is made present as a whole, too. */
    ATTACH_FOR_GIVER = 1 << 3,
    /* Touching a page that is not present faults, also where it could be made. */
    ATTACH_PRESENT_ONLY = 1 << 4,
};

/* What is put into an address space: pages of an MO, and how. */
struct attach {
    struct mo *mo;
    uint64_t first, pages; /* within the MO */
    uint64_t address, end; /* there; or, if `end` is not 0, where there is room between them; both 0:
                              where there is room from ads->place upwards */
    enum cell_region kind;
    unsigned rights, flags;
};

/* Pages of another payer's MO that an attach makes present, at most. */
#define ATTACH_MISSING 1024u

/*
 * Puts pages of an MO into an address space as a region, whose tables and record are
 * charged to `account`. Present pages are mapped at once, others when
 * they are touched. Pages that another account pays for are made present, without
 * ATTACH_MAY_FAULT, so that what the payer does later is no matter. Takes a reference on the MO; *vmr belongs to the ADS.
 * CELL_BAD_ARGUMENT (not aligned to the MO's pages, outside the range or the MO, no rights), CELL_OVERLAP (something is there; or, where
 * a page of 1 GiB is to go, tables for smaller ones), CELL_TOO_LARGE
 * (more than ATTACH_MISSING are missing),
 * CELL_NO_SLOTS (no room), CELL_NO_MEMORY, CELL_QUOTA.
 */
cell_error_t ads_attach_part(struct account *account, struct ads *ads, const struct attach *attach,
                             struct vmr **vmr);
/* The same with all of an MO; `address` 0: where there is room. */
cell_error_t ads_attach(struct account *account, struct ads *ads, struct mo *mo, uint64_t address,
                        enum cell_region kind, unsigned rights, unsigned flags, struct vmr **vmr);

/* A region that was attached with ATTACH_MAY_FAULT, and has its pages by now, cannot lose them any more. */
void ads_steady(struct vmr *vmr);

/* Pages of an MO that may be missing among `pages` that are to be present, if `account` attaches them with
 * these flags. */
static inline uint64_t ads_missing(const struct account *account, const struct mo *mo, uint64_t pages, unsigned flags)
{
    uint64_t missing = mo->pages - mo->present;
    bool own = mo->object.account == account && (flags & ATTACH_FOR_GIVER) == 0;

    /* Without ATTACH_MAY_FAULT nobody depends on what another payer can still get. */
    if (own || (flags & ATTACH_MAY_FAULT) != 0)
        return 0;
    return missing < pages ? missing : pages;
}

/* Maps pages of a region that was attached with ATTACH_ON_TOUCH: those that are present among
 * `most` pages from the first such one at or behind *from. *from becomes the page behind these,
 * vmr->pages if there are no more. */
cell_error_t ads_map(struct vmr *vmr, uint64_t *from, uint64_t most);

/* Makes the record of a region that is not in an address space yet. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t vmr_record(struct account *account, struct vmr **vmr);

/* A region without memory: nothing else is placed there, touching it faults. */
cell_error_t ads_reserve(struct account *account, struct ads *ads, uint64_t address, uint64_t pages,
                         enum cell_region kind, struct vmr **vmr);

/* Unmaps and removes a region. */
void ads_remove(struct vmr *vmr);
/* A part of that, for as many units of work (reaper.h) as there are in *units; true: it is
 * removed. Until then it keeps its addresses, and touching it faults. */
bool ads_remove_some(struct vmr *vmr, uint32_t *units);
/* The same in pieces, between requests. */
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
    ADS_FAULT_QUOTA,     /* on touch, but beyond a limit of the account that pays for it */
};

/* Most pages that one touch makes present. */
#define ADS_TOUCH_MOST 16u

/* Makes pages of a region present and maps them, at once and for good: touching them cannot fail.
 * What was made stays when it fails: CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t ads_commit(struct vmr *vmr, uint64_t first, uint64_t count);

/* A PD touched `address`. `access`: HANDLE_READ, _WRITE or _EXECUTE. Makes the
 * page present and maps it if that is how the region works; a PD that touches pages one
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
/* The page of its MO at an address in it. */
static inline uint64_t vmr_page(const struct vmr *vmr, uint64_t address)
{
    return vmr->first + (address - vmr->start) / PAGE_SIZE;
}
/* Where an address in it is in its MO, in bytes. */
static inline uint64_t vmr_offset(const struct vmr *vmr, uint64_t address)
{
    return vmr->first * PAGE_SIZE + (address - vmr->start);
}
static inline uint64_t vmr_end(const struct vmr *vmr)
{
    return vmr->start + vmr->pages * PAGE_SIZE;
}
