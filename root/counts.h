/* SPDX-License-Identifier: BSD-2-Clause */
/* root/counts.h: counts that frames.c and objects.c keep, for figures.c. */
#pragma once

#include <stdint.h>

uint64_t frames_used(void);
uint64_t frames_free_count(void); /* made, and free */
uint64_t objects_count(void);
uint64_t objects_bytes(void);
uint64_t objects_free_pages(void); /* of runs and slabs in use: pages with nothing in them */
