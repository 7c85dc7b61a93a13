/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/shell.h: what the source files of the shell share.
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

/* Runs the command of a line, if there is one. */
void command_run(const struct words *words);
/* Finds a command by its name; NULL: there is none. */
const struct command *command_find(const char *name, size_t length);

/* Reads a number, decimal or 0x…; false, with a message: the word is not a number. */
bool number_of(const struct words *words, const char *word, uint64_t *number);

/* Prints "COMMAND: TEXT". */
void complain(const struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- Files for input and output (redirect.c) ------------------------------- */

struct spawn;

/* Adds the files that a line names to a program's environment. */
void redirect_environment(const struct words *words, struct spawn *spawn);
/* Runs a program that writes memory of the shell to words->output (`save`, apps/save.c), or reads words->input into it (`load`,
 * apps/load.c). False, with a message: it did not run, or was killed. */
bool redirect_memory(const struct words *words, const char *program, const void *memory, size_t bytes);
/* Reads a small file; the caller frees the text, which has *size bytes. NULL: that failed; there may be no message. */
char *redirect_load(const struct words *words, char *path, size_t *size);
/* Runs a command of the shell; what it prints goes where the line says. */
void redirect_command(const struct words *words, void (*run)(const struct words *words));

/* ---- PDs (pds.c) ------------------------------------------------------------ */

/* The handle of PD_0 that the shell holds: its authority over all others. */
cell_cap_t root_handle(void);

/* The state of a PD that has ended. */
#define ENDED 3u

struct pd_facts {
    uint64_t id, state, pages, objects, slots, page_limit, time;
    char name[32];
};

/* Reads the facts of the next PD after `id` (all ones: of the first); false: there is none. */
bool pd_after(uint64_t id, struct pd_facts *facts);

/* Reads a PD's number: hexadecimal, with or without PD_ before it, as in the model. */
bool pd_number(const char *word, uint64_t *id);

/* Finds the PD that a word names, by its name or number. False, with a message: there is none, or
 * there are several. */
bool pd_named(const struct words *words, const char *word, uint64_t *id);

void command_ps(const struct words *words);
void command_rde(const struct words *words);
void command_held(const struct words *words);
void command_mem(const struct words *words);

/* ---- Starting (run.c) ------------------------------------------------------------ */

/* The priority ceiling of programs, below the shell's own priority, so that a program that spins does not stop the prompt. */
#define SHELL_CEILING 100u

/* describe.c: run -f FILE */
void run_description(const struct words *words);

/* Runs the program that a line begins with; false: there is none of that name. */
bool run_by_name(const struct words *words);
/* Before the machine ends: runs the program `sync`, which has written data put on the disks, if there is a file server. Waits for
 * at most ten seconds; Ctrl-C ends the wait. */
void run_sync(void);
void command_run_program(const struct words *words);
void command_repeat(const struct words *words);

/* ---- Waiting and ending (jobs.c) --------------------------------------------------- */

/* A program that the shell has started, and whose end it has not yet reported. */
struct job {
    cell_cap_t pd; /* a handle that covers it, and its id */
    uint64_t id;
    char name[32];
    struct job *next;
};

/* Waits for a program in the foreground, prints how it ended unless it exited with 0, and drops
 * its handle. False: it was killed, or waiting failed. */
bool job_run(const struct words *words, const struct job *job);
/* The same; if it takes longer than this many seconds, it is reported and killed. */
void job_run_for(const struct words *words, const struct job *job, unsigned seconds);
/* Keeps a program in the background, to report its end later. `job` is copied. */
void job_keep(const struct words *words, const struct job *job);

void command_kill(const struct words *words);
void command_jobs(const struct words *words);
void command_wait(const struct words *words);
void command_limit(const struct words *words);

/* Reports programs in the background that have ended. */
void jobs_tell(void);

/* boot_time.c: reports the time up to the first prompt. */
void tell_boot_time(void);

/* ---- Completion (complete.c) ------------------------------------------------------ */

/* Completes the last word of `text`, which is the line that is being typed up to the cursor; if
 * several words fit and have no more in common, prints them. */
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

/* Memory into which the root task writes texts; the same each time. */
cell_error_t text_buffer(struct cell_memory **buffer);
