/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/failing.c: a root task in which making a PD or a context fails on purpose: build/root/failing.elf is the root
 * task linked with --wrap for the functions that allocate and for the kernel's operations that make something.
 *
 * It counts what PDs called `crowd` have made. The first FAILING_BEFORE are made as ever; then, of each, one allocation or
 * operation fails: of the first the first one, of the second the second one, and so on; after FAILING_PASS of them from the first one
 * again.
 */
#include <stdarg.h>
#include <string.h>

#include "root/core/pd.h"
#include "root/memory/heap.h"
#include "root/memory/large.h"
#include "root/memory/memory.h"
#include "root/serve/serve.h"

#define FAILING_BEFORE 40u
#define FAILING_PASS 600u
#define PD_INTERFACE 5u
/* Operations of interface pd that make something: create, make, thread. */
#define LAST_TO_MAKE 3u

/* ---- Which one --------------------------------------------------------- */

static uint64_t made;
static uint64_t left; /* operations until the one that fails */
static bool armed, under_way, replaces;

static bool fails(void)
{
    return armed && left-- == 0;
}

cell_error_t __real_serve_request(struct request *request, const struct idl_interface *interface, type_t type);
cell_error_t __wrap_serve_request(struct request *request, const struct idl_interface *interface, type_t type)
{
    bool counts = interface->number == PD_INTERFACE && request->operation <= LAST_TO_MAKE && request->caller != NULL &&
                  strcmp(request->caller->name, "crowd") == 0;

    if (!counts)
        return __real_serve_request(request, interface, type);
    /* A request that goes on in pieces is one. */
    if (!under_way)
        left = made < FAILING_BEFORE ? UINT64_MAX : (made - FAILING_BEFORE) % FAILING_PASS;
    armed = true;
    cell_error_t error = __real_serve_request(request, interface, type);

    armed = false;
    under_way = error == CELL_AGAIN;
    made += !under_way;
    return error;
}

/* ---- Allocations -------------------------------------------------------- */

#define WRAP(result, name, failure, arguments, ...)           \
    result __real_##name(__VA_ARGS__);                        \
    result __wrap_##name(__VA_ARGS__);                        \
    result __wrap_##name(__VA_ARGS__)                         \
    {                                                         \
        return fails() ? (failure) : __real_##name arguments; \
    }

WRAP(void *, heap_allocate, NULL, (size), size_t size)
WRAP(void *, heap_resize, NULL, (block, old, size), void *block, size_t old, size_t size)
WRAP(cell_error_t, frames_allocate, CELL_NO_MEMORY, (count, pages), uint32_t count, page_t *pages)
WRAP(cell_error_t, object_allocate, CELL_NO_MEMORY, (type, bits, object), unsigned type, unsigned bits, struct kernel_object *object)
WRAP(cell_error_t, cnode_allocate, CELL_NO_MEMORY, (bits, object), unsigned bits, struct kernel_object *object)
WRAP(cell_error_t, large_frame_allocate, CELL_NO_MEMORY, (order, page), unsigned order, page_t *page)
WRAP(slot_t, slot_allocate, 0, (), void)
WRAP(slot_t, slots_allocate, 0, (order), unsigned order)

/* ---- Operations of the kernel ------------------------------------------- */

WRAP(int, kernel_retype, KERNEL_NO_MEMORY, (untyped, type, bits, first, count), slot_t untyped, unsigned type, unsigned bits,
     slot_t first, unsigned count)
WRAP(int, kernel_retype_leaf, KERNEL_NO_MEMORY, (untyped, leaf), slot_t untyped, uint32_t leaf)
WRAP(int, kernel_copy, KERNEL_IN_USE, (to, from), slot_t to, slot_t from)
WRAP(int, kernel_mint, KERNEL_IN_USE, (to, index, from, rights, badge), struct cnode to, unsigned index, slot_t from,
     unsigned rights, uint64_t badge)
WRAP(int, kernel_map, KERNEL_IN_USE, (frame, vspace, address, rights, device), slot_t frame, slot_t vspace, uint64_t address,
     unsigned rights, bool device)
WRAP(int, kernel_unify, KERNEL_ILLEGAL, (frame, size), slot_t frame, uint64_t size)
WRAP(int, kernel_map_table, KERNEL_IN_USE, (table, vspace, address), slot_t table, slot_t vspace, uint64_t address)
WRAP(int, kernel_assign_asid, KERNEL_IN_USE, (pool, vspace), slot_t pool, slot_t vspace)
WRAP(int, kernel_make_pool, KERNEL_IN_USE, (untyped, pool), slot_t untyped, slot_t pool)
WRAP(int, kernel_thread_configure, KERNEL_ILLEGAL, (tcb, fault, cspace, guard, vspace, buffer, frame), slot_t tcb, uint64_t fault,
     slot_t cspace, uint64_t guard, slot_t vspace, uint64_t buffer, slot_t frame)
WRAP(int, kernel_thread_priority, KERNEL_ILLEGAL, (tcb, priority), slot_t tcb, unsigned priority)
WRAP(int, kernel_thread_read, KERNEL_ILLEGAL, (tcb, count, registers), slot_t tcb, unsigned count, void *registers)
WRAP(int, kernel_thread_write, KERNEL_ILLEGAL, (tcb, resume, count, registers), slot_t tcb, bool resume, unsigned count,
     void *registers)

unsigned __real_kernel_map_row(slot_t first, unsigned count, slot_t vspace, uint64_t address, unsigned rights, bool device, int *error);
unsigned __wrap_kernel_map_row(slot_t first, unsigned count, slot_t vspace, uint64_t address, unsigned rights, bool device, int *error);
unsigned __wrap_kernel_map_row(slot_t first, unsigned count, slot_t vspace, uint64_t address, unsigned rights, bool device, int *error)
{
    if (!fails())
        return __real_kernel_map_row(first, count, vspace, address, rights, device, error);
    *error = KERNEL_IN_USE;
    return 0;
}

/* A replacement of an object that has just been removed must succeed (root/core/cspace.c, relink). */
int __real_kernel_delete_in(struct cnode cnode, unsigned index);
int __wrap_kernel_delete_in(struct cnode cnode, unsigned index);
int __wrap_kernel_delete_in(struct cnode cnode, unsigned index)
{
    replaces = true;
    return __real_kernel_delete_in(cnode, index);
}

int __real_kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits);
int __wrap_kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits);
int __wrap_kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits)
{
    bool other = replaces;

    replaces = false;
    return !other && fails() ? KERNEL_IN_USE : __real_kernel_mint_cnode(to, index, from, guard_bits);
}
