/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/complete.c: completes the last word of a line when a tab is typed: with a command at the beginning of the line, and
 * else with a program or a PD, as the command's arguments say. Candidates are walked through twice: to find what they have in
 * common, and, if that adds nothing, to print them.
 */
#include <cell/idl/console.h>
#include <cell/idl/machine.h>
#include <stdio.h>
#include <string.h>

#include "apps/shell/shell.h"

#define NONE UINT64_MAX
#define BLANKS " \t"

/* The word that is completed, and the state of that. */
struct completion {
    const char *word;
    size_t length;
    char common[64]; /* the common beginning of all candidates that fit */
    size_t common_length;
    unsigned count; /* of candidates that fit */
    bool print;
};

/* ---- Candidates ---------------------------------------------------------------- */

static void offer(struct completion *completion, const char *name)
{
    size_t same = 0;

    if (strncmp(name, completion->word, completion->length) != 0)
        return;
    if (completion->print)
        printf("%s%s", completion->count == 0 ? "" : "  ", name);
    if (completion->count++ == 0) {
        completion->common_length = strnlen(name, sizeof completion->common);
        memcpy(completion->common, name, completion->common_length);
        return;
    }
    while (same < completion->common_length && name[same] == completion->common[same])
        same++;
    completion->common_length = same;
}

static void offer_commands(struct completion *completion)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        offer(completion, command->name);
}

static void offer_programs(struct completion *completion)
{
    char name[MACHINE_FILE_NAME_MOST + 1];
    uint64_t count;

    for (uint64_t i = 0; machine_file(i, name, &count) == CELL_OK; i++) {
        name[count] = 0;
        if (strchr(name, '/') == NULL)
            offer(completion, name);
    }
}

static void offer_pds(struct completion *completion)
{
    struct pd_facts facts = {.id = NONE};

    while (pd_after(facts.id, &facts))
        offer(completion, facts.name);
}

typedef void (*candidates)(struct completion *completion);

/* The candidates for the word at the end of a line; NULL: none are known. */
static candidates candidates_of(const char *text, const char *word)
{
    text += strspn(text, BLANKS);
    if (text >= word)
        return offer_commands;
    const struct command *command = command_find(text, strcspn(text, BLANKS));

    if (command == NULL)
        return NULL;
    if (strstr(command->arguments, "PROGRAM") != NULL)
        return offer_programs;
    return strstr(command->arguments, "PD") != NULL ? offer_pds : NULL;
}

/* ---- A tab ----------------------------------------------------------------------- */

static const char *last_word(const char *text)
{
    const char *word = text + strlen(text);

    while (word > text && strchr(BLANKS, word[-1]) == NULL)
        word--;
    return word;
}

/* Types the rest of the word; false: there is none. */
static bool type_rest(const struct completion *completion)
{
    char rest[sizeof completion->common + 1];
    size_t length = completion->common_length - completion->length;

    memcpy(rest, completion->common + completion->length, length);
    if (completion->count == 1)
        rest[length++] = ' ';
    if (length != 0)
        console_insert(cell_rde("CONSOLE"), rest, length);
    return length != 0;
}

void complete(const char *text)
{
    struct completion completion = {.word = last_word(text)};
    candidates walk = candidates_of(text, completion.word);

    completion.length = strlen(completion.word);
    if (walk == NULL || completion.length >= sizeof completion.common)
        return;
    walk(&completion);
    if (completion.count == 0 || type_rest(&completion))
        return;
    completion.print = true;
    completion.count = 0;
    walk(&completion);
    printf("\n");
    fflush(stdout);
}
