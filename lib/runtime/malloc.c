/* SPDX-License-Identifier: BSD-2-Clause */
/* malloc and its kin on a pool that grows by sbrk. The C library's own aligns to 8 bytes, not 16 as max_align_t wants, and
 * searches one list of all free blocks. A failure keeps the errno of sbrk, which tells a quota from missing memory.
 *
 * A block that is freed twice stops the program with an undefined instruction in `free`. When a thread has ended within one of these
 * functions, the pool may be half changed: nothing is allocated or freed any more. */
#include <errno.h>
#include <lib/runtime/locks.h>
#include <lib/runtime/pool.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { page_bytes = 4096 };

/* Whole pages; what sbrk gave last may end anywhere if others use it too. */
static void *more(size_t *bytes)
{
    size_t skew = -(uintptr_t)sbrk(0) % POOL_GRAIN;
    *bytes = (*bytes + page_bytes - 1) & ~(size_t)(page_bytes - 1);
    char *memory = sbrk((ptrdiff_t)(skew + *bytes));
    return memory != (char *)-1 ? memory + skew : NULL;
}

static struct pool pool = {.more = more};

/* Whether the pool can be used. */
static bool lock(void)
{
    runtime_lock(&__lock___libc_recursive_mutex.lock);
    return !__lock___libc_recursive_mutex.lock.left;
}

static void unlock(void)
{
    runtime_unlock(&__lock___libc_recursive_mutex.lock);
}

static void *allocate(size_t size, size_t align)
{
    if (size >= POOL_SIZE_LIMIT) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = lock() ? pool_allocate(&pool, size, align) : (errno = ENOMEM, NULL);
    unlock();
    return memory;
}

void *malloc(size_t size)
{
    return allocate(size, 1);
}

void free(void *memory)
{
    if (memory == NULL) {
        return;
    }
    bool given_back = !lock() || pool_free(&pool, memory);
    unlock();
    if (!given_back) {
        __asm__ volatile("udf #2");
    }
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = malloc(bytes);
    return memory != NULL ? memset(memory, 0, bytes) : NULL;
}

void *realloc(void *memory, size_t size)
{
    if (memory == NULL) {
        return malloc(size);
    }
    bool resized = lock() && pool_resize(&pool, memory, size);
    size_t usable = pool_usable(memory);
    unlock();
    if (resized) {
        return memory;
    }
    void *moved = malloc(size);
    if (moved != NULL) {
        memcpy(moved, memory, usable < size ? usable : size);
        free(memory);
    }
    return moved;
}

void *memalign(size_t align, size_t size)
{
    if (align == 0 || (align & (align - 1)) != 0 || align >= POOL_SIZE_LIMIT) {
        errno = EINVAL;
        return NULL;
    }
    return allocate(size, align);
}

void *aligned_alloc(size_t align, size_t size)
{
    return memalign(align, size);
}

int posix_memalign(void **memory, size_t align, size_t size)
{
    int kept = errno;
    void *block = align % sizeof(void *) == 0 ? memalign(align, size) : (errno = EINVAL, NULL);
    int why = block != NULL ? 0 : errno;
    errno = kept;
    if (block != NULL) {
        *memory = block;
    }
    return why;
}

size_t malloc_usable_size(void *memory)
{
    return memory != NULL ? pool_usable(memory) : 0;
}
