/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/mo.h: memory objects. An MO is a number of pages that are present from
 * the start or made when first touched. It is freed when the last handle and
 * the last VMR that maps it are gone.
 *
 * All of its pages have one size: 4 KiB, 2 MiB or 1 GiB. Sizes and places in it are counted in 4 KiB whatever that is;
 * only the tables (sparse.h) of pages and of their copies have a number for each page.
 */
#pragma once

#include "root/core/object.h"
#include "root/core/reaper.h"
#include "root/core/sparse.h"
#include "root/memory/memory.h"

struct vmr;

enum mo_flags {
    MO_ON_TOUCH = 1 << 0, /* pages are made when first touched */
    MO_FOREIGN = 1 << 1,  /* pages are not the root task's to free: archive, devices */
    MO_DEVICE = 1 << 2,   /* to be mapped uncached */
    MO_COMMIT = 1 << 3,   /* pages are made by ads_commit(), not by touching */
    MO_IN_PARTS = 1 << 4, /* a region maps, or once mapped, a part of it */
    MO_COPIED = 1 << 6,   /* it is, or was, a copy or copied: others may have its frames, too (sharing.h) */
    MO_PINNED = 1 << 5,   /* the kernel, or a device perhaps, writes to its pages beside the mappings */
};

struct mo {
    struct object object;
    uint64_t pages;
    uint32_t present;
    uint16_t flags;
    uint8_t few_pages;    /* numbers that `few` has room for */
    uint8_t order;        /* log2 of the 4 KiB that a page of it has: 0, 9, 18 (large.h) */
    page_t foreign;       /* MO_FOREIGN: the first page; they follow one another. Else, once
                             destroyed: the first page that is not freed */
    uint32_t owners;      /* regions that map the frames' own capabilities, each of other pages; the
                             others map copies */
    struct sparse frames; /* else: the number of each page's first 4 KiB; 0: not present */
    union {
        struct list vmrs; /* that map it, by vmr.of_mo */
        struct reap reap; /* once it is destroyed */
    };
    uint32_t own_from, own_to; /* pages outside are nobody's own */
    page_t few[];         /* numbers of an MO with MO_FEW pages at most */
};

/* Pages whose numbers stand in the MO's own record. */
#define MO_FEW 26u
/* Most pages of one MO: CELL_TOO_LARGE above. */
#define MO_LIMIT (UINT64_C(1) << 28)

extern struct object_class mo_class;

/*
 * Makes an MO of `pages` pages; `flags`: MO_ON_TOUCH, MO_COMMIT or 0. The account is
 * charged with the pages that are present, and the tables that name these. The caller gets the first reference.
 * CELL_BAD_ARGUMENT (no pages), CELL_TOO_LARGE, CELL_NO_MEMORY, CELL_QUOTA.
 */
cell_error_t mo_create(struct account *account, uint64_t pages, unsigned flags, struct mo **mo);
/* The same of pages of 2^order * 4 KiB each. CELL_BAD_ARGUMENT also where `pages` is not a multiple of that; CELL_NO_MEMORY
 * also where no piece of memory of that size is free. */
cell_error_t mo_create_large(struct account *account, uint64_t pages, unsigned order, unsigned flags, struct mo **mo);

/* An MO of pages of the boot archive, or of device memory; costs no memory. */
cell_error_t mo_create_archive(struct account *account, page_t first, uint64_t pages,
                               struct mo **mo);
cell_error_t mo_create_device(struct account *account, uint64_t physical, uint64_t pages,
                              struct mo **mo);

/* A new MO with the contents of `pages` pages of another from `first` on (those that are not present are
 * on touch, as there), of the same size. Charged to `account`. Large ones are copied at once. */
cell_error_t mo_clone(struct account *account, struct mo *source, uint64_t first, uint64_t pages, struct mo **mo);
/* The same in parts: an MO without pages, and the next of them from *at on, which
 * moves behind these, as many as `units` of work (sharing.h) allow. CELL_AGAIN: there are more; once it has all, nothing is done. */
cell_error_t mo_clone_begin(struct account *account, const struct mo *source, uint64_t pages, struct mo **mo);
cell_error_t mo_clone_some(struct mo *mo, struct mo *source, uint64_t first, uint64_t *at, uint64_t units);
#define MO_CLONE_UNITS UINT64_C(400) /* of a piece of a request */

/* 4 KiB that a page has, and what of an index lies within one. */
static inline uint64_t mo_step(const struct mo *mo)
{
    return UINT64_C(1) << mo->order;
}
static inline uint64_t mo_within(const struct mo *mo)
{
    return mo_step(mo) - 1;
}

page_t mo_page_large(const struct mo *mo, uint64_t index);

/* The 4 KiB at `index`; 0: not present. */
static inline page_t mo_page(const struct mo *mo, uint64_t index)
{
    if ((mo->flags & MO_FOREIGN) != 0)
        return mo->foreign + (page_t)index;
    if (mo->order != 0)
        return mo_page_large(mo, index);
    const page_t *chunk = sparse_chunk(&mo->frames, index);

    return chunk == NULL ? 0 : chunk[index % SPARSE_CHUNK];
}

/* The first 4 KiB at or behind *index that are present: moves *index there; false: none.
 * Costs little where none are. */
bool mo_next_present(const struct mo *mo, uint64_t *index);

/* Makes sure that `count` pages from `first` on, and the rest of large ones, are present: CELL_NO_MEMORY,
 * CELL_QUOTA (the MO's account); CELL_GONE: there are not that many. */
cell_error_t mo_populate(struct mo *mo, uint64_t first, uint64_t count);

/* False: a large page is missing at `index`, and a piece of memory for it has been zeroed: there is more, before mo_populate() takes no
 * long step. */
bool mo_zeroed(const struct mo *mo, uint64_t index);

/* Frees the page at `index`, which is present, and mapped nowhere. */
void mo_free_page(struct mo *mo, uint64_t index);

/*
 * Copies bytes into and out of an MO, making pages present where needed.
 * CELL_BAD_ARGUMENT: outside; CELL_DENIED: writing to MO_FOREIGN; and as
 * mo_populate().
 */
cell_error_t mo_write(struct mo *mo, uint64_t offset, const void *bytes, uint64_t size);
cell_error_t mo_read(struct mo *mo, uint64_t offset, void *bytes, uint64_t size);

/* The same from the start of an MO that is attached, if at all, but not yet mapped:
 * the way with the fewest kernel calls. */
cell_error_t mo_write_unmapped(struct mo *mo, uint64_t offset, const void *bytes, uint64_t size);

/* Physical address of the first page; 0: not present yet. */
uint64_t mo_physical(const struct mo *mo);

static inline struct mo *mo_of(struct object *object)
{
    return CONTAINER(object, struct mo, object);
}
