/* SPDX-License-Identifier: BSD-2-Clause */
/* Thread-local storage, local-exec model of AArch64 (Arm ELF for the Arm 64-bit architecture, "Thread Local Storage"):
 * TPIDR_EL0 points at a head of 16 bytes, the program's TLS image follows at the next multiple of its alignment. The
 * linker script gives the image: tls_image, tls_image_filled (initialised bytes), tls_image_bytes, tls_image_align. */
#include <lib/runtime/runtime.h>
#include <string.h>

extern const char tls_image[];
extern const char tls_image_filled[], tls_image_bytes[], tls_image_align[]; /* numbers */

/* Read by the entry code before there is anything else; set by the linker script's numbers. */
extern const size_t runtime_tls_bytes;

static size_t head(void)
{
    size_t align = (size_t)tls_image_align;
    return align > 16 ? align : 16;
}

size_t runtime_tls_size(void)
{
    return runtime_tls_bytes;
}

void *runtime_tls_make(void *memory)
{
    char *block = memory;
    size_t filled = (size_t)tls_image_filled;
    memset(block, 0, head());
    memcpy(block + head(), tls_image, filled);
    memset(block + head() + filled, 0, (size_t)tls_image_bytes - filled);
    return block;
}
