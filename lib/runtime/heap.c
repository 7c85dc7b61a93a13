/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap that malloc grows in: the region that the start block of the address space's first PD names. Threads that come
 * later, with start blocks of their own, use the same. The root task has its own (a strong sbrk).
 *
 * The pages that malloc gives out are committed: made present by a call that can fail, so that touching them cannot. */
#include <errno.h>
#include <lib/runtime/runtime.h>
#include <unistd.h>

/* Pages committed ahead: least_ahead, and one more for each pages_ahead that there are. */
enum { page_bytes = 4096, least_ahead = 4, pages_ahead = 8 };

static struct {
    char *low;
    size_t used;  /* bytes */
    size_t pages; /* that are committed */
} heap;

void runtime_heap_take(const struct start_block *start)
{
    if (heap.low == NULL && start->heap_start != 0) {
        heap.low = (char *)start->heap_start;
        heap.pages = start->heap_pages;
    }
}

/* Commits pages up to `pages`, in pieces: none of them is a long request. */
static int commit_up_to(size_t pages)
{
    while (heap.pages < pages) {
        size_t total = pages - heap.pages;
        size_t count = total < RUNTIME_COMMIT_MOST ? total : RUNTIME_COMMIT_MOST;
        int why = runtime_hooks.commit != NULL ? runtime_hooks.commit(heap.pages, count, total) : ENOMEM;
        if (why != 0) {
            return why;
        }
        heap.pages += count;
    }
    return 0;
}

/* Some more than is needed, so that a heap that grows asks rarely; but that it is needed is enough. */
static int make_reach(size_t bytes)
{
    size_t wanted = bytes / page_bytes + (bytes % page_bytes != 0);
    if (wanted <= heap.pages || commit_up_to(wanted + wanted / pages_ahead + least_ahead) == 0) {
        return 0;
    }
    int why = commit_up_to(wanted);
    for (unsigned tries = 0; why != 0 && runtime_hooks.find_memory != NULL; tries++) {
        if (!runtime_hooks.find_memory(wanted - heap.pages, tries)) {
            break;
        }
        why = commit_up_to(wanted);
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
