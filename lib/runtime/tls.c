/* SPDX-License-Identifier: BSD-2-Clause */
/* Thread-local storage, local-exec model of AArch64 (ELF for the Arm 64-bit Architecture, "Thread Local Storage"):
 * TPIDR_EL0 points at a head of 16 bytes, the program's TLS image follows at the next multiple of its alignment. So the
 * head is as long as the alignment, and the block stands at a multiple of it. The linker script gives the image:
 * tls_image, tls_image_filled (initialised bytes), tls_image_bytes, tls_image_head. */
#include <lib/runtime/runtime.h>
#include <string.h>

extern const char tls_image[];
extern const char tls_image_filled[], tls_image_bytes[], tls_image_head[]; /* numbers */

/* For the entry code, and here: bytes of a block, mask of its alignment. */
extern const size_t runtime_tls_place[2];

size_t runtime_tls_size(void)
{
    return runtime_tls_place[0];
}

size_t runtime_tls_align(void)
{
    return (size_t)tls_image_head;
}

void *runtime_tls_make(void *memory)
{
    char *block = memory;
    size_t head = (size_t)tls_image_head;
    size_t filled = (size_t)tls_image_filled;
    memset(block, 0, head);
    memcpy(block + head, tls_image, filled);
    memset(block + head + filled, 0, (size_t)tls_image_bytes - filled);
    return block;
}
