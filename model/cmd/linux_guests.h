/* SPDX-License-Identifier: BSD-2-Clause */
/* The option --guest of cellmodel linux. */
#pragma once

#include "../linux/guest.h"
#include "command.h"

/*
 * Reads the guests `PROCESS,MACHINE,FILE` into an array, *guests, that linux_guests_free() frees whatever the answer is. Messages go
 * to standard error.
 */
enum cm_exit linux_guests_read(const struct cm_strings *texts, struct lx_guest **guests);

/* Reports the pages that were not found; false if a guest could not be joined at all. */
bool linux_guests_tell(const struct lx_guest *guests, size_t count);

void linux_guests_free(struct lx_guest *guests, size_t count);
