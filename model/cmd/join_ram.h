/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a guest's physical memory is in the model of the system below it. */
#pragma once

#include "../linux/guest.h"

#define JOIN_PAGE_BITS 12

/* A run of it. */
struct join_run {
    uint64_t address, pages;
    uint64_t reach; /* the last end of this and of those before */
    cm_node mo;     /* of the system, all of it */
};

struct join_ram {
    struct cm_graph *host;
    struct join_run *run; /* by address */
    size_t count;
};

/* Finds the memory of a guest's PD. The runs are the caller's to free, also after an error. */
enum cm_status join_ram_find(struct cm_graph *host, cm_node pd, struct join_ram *ram);

/* The first run that can have something in common with memory from an address on; those that have follow, up to where it ends. */
size_t join_ram_first(const struct join_ram *ram, uint64_t address);

/* The pages of a run's MO that it and the guest's memory have in common. False: they have none. */
bool join_ram_common(const struct join_run *run, const struct lx_guest_memory *memory, uint64_t *from, uint64_t *to);
