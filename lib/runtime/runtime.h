/* SPDX-License-Identifier: BSD-2-Clause */
/* The user runtime: from the first instruction to main, and what the C library stands on.
 *
 * The client library fills `runtime_hooks` before main (in a function of the .preinit_array, which runs when thread-local
 * storage and the IPC buffer are there). A hook that is null has the default that is said beside it.
 */
#ifndef CELLULOS_RUNTIME_RUNTIME_H
#define CELLULOS_RUNTIME_RUNTIME_H

#include <lib/runtime/start.h>
#include <stddef.h>
#include <sys/types.h>

struct runtime_hooks {
    /* Ends the PD; does not return. Default: stop for ever with an undefined instruction. */
    void (*exit)(int code);
    /* As read(2) and write(2), for file descriptors 0 to 2 and what open makes; errors are -errno. Defaults: -EBADF. */
    ssize_t (*read)(int file, void *buffer, size_t count);
    ssize_t (*write)(int file, const void *buffer, size_t count);
    /* Makes the heap reach `pages` pages; 0 or an errno. Default: ENOMEM beyond the start block's heap. */
    int (*grow)(size_t pages);
};

extern struct runtime_hooks runtime_hooks;

/* The start block of the PD that runs; each thread's PD has its own (thread-local). Null in the root task. */
extern __thread const struct start_block *runtime_start_block;

/* The i-th request edge of that PD, or null past the last. */
const struct start_rde *runtime_rde(uint32_t i);

/* Bytes of a thread-local block, with its 16-byte head, rounded up to 16. */
size_t runtime_tls_size(void);
/* Makes a thread-local block of fresh values in `memory` (16-byte aligned, runtime_tls_size() bytes); the result is the
 * value for TPIDR_EL0. */
void *runtime_tls_make(void *memory);

/* A lock for the few places where threads of one address space share the C library; yields while it waits. Recursive:
 * the owner is known by its thread-local block. */
struct runtime_lock {
    void *volatile owner;
    unsigned depth;
};
void runtime_lock(struct runtime_lock *lock);
void runtime_unlock(struct runtime_lock *lock);

#endif
