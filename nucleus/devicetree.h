/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/devicetree.h: the only thing that the kernel reads in the device tree: where RAM is.
 */
#pragma once

#include "nucleus/base.h"

/* The region of RAM that holds `address`, from the tree's memory nodes. False: not a device tree, or
 * has no such region. The tree is at most `size` bytes. */
bool devicetree_memory(const void *tree, uint64_t size, uint64_t address, uint64_t *start, uint64_t *end);
