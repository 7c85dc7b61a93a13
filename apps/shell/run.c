/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/run.c: run and repeat. A command line becomes a configuration
 * (lib/client/spawn.h); a message about a line of that names the word that the line came from.
 */
#include <cell/idl/handle.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

/* ---- Options ------------------------------------------------------------------------ */

/* The line of a configuration that lets a program read files of the boot archive. */
#define ARCHIVE "rde MO rights=rwx "

/* Options before the program: what they are called here, and in a configuration. */
static const char *const options[][2] = {
    {"pages=", "limits pages="},
    {"objects=", "limits objects="},
    {"slots=", "limits slots="},
    {"priority=", "priority "},
    {"--reserve", "reserve pages=64 objects=128 slots=128 # "}, /* out of the shell's own */
    {"serves=", "serves "},
    {"hold=", "hold "},
    {"env=", "env "},
    {"--archive", ARCHIVE "# "},
    {"--strace", "# "}, /* no line of the configuration: make() handles it */
};

/* Adds the configuration's line for an option; false: the word is no option. */
static bool add_option(struct spawn *spawn, const char *word)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        size_t length = strlen(options[i][0]);

        if (strncmp(word, options[i][0], length) != 0)
            continue;
        spawn_line(spawn, "  %s%s", options[i][1], word + length);
        return true;
    }
    return false;
}

static bool is_option(const char *word)
{
    struct spawn spawn = {0};
    bool is = add_option(&spawn, word);

    free(spawn.text);
    return is;
}

/* The line of the configuration that the first option becomes, behind `pd`. */
#define OPTION_LINE 2ul

/* The index of the word that names the program, behind options; 0: no program is named. */
static int program_of(const struct words *words, int first)
{
    while (first < words->count && is_option(words->word[first]))
        first++;
    return first < words->count ? first : 0;
}

/* Bytes of a PD's name, with its terminating zero. */
#define NAME_BYTES 32u

/* ---- Starting ----------------------------------------------------------------------- */

/* Whether a word can be the name of a program, which needs no quotes in a configuration. */
static bool is_program_name(const char *word)
{
    return *word != 0 && strlen(word) < NAME_BYTES && strpbrk(word, " \t\r\n\"'#\\") == NULL;
}

/* The program that runs executables for Linux, and the option that makes it show their system calls. */
#define LINUX "linux"
#define TRACE "--strace"

/* Whether a word is a path, which names a program on a disk. */
static bool is_path(const char *word)
{
    return *word == '/';
}

/* Makes the name of a program's PD: the last component of a path, or the program's name. */
static void name_of(const char *word, char *name, size_t bytes)
{
    const char *slash = strrchr(word, '/');

    snprintf(name, bytes, "%s", is_path(word) && slash[1] != 0 ? slash + 1 : word);
}

/* The type of prepared programs for Linux (idl/image.idl), also for those of the boot archive. */
#define PREPARED "PROGRAM"

/* Does the shell have an edge of a type? (Edges that it may only pass on are not in its start block.) */
static bool passes_on(const char *type)
{
    uint64_t where = 0, space, server;
    char of[NAME_BYTES];

    while (handle_edge(CSPACE_SELF, cell_pd_id(), where, &where, &space, &server, of) == CELL_OK)
        if (strcmp(of, type) == 0)
            return true;
    return false;
}

/* Whether `--strace` is among the options. Then LINUX runs the program, which refuses programs that are not for Linux. */
static bool is_traced(const struct words *words, int first, int program)
{
    bool traced = false;

    for (int i = first; i < program; i++)
        traced |= strcmp(words->word[i], TRACE) == 0;
    return traced;
}

/* Makes the PD of a program for this system, or (`linux_program`) one in which LINUX runs it. */
static cell_error_t make(const struct words *words, int first, int program, bool linux_program, struct spawned *spawned)
{
    struct spawn spawn;
    char more[64], name[NAME_BYTES];
    bool archive = false;

    if (linux_program && (words->input != NULL || words->output != NULL))
        return CELL_UNSUPPORTED;
    snprintf(more, sizeof more, "program=%s", linux_program ? LINUX : words->word[program]);
    name_of(words->word[program], name, sizeof name);
    spawn_begin(&spawn, name, "process", more);
    for (int i = first; i < program; i++) {
        archive |= strcmp(words->word[i], "--archive") == 0;
        add_option(&spawn, words->word[i]);
    }
    if (linux_program) /* LINUX reads the program from the boot archive */
        spawn_line(&spawn, "  " ARCHIVE);
    if ((linux_program || archive) && passes_on(PREPARED))
        spawn_line(&spawn, "  rde " PREPARED " rights=rx");
    spawn_edges(&spawn);
    redirect_environment(words, &spawn);
    spawn_line(&spawn, "  ceiling %u", SHELL_CEILING);
    spawn_line(&spawn, "  limits"); /* a budget of its own, even without limits */
    if (linux_program && is_traced(words, first, program))
        spawn_line(&spawn, "  args " TRACE);
    if (linux_program)
        spawn_arguments(&spawn, words->count - program, words->word + program);
    else
        spawn_arguments(&spawn, words->count - program - 1, words->word + program + 1);
    return spawn_run(&spawn, spawned);
}

