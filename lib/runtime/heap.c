/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap that malloc grows in: the region that the start block of the address space's first PD names. Threads that come
 * later, with start blocks of their own, use the same. The root task has its own (a strong sbrk). */
#include <errno.h>
#include <lib/runtime/runtime.h>
#include <unistd.h>

enum { page_bytes = 4096 };

static struct {
    char *low;
    size_t used;  /* bytes */
    size_t pages; /* that are there */
} heap;

/* Takes over the heap of `start`, if that has one and there is none yet. */
static void find(const struct start_block *start)
{
    if (heap.low == NULL && start != NULL && start->heap_start != 0) {
        heap.low = (char *)start->heap_start;
        heap.pages = start->heap_pages;
    }
}

static int make_reach(size_t bytes)
{
    size_t wanted = bytes / page_bytes + (bytes % page_bytes != 0);
    if (wanted <= heap.pages) {
        return 0;
    }
    int why = runtime_hooks.grow != NULL ? runtime_hooks.grow(wanted) : ENOMEM;
    if (why == 0) {
        heap.pages = wanted;
    }
    return why;
}

static void *fail(int why)
{
    errno = why;
    return (void *)-1;
}

/* Callers hold the C library's lock, as malloc does. */
__attribute__((weak)) void *sbrk(ptrdiff_t change)
{
    find(runtime_start_block);
    if (heap.low == NULL) {
        return fail(ENOMEM);
    }
    if (change < 0 && -(size_t)change > heap.used) {
        return fail(EINVAL);
    }
    if (change > 0) {
        int why = make_reach(heap.used + (size_t)change);
        if (why != 0) {
            return fail(why);
        }
    }
    char *old = heap.low + heap.used;
    heap.used += (size_t)change;
    return old;
}
