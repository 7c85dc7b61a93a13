/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a process: identity, mappings, tasks. Bottom-up. */
#include "process.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum lx_status lx_failure(void)
{
    switch (errno) {
    case ENOMEM:
        return LX_NO_MEMORY;
    case ENOENT:
    case ESRCH:
    case EACCES:
    case EPERM:
        return LX_GONE;
    default:
        return LX_FAILED;
    }
}

/* ------------------------------------------------------------------------------------------------ identity */

/* stat: `id (name) state …`, field 22 is the start time; the name may contain anything, so count from the last `)`. */
static enum lx_status read_started(pid_t id, uint64_t *started)
{
    char *text = lx_read(id, "stat");
    if (text == NULL) {
        return lx_failure();
    }
    char *at = strrchr(text, ')');
    for (int field = 3; field <= 22 && at != NULL; field++) {
        at = strchr(at + 1, ' ');
    }
    if (at != NULL) {
        *started = strtoull(at + 1, NULL, 10);
    }
    free(text);
    return at != NULL ? LX_OK : LX_FAILED;
}

/* comm: the name and a line end. */
static bool read_name(pid_t id, char *name, size_t size)
{
    char *text = lx_read(id, "comm");
    if (text == NULL) {
        return false;
    }
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\n') {
        text[length - 1] = '\0';
    }
    snprintf(name, size, "%s", text);
    free(text);
    return true;
}

