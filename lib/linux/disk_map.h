/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/disk_map.h: contents of a server's files that are mapped (lib/file/map.h), so that a read, a write inside the file and
 * stat ask nobody. The map belongs to the open file description, and is made when that was read or written some times, or mapped.
 */
#pragma once

#include <lib/file/map.h>

#include "lib/linux/files.h"

/* The map of a description that is read or written (`now`: or mapped); NULL: it has none yet, or cannot have one. */
struct disk_map *disk_map_of(struct description *description, bool now);
void disk_map_close(struct description *description);

/* How many bytes were read or written: what is left has to be asked for. *end: nothing is left to be read. */
uint64_t disk_map_read(struct disk_map *map, uint64_t to, uint64_t count, uint64_t offset, bool *end);
uint64_t disk_map_write(struct disk_map *map, uint64_t from, uint64_t count, uint64_t offset);

/* What stat tells; false: ask. */
bool disk_map_about(const struct description *description, struct file_about *about);

/* As struct file_kind. */
int64_t disk_map_memory(struct description *description, struct file_memory *memory);
int64_t disk_map_load(struct description *description, uint64_t page, uint64_t pages, bool written);
