/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/types.h: resource types by number. The core types come first, in the
 * model library's order; servers add others by name.
 */
#pragma once

#include <stdint.h>

#include "model/core/graph.h"
#include "root/base/errors.h"

/* A resource type: enum cm_core_type, or a number given by type_add(). */
typedef uint32_t type_t;

#define TYPE_ADS CM_TYPE_ADS
#define TYPE_VMR CM_TYPE_VMR
#define TYPE_MO CM_TYPE_MO
#define TYPE_CPU CM_TYPE_VCPU
#define TYPE_PCPU CM_TYPE_PCPU
#define TYPE_EP CM_TYPE_EP
#define TYPE_PD CM_TYPE_PD
#define TYPE_RESSPC CM_TYPE_RESSPC
#define TYPE_NTFN CM_TYPE_NTFN
#define TYPE_IRQ CM_TYPE_IRQ
#define TYPE_IMAGE CM_TYPE_IMAGE
#define TYPE_BLOCK CM_TYPE_BLOCK
#define TYPE_NONE TYPE_LIMIT

#define TYPE_NAME_LENGTH 31
/* Numbers are below: records of a model have 24 bits for one. */
#define TYPE_LIMIT ((UINT32_C(1) << 24) - 1)

/* The number of a type name of `length` bytes; TYPE_NONE: not known. */
type_t type_find(const char *name, uint32_t length);

/* The same, adding it if need be, with a reference for the caller. CELL_BAD_ARGUMENT: not letters and
 * digits, a reserved word (NA, null, NaN), or longer than TYPE_NAME_LENGTH; CELL_TOO_LARGE: TYPE_LIMIT
 * types; CELL_NO_MEMORY. */
cell_error_t type_add(const char *name, uint32_t length, type_t *type);
/* A further reference. */
void type_refer(type_t type);
/* Gives a reference up. With the last one the type ends, and its number becomes another's;
 * core types stay. */
void type_release(type_t type);

/* Bytes that a type takes; its spaces pay for it. */
#define TYPE_BYTES 64u

const char *type_name(type_t type);
