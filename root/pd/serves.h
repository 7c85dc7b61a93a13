/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/serves.h: which types a PD may serve: those that its block says (`serves TYPE`,
 * lib/plan/config.h), or any that no block of the system's description serves (`serves *`).
 */
#pragma once

#include "root/core/pd.h"

/* A type that a block serves; owned by the PD. */
struct served {
    struct served *next;
    char type[TYPE_NAME_LENGTH + 1]; /* "": any */
    char name[PD_NAME_SIZE];         /* by which `from` finds it, too; "": none */
};

/* Lets a PD serve a type (length 0: any). CELL_NO_MEMORY. */
cell_error_t serves_add(struct pd *pd, const char *type, size_t type_length, const char *name,
                        size_t length);
/* Takes all of that away; the PD ends. */
void serves_clear(struct pd *pd);

/* May it make spaces of a type (length 0: of any that no block serves)? The core types are the
 * root task's alone. */
bool serves_allowed(const struct pd *pd, const char *type, size_t length);

/* Does its block say that it serves the type? `name`: does that find it, as the PD's name or as
 * the one behind `as`; NULL: any. */
bool serves_type(const struct pd *pd, const char *type, size_t length, const char *name,
                 size_t name_length);

/* A block of the system's description serves the type: `serves *` does not include it.
 * CELL_NO_MEMORY. */
cell_error_t serves_reserve(const char *type, size_t length);
