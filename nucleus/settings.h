/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/settings.h: what the image packer (tools/image.c) reads of the kernel and may change in it, without building
 * it again. It finds the structure by its first word.
 */
#pragma once

#include <stdint.h>

#define SETTINGS_MAGIC UINT64_C(0x3154455353554c43) /* "CLUSSET1" */

/* log2 of the slots of the root CNode. With less it does not go before the other objects of the initial thread
 * (boot_thread.c). */
#define SETTINGS_CNODE_BITS_LEAST 8
#define SETTINGS_CNODE_BITS_GREATEST 22

struct nucleus_settings {
    uint64_t magic;
    uint32_t root_cnode_bits;
    uint32_t debug; /* has the debug system calls; not to be changed */
};
