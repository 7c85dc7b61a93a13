/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's allocator for graphs. Looking ids up in a table of hundreds of megabytes misses the TLB every time with
 * pages of 4 KiB; so large blocks are mappings of their own, aligned for huge pages, and grow by moving page tables
 * instead of bytes. Small ones are malloc's.
 */
#include "memory_host.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE (2 * HUGE_PAGE) /* blocks from this size on are mappings */

/* In front of each block. */
struct head {
    size_t bytes; /* with the head */
    bool mapped;
} __attribute__((aligned(16)));

static size_t rounded(size_t bytes)
{
    return (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

/* An aligned mapping. NULL: none. */
static void *map(size_t bytes)
{
    size_t size = rounded(bytes);
    if (size < bytes || size + HUGE_PAGE < size) {
        return NULL;
    }
    char *area = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) {
        return NULL;
    }
    size_t before = (HUGE_PAGE - (uintptr_t)area % HUGE_PAGE) % HUGE_PAGE;
    if (before > 0) {
        munmap(area, before);
    }
    if (HUGE_PAGE - before > 0) {
        munmap(area + before + size, HUGE_PAGE - before);
    }
    madvise(area + before, size, MADV_HUGEPAGE); /* if the system has none, it is only slower */
    return area + before;
}

/* A larger mapping with the old one's pages. */
static void *remap(void *block, size_t old_bytes, size_t new_bytes)
{
    if (rounded(new_bytes) == rounded(old_bytes)) {
        return block;
    }
    void *area = map(new_bytes);
    if (area == NULL) {
        return NULL;
    }
    void *moved = mremap(block, rounded(old_bytes), rounded(new_bytes), MREMAP_MAYMOVE | MREMAP_FIXED, area);
    if (moved == MAP_FAILED) {
        munmap(area, rounded(new_bytes));
        return NULL;
    }
    madvise(moved, rounded(new_bytes), MADV_HUGEPAGE);
    return moved;
}

static void release(struct head *head)
{
    if (head != NULL && head->mapped) {
        munmap(head, rounded(head->bytes));
    } else {
        free(head);
    }
}

static struct head *resize(struct head *head, size_t bytes)
{
    bool was_mapped = head != NULL && head->mapped, mapped = bytes >= LARGE;
    if (was_mapped && mapped) {
        return remap(head, head->bytes, bytes);
    }
    if (!was_mapped && !mapped) {
        return realloc(head, bytes);
    }
    struct head *moved = mapped ? map(bytes) : malloc(bytes);
    if (moved != NULL && head != NULL) {
        memcpy(moved, head, head->bytes < bytes ? head->bytes : bytes);
        release(head);
    }
    return moved;
}

static void *host_resize(void *context, void *block, size_t bytes)
{
    struct head *head = block == NULL ? NULL : (struct head *)block - 1;
    (void)context;
    if (bytes == 0) {
        release(head);
        return NULL;
    }
    if (bytes > SIZE_MAX - sizeof *head) {
        return NULL;
    }
    head = resize(head, bytes + sizeof *head);
    if (head == NULL) {
        return NULL;
    }
    *head = (struct head){.bytes = bytes + sizeof *head, .mapped = bytes + sizeof *head >= LARGE};
    return head + 1;
}

const struct cm_memory cm_memory_host = {host_resize, NULL};
