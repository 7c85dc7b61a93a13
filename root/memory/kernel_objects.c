/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/kernel_objects.c: kernel objects other than frames, each in an untyped of its
 * own size.
 *
 * From 4 KiB up, an object takes a piece of a run: the run is cut into untypeds
 * of one size (its order), each with a slot for what is made of it. Smaller
 * objects share a page: a slab, cut into untypeds of one size, whose slots are
 * a group from slots.c. Bottom-up: runs of objects, slabs, the interface.
 */
#include <sel4/constants.h>

#include "root/base/bug.h"
#include "root/memory/blocks.h"
#include "root/memory/counts.h"
#include "root/memory/heap.h"
#include "root/memory/slots.h"

#define ORDERS 5u /* 4, 8, 16, 32, 64 KiB */
#define SMALLEST_BITS 4u
#define SLAB_WORDS ((PAGE_SIZE >> SMALLEST_BITS) / 64)

struct slab {
    struct list list; /* slabs of this size with room */
    slot_t slots;     /* untypeds from here, objects behind them; 0: no slab */
    page_t page;
    uint16_t free;
    uint8_t size_bits;
    uint64_t bits[SLAB_WORDS]; /* 1: free */
};

static struct list runs[ORDERS];            /* with free pieces */
static struct list slabs[PAGE_BITS];        /* by size_bits */
static uint64_t count, bytes, free_pages;

static void lists_init(void)
{
    for (unsigned i = 0; i < ORDERS; i++)
        list_init(&runs[i]);
    for (unsigned i = 0; i < PAGE_BITS; i++)
        list_init(&slabs[i]);
}

/* ---- Pieces of runs -------------------------------------------------- */

static uint16_t all_pieces(unsigned order)
{
    return (uint16_t)((1u << (RUN_PAGES >> order)) - 1);
}

/* A run of this order with a free piece, in its list; NULL: no memory. */
static struct run *run_with_room(unsigned order)
{
    if (!list_empty(&runs[order]))
        return CONTAINER(runs[order].next, struct run, list);
    struct run *run = run_take();

    if (run == NULL)
        return NULL;
    run->state = RUN_OBJECTS;
    run->order = (uint8_t)order;
    run->free = all_pieces(order);
    if (order < ORDERS - 1 && kernel_retype(run_untyped(run), seL4_UntypedObject, PAGE_BITS + order, run_slots(run),
                                            RUN_PAGES >> order) != 0) {
        run_give(run);
        return NULL;
    }
    free_pages += RUN_PAGES;
    list_insert(&runs[order], &run->list);
    return run;
}

/* The untyped of a piece: a run of order 4 is its own. */
static slot_t piece_untyped(const struct run *run, unsigned piece)
{
    return run->order == ORDERS - 1 ? run_untyped(run) : run_slots(run) + piece;
}

/* Takes a piece; *number is which. NULL: no memory. */
static struct run *piece_take(unsigned order, unsigned *number)
{
    struct run *run = run_with_room(order);

    if (run == NULL)
        return NULL;
    *number = (unsigned)__builtin_ctz(run->free);
    run->free &= (uint16_t)(run->free - 1);
    free_pages -= 1u << order;
    if (run->free == 0)
        list_remove(&run->list);
    return run;
}

/* Gives a piece back, from which everything was revoked. */
static void piece_give(struct run *run, unsigned number)
{
    struct list *head = &runs[run->order];

    run->free |= (uint16_t)(1u << number);
    free_pages += 1u << run->order;
    /* Behind the first, which is being filled. */
    if ((run->free & (run->free - 1)) == 0)
        list_append(head, &run->list);
    /* One empty run per order stays. */
    if (run->free == all_pieces(run->order) && head->next->next != head) {
        if (run->slabs != NULL)
            heap_free(run->slabs, RUN_PAGES * sizeof *run->slabs);
        run->slabs = NULL;
        free_pages -= RUN_PAGES;
        run_give(run);
    }
}

static page_t piece_page(const struct run *run, unsigned number)
{
    return run_first_page(run) + (number << run->order);
}

/* ---- Slabs ----------------------------------------------------------- */

/* Slots of a slab: an untyped and an object for each. */
static unsigned slab_slot_order(unsigned size_bits)
{
    return PAGE_BITS - size_bits + 1;
}

static unsigned slab_objects(unsigned size_bits)
{
    return 1u << (PAGE_BITS - size_bits);
}

/* Makes a slab in a page; false: no memory. */
static bool slab_make(struct run *run, unsigned number, unsigned size_bits)
{
    if (run->slabs == NULL)
        run->slabs = heap_allocate(RUN_PAGES * sizeof *run->slabs);
    if (run->slabs == NULL)
        return false;
    struct slab *slab = &run->slabs[number];

    slab->slots = slots_allocate(slab_slot_order(size_bits));
    if (slab->slots == 0)
        return false;
    if (kernel_retype(piece_untyped(run, number), seL4_UntypedObject, size_bits, slab->slots,
                      slab_objects(size_bits)) != 0) {
        slots_free(slab->slots, slab_slot_order(size_bits));
        slab->slots = 0;
        return false;
    }
    slab->page = piece_page(run, number);
    slab->size_bits = (uint8_t)size_bits;
    slab->free = (uint16_t)slab_objects(size_bits);
    for (unsigned i = 0; i < slab_objects(size_bits); i++)
        slab->bits[i / 64] |= UINT64_C(1) << i % 64;
    list_insert(&slabs[size_bits], &slab->list);
    return true;
}

static struct slab *slab_with_room(unsigned size_bits)
{
    unsigned number;

