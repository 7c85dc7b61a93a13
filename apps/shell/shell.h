/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/shell.h: between the files of the shell.
 */
#pragma once

#include <cell/errors.h>
#include <lib/client/client.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/shell/words.h"

/* ---- Commands (commands.c) ------------------------------------------------ */

struct command {
    const char *name;
    const char *arguments; /* as help shows them; PD and PROGRAM are completed */
    const char *summary;
    int least, most;       /* arguments; most -1: any number */
    bool background;       /* may end in & */
    /* Messages begin with the command's name. */
    void (*run)(const struct words *words);
};

/* All commands, ended by one without a name. */
extern const struct command commands[];

/* Runs a line's command, if it has one. */
void command_run(const struct words *words);
/* Returns the command of a name; NULL: no such command. */
const struct command *command_find(const char *name, size_t length);

/* The number that a word is, decimal or 0x…; false: it is not a number, and a message was printed. */
bool number_of(const struct words *words, const char *word, uint64_t *number);

/* Prints "NAME: TEXT". */
void complain(const struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- Files for input and output (redirect.c) ------------------------------- */

struct spawn;

/* Lets a program have the files that a line names. */
void redirect_environment(const struct words *words, struct spawn *spawn);
/* Runs a program that writes memory of the shell to words->output (`save`), or reads into it what is in words->input (`load`, apps/load.c).
 * False: it did not end by itself, which was said. */
bool redirect_memory(const struct words *words, const char *program, const void *memory, size_t bytes);
/* The text of a small file, for free(), with its *size; NULL: the reason was printed. */
char *redirect_load(const struct words *words, char *path, size_t *size);
/* Runs a command of the shell; what it prints goes where the line says. */
void redirect_command(const struct words *words, void (*run)(const struct words *words));

/* ---- PDs (pds.c) ------------------------------------------------------------ */

/* The handle of PD_0 that the shell holds: its authority over all others. */
cell_cap_t root_handle(void);

struct pd_facts {
    uint64_t id, state, pages, objects, slots, page_limit, time;
    char name[32];
};

/* The PD after `id` (all ones: the first); false: no more. */
bool pd_after(uint64_t id, struct pd_facts *facts);

/* A PD's number: hexadecimal, with or without PD_ before it, as the model has it. */
bool pd_number(const char *word, uint64_t *id);

/* The PD that a word names: by its name or number. False: none or several; that
 * was said. */
bool pd_named(const struct words *words, const char *word, uint64_t *id);

void command_ps(const struct words *words);
void command_rde(const struct words *words);
void command_held(const struct words *words);
void command_mem(const struct words *words);

/* ---- Starting (run.c) ------------------------------------------------------------ */

/* Of programs, below the shell's own priority, so that one that spins leaves the prompt alone. */
#define SHELL_CEILING 100u

/* describe.c: run -f FILE */
void run_description(const struct words *words);

/* Runs the program that a line begins with; false: there is none of that name. */
bool run_by_name(const struct words *words);
/* Before the machine ends: has what was written to files put on their disks, if there is a file server. It waits ten
 * seconds at most, and Ctrl-C ends the wait. */
void run_sync(void);
void command_run_program(const struct words *words);
void command_repeat(const struct words *words);

/* ---- Waiting and ending (jobs.c) --------------------------------------------------- */

/* A program that the shell has started and not yet told the end of. */
struct job {
    cell_cap_t pd; /* a handle that covers it, and its id */
    uint64_t id;
    char name[32];
    struct job *next;
};

/* Waits for a program in the foreground, tells how it ended unless that was well, and drops
 * its handle. False: it was killed, or there is no waiting. */
bool job_run(const struct words *words, const struct job *job);
/* The same; if it takes longer than this many seconds, it is reported and killed. */
void job_run_for(const struct words *words, const struct job *job, unsigned seconds);
/* Keeps a copy of a program in the background, to tell its end. */
void job_keep(const struct words *words, const struct job *job);

void command_kill(const struct words *words);
void command_jobs(const struct words *words);
void command_wait(const struct words *words);
void command_limit(const struct words *words);

/* Tells of programs in the background that have ended. */
void jobs_tell(void);

/* boot_time.c: to be called behind the first prompt. */
void tell_boot_time(void);

/* ---- Completion (complete.c) ------------------------------------------------------ */

/* Completes the last word of `text`, which stands before the cursor of the line that is
 * being typed; if several words fit, and have no more in common, it prints them. */
void complete(const char *text);

/* ---- Virtual machines (vm.c) ----------------------------------------------------------- */

void command_vm(const struct words *words);

/* ---- The model (graph.c) -------------------------------------------------------- */

void command_model(const struct words *words);
/* restarts.c */
void command_restarts(const struct words *words);
/* metrics.c */
void command_rsi(const struct words *words);
void command_fr(const struct words *words);

/* Prints fault reports that are new. */
void reports_show(void);

/* Memory that texts come in; the same each time. CELL_OK: *buffer is set. */
cell_error_t text_buffer(struct cell_memory **buffer);
