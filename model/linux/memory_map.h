/* SPDX-License-Identifier: BSD-2-Clause */
/* Which physical addresses are memory (/proc/iomem, lines `start-end : name`): what else a process maps is a device. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lx_memory_map {
    struct lx_stretch {
        uint64_t start, end; /* bytes, end excluded */
    } *stretches;
    size_t count; /* 0: without the right to read page frames there are no addresses here either */
};

/* False: no memory. */
bool lx_memory_map_read(struct lx_memory_map *map);

/* Whether the address is known not to be memory. */
bool lx_memory_map_is_device(const struct lx_memory_map *map, uint64_t address);

void lx_memory_map_free(struct lx_memory_map *map);