static char *read_program(pid_t id)
{
    char path[LX_PATH];
    char target[LX_PATH];
    ssize_t length = readlink(lx_path(path, id, "exe"), target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    return strdup(target);
}

/* ------------------------------------------------------------------------------------------------ tasks */

static enum lx_status add_task(struct lx_process *process, pid_t id)
{
    if (!lx_grow((void **)&process->tasks, process->task_count, sizeof *process->tasks)) {
        return LX_NO_MEMORY;
    }
    struct lx_task *task = &process->tasks[process->task_count];
    *task = (struct lx_task){.id = id};
    if (!read_name(id, task->name, sizeof task->name)) {
        return lx_failure();
    }
    process->task_count++;
    if (!lx_status_read(task)) {
        return lx_failure();
    }
    enum lx_status status = lx_files_read(task);
    return status != LX_OK ? status : lx_memberships_read(task);
}

/* Of all threads those that are still there. */
static enum lx_status add_threads(struct lx_process *process)
{
    char path[LX_PATH];
    size_t count;
    pid_t *ids = lx_numbers(lx_path(path, process->id, "task"), &count);
    if (ids == NULL) {
        return lx_failure();
    }
    enum lx_status status = LX_OK;
    for (size_t i = 0; i < count && status == LX_OK; i++) {
        status = add_task(process, ids[i]);
        status = status == LX_GONE ? LX_OK : status;
    }
    free(ids);
    return status != LX_OK ? status : process->task_count == 0 ? LX_GONE : LX_OK;
}

/* One task that represents all threads. Its id and name are the process's. */
static enum lx_status add_process(struct lx_process *process)
{
    enum lx_status status = add_task(process, process->reader);
    if (status == LX_OK) {
        process->tasks[0].id = process->id;
        if (!read_name(process->id, process->tasks[0].name, sizeof process->tasks[0].name)) {
            status = lx_failure();
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ the process */

/* A first thread that has ended has no mappings although others go on: read in another's folder then. */
static enum lx_status read_mappings(struct lx_process *process)
{
    process->reader = process->id;
    enum lx_status status = lx_mappings_read(process->id, &process->mappings, &process->mapping_count);
    if (status != LX_KERNEL) {
        return status;
    }
    char path[LX_PATH];
    size_t count;
    pid_t *ids = lx_numbers(lx_path(path, process->id, "task"), &count);
    for (size_t i = 0; i < count && status == LX_KERNEL; i++) {
        process->reader = ids[i];
        status = lx_mappings_read(ids[i], &process->mappings, &process->mapping_count);
        status = status == LX_GONE ? LX_KERNEL : status;
    }
    free(ids);
    return status;
}

/* cmdline (proc_pid_cmdline(5)): what the process was started with, or what it has written there since. */
static void read_command(struct lx_process *process)
{
    char path[LX_PATH];
    size_t used = 0;
    ssize_t got = 1;
    int file = open(lx_path(path, process->id, "cmdline"), O_RDONLY | O_CLOEXEC);
    while (file >= 0 && got > 0 && used < LX_COMMAND - 1) {
        got = read(file, process->command + used, LX_COMMAND - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    if (file >= 0) {
        close(file);
    }
    while (used > 0 && strchr(" ", process->command[used - 1]) != NULL) { /* or NUL */
        used--;
    }
    for (size_t i = 0; i < used; i++) {
        if (process->command[i] == '\0') {
            process->command[i] = ' ';
        }
    }
    process->command[used] = '\0';
}

enum lx_status lx_process_read(pid_t id, bool threads, struct lx_process *process)
{
    *process = (struct lx_process){.id = id};
    enum lx_status status = read_started(id, &process->started);
    enum lx_status memory = status == LX_OK ? read_mappings(process) : status;
    if (memory != LX_OK && memory != LX_DENIED) {
        return memory;
    }
    process->program = read_program(process->reader);
    read_command(process);
    status = process->program == NULL ? LX_NO_MEMORY : threads ? add_threads(process) : add_process(process);
    return status != LX_OK ? status : memory;
}

enum lx_status lx_process_recheck(const struct lx_process *process, bool *changed)
{
    uint64_t started = 0;
    struct lx_mapping *mappings;
    size_t count;
    *changed = false;
    enum lx_status status = read_started(process->id, &started);
    if (status != LX_OK || started != process->started) {
        return status != LX_OK ? status : LX_GONE;
    }
    status = lx_mappings_read(process->reader, &mappings, &count);
    *changed = status != LX_OK || count != process->mapping_count;
    for (size_t i = 0; i < count && !*changed; i++) {
        const struct lx_mapping *old = &process->mappings[i];
        *changed = old->start != mappings[i].start || old->end != mappings[i].end ||
                   old->inode != mappings[i].inode || old->device != mappings[i].device ||
                   old->offset != mappings[i].offset || old->write != mappings[i].write ||
                   old->read != mappings[i].read || old->execute != mappings[i].execute;
    }
    lx_mappings_free(mappings, count);
    /* One that maps nothing any more has changed, too: another thread of the process may go on. */
    return status == LX_NO_MEMORY || status == LX_FAILED ? status : LX_OK;
}

static void free_task(struct lx_task *task)
{
    for (size_t i = 0; i < task->file_count; i++) {
        free(task->files[i].path);
    }
    for (size_t i = 0; i < task->membership_count; i++) {
        free(task->memberships[i].name);
    }
    free(task->files);
    free(task->memberships);
    free(task->credentials.groups);
}

void lx_process_free(struct lx_process *process)
{
    lx_mappings_free(process->mappings, process->mapping_count);
    for (size_t i = 0; i < process->task_count; i++) {
        free_task(&process->tasks[i]);
    }
    free(process->tasks);
    free(process->program);
    *process = (struct lx_process){0};
}

/* ------------------------------------------------------------------------------------------------ which there are */

pid_t *lx_processes(size_t *count)
{
    return lx_numbers(lx_proc, count);
}

pid_t *lx_processes_named(const char *name, size_t *count)
{
    size_t all;
    pid_t *ids = lx_processes(&all);
    *count = 0;
    for (size_t i = 0; ids != NULL && i < all; i++) {
        char found[64];
        if (read_name(ids[i], found, sizeof found) && strcmp(found, name) == 0) {
            ids[(*count)++] = ids[i];
        }
    }
    return ids;
}
