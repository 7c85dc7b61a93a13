/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/archive_start.h: start-up of root/memory/archive.c. */
#pragma once

#include <stdint.h>

/* The archive is at these physical addresses; both 0: there is no archive. */
void archive_init(uint64_t start, uint64_t end);
/* Why there is no archive, in words; NULL: there is one. */
const char *archive_problem(void);
