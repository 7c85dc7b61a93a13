/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/names.h: what name.c and rename.c share. */
#pragma once

#include "lib/ext4/internal.h"

/* Whether a name can be made or removed. */
cell_error_t ext4_check_name(const char *name, size_t length);
/* Gets a directory that still has a name. */
cell_error_t ext4_get_directory(struct ext4 *fs, uint32_t number, struct ext4_node *node);
/* Gets what a name in a directory leads to. */
cell_error_t ext4_get_named(struct ext4_node *directory, const char *name, size_t length, struct ext4_node *node);
/* Whether a name may be removed, or given to something else. */
cell_error_t ext4_check_removal(struct ext4_node *node, bool of_directory);
cell_error_t ext4_add_link(struct ext4_node *node);
cell_error_t ext4_remove_link(struct ext4_node *node);
/* After a name of a file has gone: deletes it with its last one. *later is its number if that takes further steps. */
cell_error_t ext4_lost_name(struct ext4_node *node, uint32_t *later);
/* Ends a step, and begins the deletion that it left for later. */
cell_error_t ext4_end_and_delete(struct ext4 *fs, cell_error_t error, uint32_t later);
