/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/jobs.c: starting programs, waiting for them, ending PDs. A program in
 * the foreground is named to the console, so that Ctrl-C ends it.
 */
#include <cell/idl/console.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

/* A program that the shell has started and not yet told the end of. */
struct job {
    cell_cap_t pd;
    uint64_t id;
    char name[32];
    struct job *next;
};

static struct job *jobs, **last_job = &jobs;

/* The state of a PD that has ended, in pd_info(). */
#define ENDED 3u

/* How a PD ended: causes of pd_wait(). */
enum { EXITED, TERMINATED, FAULTED, WENT_WITH_ANOTHER };

/* ---- Waiting --------------------------------------------------------------------- */

/* Makes a job the one that Ctrl-C ends; NULL: none. */
static void set_foreground(const struct job *job)
{
    cell_cap_t console = cell_rde("CONSOLE"), there = 0;

    if (job == NULL)
        console_foreground(console, 0, 0);
    else if (handle_give_to_server(console, job->pd, CELL_WRITE, &there) == CELL_OK)
        console_foreground(console, there, job->id);
}

/* Waits with Ctrl-C. */
static cell_error_t wait_for(const struct job *job, uint64_t *cause, uint64_t *code)
{
    set_foreground(job);
    cell_error_t error = pd_wait(job->pd, job->id, cause, code);

    set_foreground(NULL);
    return error;
}

/* Tells how it ended; an exit with 0 only if `all`. */
static void tell_end(const struct job *job, uint64_t cause, uint64_t code, bool all)
{
    static const char *const texts[] = {
        [TERMINATED] = "was killed",
        [FAULTED] = "faulted",
        [WENT_WITH_ANOTHER] = "went with a PD that it depends on",
    };

    reports_show();
    if (cause == EXITED && (all || code != 0))
        printf("%s (PD_%lx) exited with %lu\n", job->name, job->id, code);
    else if (cause != EXITED)
        printf("%s (PD_%lx) %s\n", job->name, job->id,
               cause < sizeof texts / sizeof *texts ? texts[cause] : "ended");
}

/* Takes a job that has ended out of the list. */
static void finish(struct job **link, uint64_t cause, uint64_t code)
{
    struct job *job = *link;

    tell_end(job, cause, code, true);
    handle_drop(job->pd);
    *link = job->next;
    if (last_job == &job->next)
        last_job = link;
    free(job);
}

static bool has_ended(const struct job *job)
{
    struct pd_facts facts;

    return pd_info(job->pd, job->id, &facts.state, &facts.pages, &facts.objects, &facts.slots,
                   &facts.page_limit, &facts.time, facts.name) == CELL_OK &&
           facts.state == ENDED;
}

void jobs_tell(void)
{
    for (struct job **at = &jobs; *at != NULL;) {
        uint64_t cause = 0, code = 0;

        if (has_ended(*at) && pd_wait((*at)->pd, (*at)->id, &cause, &code) == CELL_OK)
            finish(at, cause, code);
        else
            at = &(*at)->next;
    }
}

/* ---- run --------------------------------------------------------------------------- */

/* Below the shell's own priority, so that a program that spins leaves the prompt alone. */
#define CEILING 100u

/* Options before the program: what they are called here, and in a configuration. */
static const char *const options[][2] = {
    {"pages=", "limits pages="},
    {"objects=", "limits objects="},
    {"slots=", "limits slots="},
    {"priority=", "priority "},
    {"serves=", "serves "},
    {"hold=", "hold "},
};

/* Adds the configuration's line for an option; false: the word is none. */
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

/* Number of the word that names the program, behind options; 0: there is none. */
static int program_of(const struct words *words, int first)
{
    while (first < words->count && is_option(words->word[first]))
        first++;
    return first < words->count ? first : 0;
}

static cell_error_t start(const struct words *words, int first, int program, struct spawned *spawned)
{
    struct spawn spawn;
    char more[64];

    snprintf(more, sizeof more, "program=%s", words->word[program]);
    spawn_begin(&spawn, words->word[program], "process", more);
    spawn_edges(&spawn);
    for (int i = first; i < program; i++)
        add_option(&spawn, words->word[i]);
    spawn_line(&spawn, "  ceiling %u", CEILING);
    spawn_line(&spawn, "  limits"); /* a budget of its own, even if nothing is said */
    spawn_arguments(&spawn, words->count - program - 1, words->word + program + 1);
    return spawn_run(&spawn, spawned);
}

static void tell_failure(const struct words *words, const char *program, cell_error_t error,
                         const struct spawned *spawned)
{
    if (error == CELL_NOT_FOUND)
        complain(words, "no program '%s'", program);
    else if (error == CELL_DENIED && spawned->fault[0] != 0)
        complain(words, "denied: %s", spawned->fault);
    else if (spawned->fault[0] != 0)
        complain(words, "%s", spawned->fault);
    else if (error == CELL_UNSUPPORTED)
        complain(words, "an argument cannot have both kinds of quotes, or a line end");
    else
        complain(words, "%s: %s", program, cell_error_text(error));
}

