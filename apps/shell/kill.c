/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/kill.c: ending PDs, with options for how far that spreads, and a dry run. */
#include <cell/idl/pd.h>
#include <stdio.h>
#include <string.h>

#include "apps/shell/shell.h"

/* Depths of pd.terminate, see docs/how-a-pd-is-made.md. */
#define DEPTH_MOST 253u
#define DEPTH_ALL 254u
#define DEPTH_BOOTED 255u

struct kill {
    bool family, dry, conditional;
    uint64_t pd_depth, space_depth, number;
    const char *pd;
};

/* Reads a depth, a number or `all`; false, with a message: it is neither. */
static bool depth_of(const struct words *words, const char *word, uint64_t *depth)
{
    if (strcmp(word, "all") == 0) {
        *depth = DEPTH_ALL;
        return true;
    }
    if (!number_of(words, word, depth))
        return false;
    if (*depth > DEPTH_MOST)
        complain(words, "a depth is at most %u, or all", DEPTH_MOST);
    return *depth <= DEPTH_MOST;
}

/* Reads the option that begins with word *at; false, with a message: it is wrong. */
static bool option(const struct words *words, int *at, struct kill *kill)
{
    const char *word = words->word[*at];
    bool value = *at + 1 < words->count;

    if (strcmp(word, "--family") == 0)
        return kill->family = true;
    if (strcmp(word, "--dry-run") == 0)
        return kill->dry = true;
    if (value && strcmp(word, "--pd-depth") == 0)
        return depth_of(words, words->word[++*at], &kill->pd_depth);
    if (value && strcmp(word, "--space-depth") == 0)
        return depth_of(words, words->word[++*at], &kill->space_depth);
    if (value && strcmp(word, "--if") == 0) {
        kill->conditional = true;
        return number_of(words, words->word[++*at], &kill->number);
    }
    complain(words, "'%s' is not --family, --pd-depth N, --space-depth N, --dry-run or --if NUMBER", word);
    return false;
}

static bool read_words(const struct words *words, struct kill *kill)
{
    *kill = (struct kill){.pd_depth = DEPTH_BOOTED, .space_depth = DEPTH_BOOTED};
    for (int i = 1; i < words->count; i++) {
        if (words->word[i][0] == '-') {
            if (!option(words, &i, kill))
                return false;
        } else if (kill->pd == NULL) {
            kill->pd = words->word[i];
        } else {
            complain(words, "'%s' is too much", words->word[i]);
            return false;
        }
    }
    if (kill->pd == NULL)
        complain(words, "which PD?");
    else if (kill->family && (kill->dry || kill->conditional))
        complain(words, "--family cannot be combined with --dry-run or --if");
    return kill->pd != NULL && !(kill->family && (kill->dry || kill->conditional));
}

static void print_one(uint64_t id, bool pd)
{
    uint64_t ignored;
    char name[32] = "";

    if (!pd)
        printf("space %lx\n", id);
    else if (pd_info(root_handle(), id, &ignored, &ignored, &ignored, &ignored, &ignored, &ignored, name) == CELL_OK)
        printf("PD_%lx %s\n", id, name);
}

static cell_error_t dry_run(const struct kill *kill, uint64_t id)
{
    uint64_t number = 0, pds = 1, spaces = 0, ids[PD_FORESEE_LIST_MOST / 8], bytes;

    for (uint64_t at = 0; at < pds + spaces; at += bytes / 8) {
        cell_error_t error = pd_foresee(root_handle(), id, kill->pd_depth, kill->space_depth, at, &number, &pds, &spaces,
                                        ids, &bytes);

        if (error != CELL_OK)
            return error;
        for (uint64_t i = 0; i < bytes / 8; i++)
            print_one(ids[i], at + i < pds);
        if (bytes == 0)
            break;
    }
    printf("%lu PDs, and %lu spaces of others: --if %#lx\n", pds, spaces, number);
    return CELL_OK;
}

void command_kill(const struct words *words)
{
    struct kill kill;
    uint64_t id, ended;

    if (!read_words(words, &kill) || !pd_named(words, kill.pd, &id))
        return;
    cell_error_t error =
        kill.dry           ? dry_run(&kill, id)
        : kill.family      ? pd_end_family(root_handle(), id, &ended)
        : kill.conditional ? pd_terminate_if(root_handle(), id, kill.pd_depth, kill.space_depth, kill.number)
                           : pd_terminate(root_handle(), id, kill.pd_depth, kill.space_depth);

    if (error != CELL_OK)
        complain(words, "%s: %s", kill.pd, cell_error_text(error));
}