    if (!list_empty(&slabs[size_bits]))
        return CONTAINER(slabs[size_bits].next, struct slab, list);
    struct run *run = piece_take(0, &number);

    if (run == NULL)
        return NULL;
    if (!slab_make(run, number, size_bits)) {
        piece_give(run, number);
        return NULL;
    }
    return &run->slabs[number];
}

static void slab_unmake(struct run *run, unsigned number)
{
    struct slab *slab = &run->slabs[number];

    must(kernel_revoke(piece_untyped(run, number)), "objects: revoke a slab");
    slots_free(slab->slots, slab_slot_order(slab->size_bits));
    for (unsigned i = 0; i < SLAB_WORDS; i++)
        slab->bits[i] = 0;
    slab->slots = 0;
    piece_give(run, number);
}

/* One that is empty goes, if it is kept. */
static void slab_flush(unsigned size_bits)
{
    struct list *head = &slabs[size_bits];
    struct slab *last = CONTAINER(head->previous, struct slab, list);

    if (list_empty(head) || last->free != slab_objects(size_bits))
        return;
    list_remove(&last->list);
    slab_unmake(run_of_page(last->page), last->page & (RUN_PAGES - 1));
}

/* One empty slab per size stays, as the last that is taken from, so that what comes and goes does not make it again
 * each time. */
static void slab_emptied(struct slab *slab)
{
    list_remove(&slab->list);
    slab_flush(slab->size_bits);
    list_append(&slabs[slab->size_bits], &slab->list);
}

/* ---- The interface --------------------------------------------------- */

static cell_error_t allocate_small(unsigned type, unsigned retype_bits, unsigned size_bits,
                                   struct kernel_object *object)
{
    struct slab *slab = slab_with_room(size_bits);

    if (slab == NULL)
        return CELL_NO_MEMORY;
    unsigned word = 0;

    while (slab->bits[word] == 0)
        word++;
    unsigned number = word * 64 + (unsigned)__builtin_ctzll(slab->bits[word]);

    object->slot = slab->slots + slab_objects(size_bits) + number;
    int failed = kernel_retype(slab->slots + number, type, retype_bits, object->slot, 1);

    if (failed != 0) {
        object->slot = 0;
        return kernel_refused(failed);
    }
    slab->bits[word] &= slab->bits[word] - 1;
    if (--slab->free == 0)
        list_remove(&slab->list);
    object->page = slab->page;
    object->offset = (uint16_t)(number << (size_bits - SMALLEST_BITS));
    return CELL_OK;
}

static cell_error_t allocate_pages(unsigned type, unsigned retype_bits, unsigned size_bits,
                                   struct kernel_object *object)
{
    unsigned number;
    struct run *run = piece_take(size_bits - PAGE_BITS, &number);

    if (run == NULL)
        return CELL_NO_MEMORY;
    object->slot = run_slots(run) + RUN_PAGES + number;
    object->page = piece_page(run, number);
    object->offset = 0;
    int failed = kernel_retype(piece_untyped(run, number), type, retype_bits, object->slot, 1);

    if (failed != 0) {
        object->slot = 0;
        piece_give(run, number);
    }
    return kernel_refused(failed);
}

static cell_error_t allocate(unsigned type, unsigned retype_bits, unsigned size_bits,
                             struct kernel_object *object)
{
    cell_error_t error;

    if (runs[0].next == NULL)
        lists_init();
    *object = (struct kernel_object){.size_bits = (uint16_t)size_bits};
    if (size_bits >= PAGE_BITS)
        error = allocate_pages(type, retype_bits, size_bits, object);
    else
        error = allocate_small(type, retype_bits, size_bits, object);
    if (error != CELL_OK)
        return error;
    count++;
    bytes += UINT64_C(1) << size_bits;
    return CELL_OK;
}

cell_error_t object_allocate(unsigned type, unsigned size_bits, struct kernel_object *object)
{
    return allocate(type, type == seL4_UntypedObject ? size_bits : 0, size_bits, object);
}

cell_error_t cnode_allocate(unsigned bits, struct kernel_object *object)
{
    return allocate(seL4_CapTableObject, bits, bits + seL4_SlotBits, object);
}

void object_free(struct kernel_object *object)
{
    if (object->slot == 0)
        return;
    struct run *run = run_of_page(object->page);
    unsigned size_bits = object->size_bits;

    if (size_bits >= PAGE_BITS) {
        unsigned number = (object->page & (RUN_PAGES - 1)) >> run->order;

        must(kernel_revoke(piece_untyped(run, number)), "objects: revoke an object");
        piece_give(run, number);
    } else {
        unsigned in_run = object->page & (RUN_PAGES - 1);
        struct slab *slab = &run->slabs[in_run];
        unsigned number = (unsigned)object->offset >> (size_bits - SMALLEST_BITS);

        must(kernel_revoke(slab->slots + number), "objects: revoke a small object");
        slab->bits[number / 64] |= UINT64_C(1) << number % 64;
        if (++slab->free == 1)
            list_insert(&slabs[size_bits], &slab->list);
        if (slab->free == slab_objects(size_bits))
            slab_emptied(slab);
    }
    count--;
    bytes -= UINT64_C(1) << size_bits;
    *object = (struct kernel_object){0};
}

void objects_flush(void)
{
    for (unsigned i = SMALLEST_BITS; i < PAGE_BITS && runs[0].next != NULL; i++)
        slab_flush(i);
}

uint64_t objects_count(void)
{
    return count;
}

uint64_t objects_bytes(void)
{
    return bytes;
}

uint64_t objects_free_pages(void)
{
    return free_pages;
}
