/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/kernel_map.h: the kernel's own address space.
 */
#pragma once

#include "nucleus/base.h"

extern char kernel_image_start[];
extern char kernel_image_end[];

/* Physical address of something in the kernel's image. */
uint64_t image_physical(const void *address);

/* Leaves the loader's tables: maps the image, the kernel's devices, and the gigabyte with the image
 * in the window. */
void kernel_map_boot(void);

/* Maps RAM from `start` to `end` in the window: whole gigabytes; what of them is not RAM is
 * not used. `end` is at most 2^WINDOW_BITS. */
void kernel_map_window(uint64_t start, uint64_t end);

/* The memory lies in the RAM that was mapped last. */
bool kernel_map_holds(uint64_t physical, uint64_t size);
