/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/boot/fdt.h: reading the flattened device tree (Devicetree Specification v0.4,
 * chapter 5), as far as /chosen needs.
 */
#pragma once

#include <stdint.h>

/* The value of a property of the node /NODE, and its length in bytes; NULL: not
 * there, or no valid tree within `size` bytes. */
const void *fdt_property(const void *tree, uint64_t size, const char *node, const char *name,
                         uint32_t *length);

/* A big-endian number of 4 or 8 bytes; 0 for other lengths. */
uint64_t fdt_number(const void *value, uint32_t length);