static void keep_in_background(const struct words *words, const struct job *job)
{
    struct job *kept = malloc(sizeof *kept);

    printf("%s is PD_%lx\n", job->name, job->id);
    if (kept == NULL) {
        complain(words, "no memory left to keep an eye on it");
        handle_drop(job->pd);
        return;
    }
    *kept = *job;
    kept->next = NULL;
    *last_job = kept;
    last_job = &kept->next;
}

/* Starts the program that `words` from `first` on name, and waits for it unless
 * it is for the background. False: it did not start, or was killed. */
static bool run_once(const struct words *words, int first)
{
    int program = program_of(words, first);
    struct spawned spawned;
    uint64_t cause = TERMINATED, code = 0;

    if (program == 0) {
        complain(words, "no program is named");
        return false;
    }
    cell_error_t error = start(words, first, program, &spawned);

    if (error != CELL_OK) {
        tell_failure(words, words->word[program], error, &spawned);
        return false;
    }
    struct job job = {.pd = spawned.pd, .id = spawned.id};

    snprintf(job.name, sizeof job.name, "%s", words->word[program]);
    if (words->background) {
        keep_in_background(words, &job);
        return true;
    }
    error = wait_for(&job, &cause, &code);
    if (error == CELL_OK)
        tell_end(&job, cause, code, false);
    else
        complain(words, "%s", cell_error_text(error));
    handle_drop(job.pd);
    return error == CELL_OK && cause != TERMINATED;
}

void command_run_program(const struct words *words)
{
    run_once(words, 1);
}

/* ---- repeat -------------------------------------------------------------------------- */

static bool number_of(const struct words *words, const char *word, uint64_t *number)
{
    char *end;

    *number = strtoull(word, &end, 0);
    if (word[0] >= '0' && word[0] <= '9' && *end == 0)
        return true;
    complain(words, "'%s' is not a number", word);
    return false;
}

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

/* ---- kill, wait, limit ------------------------------------------------------------------ */

void command_kill(const struct words *words)
{
    bool family = words->count == 3;
    uint64_t id, ended;

    if (family && strcmp(words->word[1], "--family") != 0) {
        complain(words, "'%s' is not known here; kill [--family] PD", words->word[1]);
        return;
    }
    if (!pd_named(words, words->word[words->count - 1], &id))
        return;
    cell_error_t error = family ? pd_end_family(root_handle(), id, &ended)
                                : pd_terminate(root_handle(), id, 255, 255);

    if (error != CELL_OK)
        complain(words, "%s: %s", words->word[words->count - 1], cell_error_text(error));
}

/* A job by its number or name, even if it has ended meanwhile. */
static struct job **job_named(const char *word)
{
    uint64_t id;
    bool number = pd_number(word, &id);

    for (struct job **at = &jobs; *at != NULL; at = &(*at)->next)
        if (strcmp((*at)->name, word) == 0 || (number && (*at)->id == id))
            return at;
    return NULL;
}

static void wait_for_job(const struct words *words, struct job **link)
{
    uint64_t cause = 0, code = 0;
    cell_error_t error = wait_for(*link, &cause, &code);

    if (error == CELL_OK)
        finish(link, cause, code);
    else
        complain(words, "%s", cell_error_text(error));
}

/* A PD that the shell did not start: Ctrl-C does not end it. */
static void wait_for_other(const struct words *words, const char *word)
{
    struct job job = {0};
    uint64_t cause = 0, code = 0;

    if (!pd_named(words, word, &job.id))
        return;
    snprintf(job.name, sizeof job.name, "%s", word);
    cell_error_t error = pd_wait(root_handle(), job.id, &cause, &code);

    if (error == CELL_OK)
        tell_end(&job, cause, code, true);
    else
        complain(words, "%s", cell_error_text(error));
}

void command_wait(const struct words *words)
{
    if (words->count == 1) {
        while (jobs != NULL)
            wait_for_job(words, &jobs);
        return;
    }
    struct job **job = job_named(words->word[1]);

    if (job != NULL)
        wait_for_job(words, job);
    else
        wait_for_other(words, words->word[1]);
}

void command_limit(const struct words *words)
{
    static const char *const names[] = {"pages=", "objects=", "slots="};
    uint64_t limits[] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    uint64_t id;

    for (int i = 2; i < words->count; i++) {
        unsigned which = 0;

        while (which < 3 && strncmp(words->word[i], names[which], strlen(names[which])) != 0)
            which++;
        if (which == 3) {
            complain(words, "'%s' is none of pages=N, objects=N, slots=N", words->word[i]);
            return;
        }
        if (!number_of(words, words->word[i] + strlen(names[which]), &limits[which]))
            return;
    }
    if (!pd_named(words, words->word[1], &id))
        return;
    cell_error_t error = pd_limits(root_handle(), id, limits[0], limits[1], limits[2]);

    if (error != CELL_OK)
        complain(words, "%s: %s", words->word[1], cell_error_text(error));
}