static cell_error_t start(const struct words *words, int first, int program, struct spawned *spawned)
{
    char name[NAME_BYTES];

    name_of(words->word[program], name, sizeof name);
    if (!is_program_name(name))
        return CELL_NOT_FOUND;
    if (is_path(words->word[program]) || is_traced(words, first, program))
        return make(words, first, program, true, spawned);
    cell_error_t error = make(words, first, program, false, spawned);

    return spawned->reason == CELL_REFUSED_LINUX ? make(words, first, program, true, spawned) : error;
}

static bool is_missing(cell_error_t error, const struct spawned *spawned)
{
    return spawned->reason == CELL_REFUSED_NO_PROGRAM || (error == CELL_NOT_FOUND && *spawned->text == 0);
}

static void tell_failure(const struct words *words, int first, int program, cell_error_t error,
                         const struct spawned *spawned)
{
    const char *denied = error == CELL_DENIED ? "denied: " : "";

    if (is_missing(error, spawned))
        complain(words, "no program '%s'", words->word[program]);
    else if (*spawned->text == 0)
        complain(words, "%s: %s", words->word[program], cell_error_text(error));
    else if (spawned->line >= OPTION_LINE && spawned->line - OPTION_LINE < (uint64_t)(program - first))
        complain(words, "%s%s: %s", denied, words->word[first + (int)(spawned->line - OPTION_LINE)], spawned->text);
    else
        complain(words, "%s%s", denied, spawned->text);
}

/* Waits for a program that was started, unless it is to run in the background. False: it was killed. */
static bool go_on(const struct words *words, int program, const struct spawned *spawned)
{
    struct job job = {.pd = spawned->pd, .id = spawned->id};

    name_of(words->word[program], job.name, sizeof job.name);
    if (!words->background)
        return job_run(words, &job);
    job_keep(words, &job);
    return true;
}

/* Starts the program that the words from `first` on name, and waits for it. False: it did not start, or was killed. */
static bool run_once(const struct words *words, int first)
{
    int program = program_of(words, first);
    struct spawned spawned = {.text = ""};

    if (program == 0) {
        complain(words, "no program is named");
        return false;
    }
    cell_error_t error = start(words, first, program, &spawned);

    if (error == CELL_OK)
        return go_on(words, program, &spawned);
    tell_failure(words, first, program, error, &spawned);
    return false;
}

bool run_by_name(const struct words *words)
{
    struct spawned spawned = {.text = ""};
    cell_error_t error = start(words, 0, 0, &spawned);

    if (is_missing(error, &spawned))
        return false;
    if (error == CELL_OK)
        go_on(words, 0, &spawned);
    else
        tell_failure(words, 0, 0, error, &spawned);
    return true;
}

#define SYNC_SECONDS 10u

void run_sync(void)
{
    static const char *const edges[] = {"FILE", "MO", "CONSOLE"};
    char *word[] = {"sync", NULL};
    struct spawn spawn;
    struct spawned spawned;

    spawn_begin(&spawn, "sync", "process", "program=sync");
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        spawn_line(&spawn, "  rde %s", edges[i]);
    /* If there is no file server, the PD is not made. */
    if (spawn_run(&spawn, &spawned) == CELL_OK)
        job_run_for(&(struct words){.word = word, .count = 1}, &(struct job){.pd = spawned.pd, .id = spawned.id, .name = "sync"},
                    SYNC_SECONDS);
}

void command_run_program(const struct words *words)
{
    if (strcmp(words->word[1], "-f") == 0)
        run_description(words);
    else
        run_once(words, 1);
}

/* ---- repeat -------------------------------------------------------------------------- */

void command_repeat(const struct words *words)
{
    uint64_t times;

    if (!number_of(words, words->word[1], &times))
        return;
    for (uint64_t i = 0; i < times; i++) {
        if (!run_once(words, 2)) {
            complain(words, "stopped after %lu of %lu", i, times);
            return;
        }
    }
}
