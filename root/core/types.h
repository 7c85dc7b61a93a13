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
typedef uint16_t type_t;

#define TYPE_ADS CM_TYPE_ADS
#define TYPE_VMR CM_TYPE_VMR
#define TYPE_MO CM_TYPE_MO
#define TYPE_CPU CM_TYPE_VCPU
#define TYPE_PCPU CM_TYPE_PCPU
#define TYPE_EP CM_TYPE_EP
#define TYPE_PD CM_TYPE_PD
#define TYPE_RESSPC CM_TYPE_RESSPC
#define TYPE_NONE UINT16_MAX

#define TYPE_NAME_LENGTH 31
#define TYPE_LIMIT 65000

/* The number of a type name of `length` bytes; TYPE_NONE: not known. */
type_t type_find(const char *name, uint32_t length);

/* The same, adding it if need be. CELL_BAD_ARGUMENT: not letters and digits, a reserved
 * word (NA, null, NaN), or longer than TYPE_NAME_LENGTH; CELL_TOO_LARGE: TYPE_LIMIT types; CELL_NO_MEMORY. */
cell_error_t type_add(const char *name, uint32_t length, type_t *type);

const char *type_name(type_t type);
uint32_t type_count(void);
