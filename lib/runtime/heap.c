/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap that malloc grows in: the region that the start block names. The root task has its own (a strong sbrk). */
#include <errno.h>
#include <lib/runtime/runtime.h>
#include <unistd.h>

enum { page_bytes = 4096 };

static char *end;        /* of what is in use */
static size_t pages;     /* that are there */

__attribute__((weak)) void *sbrk(ptrdiff_t change)
{
    const struct start_block *start = runtime_start_block;
    if (end == NULL && start != NULL) {
        end = (char *)start->heap_start;
        pages = start->heap_pages;
    }
    if (end == NULL) {
        errno = ENOMEM;
        return (void *)-1;
    }
    char *low = (char *)start->heap_start;
    char *old = end;
    if (change < 0 ? (size_t)-change > (size_t)(end - low) : (size_t)change > SIZE_MAX / 2) {
        errno = EINVAL;
        return (void *)-1;
    }
    size_t wanted = ((size_t)(end - low) + (size_t)change + page_bytes - 1) / page_bytes;
    if (wanted > pages) {
        int why = runtime_hooks.grow != NULL ? runtime_hooks.grow(wanted) : ENOMEM;
        if (why != 0) {
            errno = why;
            return (void *)-1;
        }
        pages = wanted;
    }
    end += change;
    return old;
}
