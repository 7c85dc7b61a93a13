/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/probe/attack.h: what attacks share. Each is a function that returns 0 if everything was answered as it must be, and
 * otherwise the line where something got through. */
#pragma once

#include "apps/probe/probe.h"

/* Returns from the attack if a condition does not hold. */
#define MUST(condition)      \
    do {                     \
        if (!(condition))    \
            return __LINE__; \
    } while (0)

/* PDs that no program has authority over: the first ones of the system. */
#define FIRST 1u
#define LAST 3u

/* Starts a process: "program=hello" and further lines, ended by NULL. */
cell_error_t attack_start(const char *name, const char *more, const char *const *line, struct spawned *spawned);
/* Starts a child that sleeps, and ends it. */
cell_error_t attack_child(struct spawned *child);
void attack_end(const struct spawned *child);
/* Starts `probe WORD…` with all edges and one more line in its configuration, waits for it, and returns its exit code; all ones: it
 * did not exit. */
uint64_t attack_helper(const char *line, const char *words);

/* rights.c */
int attack_take_back(void);
int attack_rights(void);
int attack_rights_helper(uint64_t pd, unsigned rights);
int attack_in_use(void);
int attack_interrupts(void);
int attack_archive(void);
/* accounts.c */
int attack_payers(void);
int attack_payers_helper(void);
int attack_cut(void);
int attack_cut_helper(void);
int attack_creator(void);
int attack_creator_helper(void);
int attack_allowances(void);
/* half.c */
int attack_swapped_region(void);
int attack_swapped_handle(void);
int attack_swapped_handle_helper(void);
int attack_early_copy(void);
/* makers.c */
int attack_contexts(void);
int attack_contexts_helper(uint64_t number);
int attack_libraries(void);
int attack_guests(void);
int attack_clients(void);
int attack_namesakes(void);
/* sharers.c */
int attack_sharers(void);
int attack_sharers_helper(void);
int attack_sharers_last(void);
