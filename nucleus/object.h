/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/object.h: kinds of objects that untyped memory can become.
 */
#pragma once

#include "nucleus/capability.h"

/* log2 of the size of an object of this seL4 type in bytes; `size_bits` is the invocation's argument. */
unsigned object_bits(uint64_t type, uint64_t size_bits);

/* Device memory can become only frames and untyped memory. */
bool object_may_be_device(uint64_t type);

/* The first capability to a new object at `physical`. `bits` is object_bits(). Only for a valid type. */
struct capability object_capability(uint64_t type, uint64_t physical, unsigned bits, bool device);

/* Sets what is not zero in `count` new objects from `physical` on. */
void object_set_values(uint64_t type, uint64_t physical, unsigned bits, uint64_t count);

/* All of it: the first capability to a new object at `physical`, whose memory is zero. `bits` is object_bits().
 * Only for a valid type. */
struct capability object_create(uint64_t type, uint64_t physical, unsigned bits, bool device);
