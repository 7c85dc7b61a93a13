/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/follow.h: requests after which others follow (root/core/follow.h), as far as one step reaches: CELL_AGAIN then. */
#pragma once

#include "root/core/ads.h"
#include "root/loop/request.h"

/* Goes on with what follow_attach() or follow_commit() has begun for the same request: CELL_NOT_FOUND if it has begun nothing; else as
 * that, where
 * the region is, and whether it was follow_commit(). */
cell_error_t follow_go_on(const struct request *request, uint64_t *start, bool *all);
/* A region was attached, for `account`: the others get it. If one cannot, nobody has it: CELL_OVERLAP, CELL_BUSY, CELL_NO_MEMORY,
 * CELL_QUOTA … */
cell_error_t follow_attach(const struct request *request, struct account *account, struct vmr *vmr);

/* Pages of the heap were made present: the others map them. To be called when follow_go_on() has not ended it. */
cell_error_t follow_commit(const struct request *request, const struct ads *ads, uint64_t from, uint64_t to);

/* A range is to be removed: the others lose it first. To be called before each piece of the removal, until follow_remove_end(). */
cell_error_t follow_remove(const struct request *request, const struct ads *ads, uint64_t from, uint64_t to);
/* The removal has ended with `error`, which is returned. */
cell_error_t follow_remove_end(const struct request *request, cell_error_t error);
