/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/jobs.c: waiting for programs, in the foreground and in the background; limits. The console
 * knows the program in the foreground: it reads what is typed, and Ctrl-C ends it.
 */
#include <cell/idl/console.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

static struct job *jobs, **last_job = &jobs;

/* How a PD ended: causes of pd_wait(). */
enum { EXITED, TERMINATED, FAULTED, WENT_WITH_ANOTHER };

/* ---- Waiting --------------------------------------------------------------------- */

/* Puts a job into the foreground; NULL: none is there. */
static void set_foreground(const struct job *job)
{
    cell_cap_t console = cell_rde("CONSOLE"), there = 0;

    if (job == NULL)
        console_foreground(console, 0, 0);
    else if (handle_give_to_server(console, job->pd, CELL_READ | CELL_WRITE, &there) == CELL_OK)
        console_foreground(console, there, job->id);
}

/* Puts a program into the foreground, and waits for it. */
static cell_error_t wait_in_front(const struct job *job, uint64_t *cause, uint64_t *code)
{
    set_foreground(job);
    cell_error_t error = pd_wait(job->pd, job->id, cause, code);

    set_foreground(NULL);
    return error;
}

static int wait_in_thread(void *argument)
{
    const struct job *job = argument;
    uint64_t cause, code;

    return pd_wait(job->pd, job->id, &cause, &code) != CELL_OK;
}

/* Waits for a PD that is not ended by Ctrl-C: a thread that waits for it is in the foreground instead.
 * CELL_INTERRUPTED: Ctrl-C has ended the wait. */
static cell_error_t wait_aside(const struct job *job, uint64_t *cause, uint64_t *code)
{
    struct spawned spawned;

    if (cell_thread_create(wait_in_thread, (void *)job, &spawned) == CELL_OK) {
        struct job thread = {.pd = spawned.pd, .id = spawned.id};
        cell_error_t error = wait_in_front(&thread, cause, code);

        handle_drop(thread.pd);
        if (error == CELL_OK && *cause == TERMINATED)
            return CELL_INTERRUPTED;
    }
    return pd_wait(job->pd, job->id, cause, code);
}

/* Prints how a PD ended; an exit with 0 only if `all`. */
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

void job_keep(const struct words *words, const struct job *job)
{
    struct job *kept = malloc(sizeof *kept);

    printf("%s is PD_%lx\n", job->name, job->id);
    if (kept == NULL) {
        complain(words, "no memory left to watch it; its end will not be reported");
        handle_drop(job->pd);
        return;
    }
    *kept = *job;
    kept->next = NULL;
    *last_job = kept;
    last_job = &kept->next;
}

bool job_run(const struct words *words, const struct job *job)
{
    uint64_t cause = TERMINATED, code = 0;
    cell_error_t error = wait_in_front(job, &cause, &code);

    if (error == CELL_OK)
        tell_end(job, cause, code, false);
    else
        complain(words, "%s", cell_error_text(error));
    handle_drop(job->pd);
    return error == CELL_OK && cause != TERMINATED;
}

/* How often to look whether a job has ended, and a second, in ns. */
#define LOOK UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

static bool ends_within(const struct job *job, uint64_t time)
{
    for (uint64_t waited = 0; waited < time && !has_ended(job); waited += LOOK)
        cell_sleep(LOOK);
    return has_ended(job);
}

void job_run_for(const struct words *words, const struct job *job, unsigned seconds)
{
    set_foreground(job);
    bool ended = ends_within(job, seconds * SECOND);

    set_foreground(NULL);
    if (ended) {
        job_run(words, job);
        return;
    }
    complain(words, "no answer within %u seconds; what is not on the disk is lost", seconds);
    pd_terminate(job->pd, job->id, 0, 0);
    handle_drop(job->pd);
}

/* ---- jobs, wait, limit ------------------------------------------------------------------------ */

void command_jobs(const struct words *words)
{
    (void)words;
    for (const struct job *job = jobs; job != NULL; job = job->next)
        printf("PD_%-5lx %-8s %s\n", job->id, has_ended(job) ? "ended" : "running", job->name);
}

/* Finds a job by its number or name, even if it has ended; NULL: there is none. */
static struct job **job_named(const char *word)
{
    uint64_t id;
    bool number = pd_number(word, &id);

    for (struct job **at = &jobs; *at != NULL; at = &(*at)->next)
        if (strcmp((*at)->name, word) == 0 || (number && (*at)->id == id))
            return at;
    return NULL;
}

/* False: Ctrl-C ended the waiting, or it failed. */
static bool wait_for_job(const struct words *words, struct job **link)
{
    uint64_t cause = 0, code = 0;
    cell_error_t error = wait_aside(*link, &cause, &code);

    if (error == CELL_OK)
        finish(link, cause, code);
    else if (error != CELL_INTERRUPTED)
        complain(words, "%s", cell_error_text(error));
    return error == CELL_OK;
}

/* Waits for a PD that the shell did not start. */
static void wait_for_other(const struct words *words, const char *word)
{
    struct job job = {.pd = root_handle()};
    uint64_t cause = 0, code = 0;

    if (!pd_named(words, word, &job.id))
        return;
    snprintf(job.name, sizeof job.name, "%s", word);
    cell_error_t error = wait_aside(&job, &cause, &code);

    if (error == CELL_OK)
        tell_end(&job, cause, code, true);
    else if (error != CELL_INTERRUPTED)
        complain(words, "%s", cell_error_text(error));
}

void command_wait(const struct words *words)
{
    if (words->count == 1) {
        while (jobs != NULL && wait_for_job(words, &jobs))
            ;
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
            complain(words, "'%s' is not pages=N, objects=N or slots=N", words->word[i]);
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
