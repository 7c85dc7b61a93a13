/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel linux: the model of running Linux processes, as CSV on standard output. What could not be read, or changed
 * while it was, is reported on standard error, process by process. */
#include "../linux/extract.h"
#include "linux_guests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes an id out of the list; returns how many are left. */
static size_t without(pid_t *ids, size_t count, pid_t id)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] != id) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

/* Process ids from the arguments. NULL after a message. */
static pid_t *parse_ids(char **arguments, int count, size_t *found)
{
    pid_t *ids = calloc((size_t)count + 1, sizeof *ids);
    *found = 0;
    for (int i = 0; i < count && ids != NULL; i++) {
        char *end;
        errno = 0;
        long id = strtol(arguments[i], &end, 10);
        if (errno != 0 || *end != '\0' || end == arguments[i] || id <= 0 || id != (pid_t)id) {
            fprintf(stderr, "cellmodel: linux: %s: not a process id\n", arguments[i]);
            free(ids);
            return NULL;
        }
        ids[*found] = (pid_t)id;
        *found = without(ids, *found, (pid_t)id) + 1; /* one that is named twice is read once */
        ids[*found - 1] = (pid_t)id;
    }
    return ids;
}

static const char *const reasons[] = {[LX_OK] = "",
                                      [LX_GONE] = "no such process (any more)",
                                      [LX_DENIED] = "its memory and files may not be read (that takes the right to trace it)",
                                      [LX_KERNEL] = "no address space of its own (a kernel thread, or it has ended)",
                                      [LX_NO_MEMORY] = "no memory",
                                      [LX_FAILED] = "cannot be read: an error other than that it has ended"};

static void tell_of(const struct lx_remark *remark, bool by_id)
{
    const struct {
        bool true_of_it;
        const char *text;
    } facts[] = {
        {remark->status != LX_OK && (by_id || remark->status == LX_DENIED || remark->status == LX_FAILED), reasons[remark->status]},
        {remark->changed, "changed while it was read"},
        {remark->files_denied && remark->status == LX_OK, "not all of its open files may be listed"},
        {remark->namespaces_denied && remark->status == LX_OK, "its namespaces may not be read"},
        {remark->filters_denied, "its seccomp filters may not be read (that takes CAP_SYS_ADMIN, and a kernel with checkpoints)"},
        {remark->pages_denied, "its page map may not be read: its mappings count whole"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (facts[i].true_of_it) {
            fprintf(stderr, "cellmodel: linux: %d: %s\n", (int)remark->id, facts[i].text);
        }
    }
    if (remark->swapped > 0) {
        fprintf(stderr, "cellmodel: linux: %d: %llu pages are in swap and not in the model\n", (int)remark->id,
                (unsigned long long)remark->swapped);
    }
    if (remark->unseen > 0) {
        fprintf(stderr, "cellmodel: linux: %d: %llu of its %llu private pages are shared since a fork, with whom is not seen\n",
                (int)remark->id, (unsigned long long)remark->unseen, (unsigned long long)remark->private);
    }
}

/* Returns false if a process that was asked for by id could not be read. */
static bool tell(const struct lx_report *report, bool by_id, const struct lx_options *options)
{
    bool fine = true;
    for (size_t i = 0; i < report->count; i++) {
        tell_of(&report->remarks[i], by_id);
        fine = fine && (!by_id || report->remarks[i].status == LX_OK);
    }
    if (report->frames_hidden && !options->no_frames) {
        fputs("cellmodel: linux: page frames may not be read (that takes CAP_SYS_ADMIN): pages are named by file or by "
              "process, so private memory that processes share since a fork is not seen as shared\n",
              stderr);
    }
    if (report->sockets_hidden) {
        fputs("cellmodel: linux: the sockets of a network namespace may not be read (that takes CAP_SYS_ADMIN there): which "
              "of them are connected with which is not seen\n",
              stderr);
    }
    return fine;
}

static enum cm_exit extract(const pid_t *ids, size_t count, const struct lx_options *options, bool by_id)
{
    struct cm_graph *graph;
    struct lx_report report;
    enum cm_status status = lx_extract(ids, count, options, &graph, &report);
    if (status != CM_OK) {
        free(report.remarks);
        return cm_fail("linux", status);
    }
    bool fine = tell(&report, by_id, options);
    fine = linux_guests_tell(options->guests, options->guest_count) && fine;
    free(report.remarks);
    struct cm_writer *writer = cm_output(stdout);
    cm_csv_graph(writer, graph, false);
    enum cm_exit outcome = cm_output_end(writer);
    cm_graph_destroy(graph);
    return outcome != CM_EXIT_OK ? outcome : fine ? CM_EXIT_OK : CM_EXIT_MODEL;
}

/* Puts those that run guests first, so that their memory is not taken for that of another. NULL: no memory. */
static pid_t *with_guests(pid_t *ids, size_t *count, const struct lx_options *options)
{
    pid_t *all = malloc((*count + options->guest_count + 1) * sizeof *all);
    for (size_t i = 0; i < options->guest_count; i++) {
        *count = without(ids, *count, options->guests[i].id);
    }
    for (size_t i = 0; i < options->guest_count && all != NULL; i++) {
        all[i] = options->guests[i].id;
    }
    if (all != NULL) {
        memcpy(all + options->guest_count, ids, *count * sizeof *ids);
        *count += options->guest_count;
    }
    free(ids);
    return all;
}

struct selection {
    bool all;
    const char *name;
    char **arguments;
    int count;
};

static enum cm_exit extract_selection(const struct selection *selection, const struct lx_options *options)
{
    size_t found;
    const char *name = selection->name;
    pid_t *ids = selection->all ? lx_processes(&found)
                 : name != NULL ? lx_processes_named(name, &found)
                                : parse_ids(selection->arguments, selection->count, &found);
    if (ids == NULL || (found == 0 && options->guest_count == 0)) {
        if (selection->count == 0) {
            fprintf(stderr, "cellmodel: linux: no process%s%s\n", name != NULL ? " of the name " : "", name != NULL ? name : "");
        }
        free(ids);
        return selection->count > 0 ? CM_EXIT_USAGE : CM_EXIT_MODEL;
    }
    if (selection->count == 0) {
        found = without(ids, found, getpid());
    }
    ids = with_guests(ids, &found, options);
    enum cm_exit outcome = ids == NULL ? cm_fail("linux", CM_NO_MEMORY) : extract(ids, found, options, selection->count > 0);
    free(ids);
    return outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct lx_options options = {0};
    struct selection selection = {.arguments = arguments};
    struct cm_strings guests = {0};
    const struct cm_option table[] = {{"--all", CM_FLAG, &selection.all},
                                      {"--filters", CM_FLAG, &options.filters},
                                      {"--guest", CM_STRINGS, &guests},
                                      {"--merge", CM_FLAG, &options.merge},
                                      {"--name", CM_STRING, &selection.name},
                                      {"--no-frames", CM_FLAG, &options.no_frames},
                                      {"--threads", CM_FLAG, &options.threads},
                                      {NULL, CM_FLAG, NULL}};
    selection.count = cm_arguments(command, count, arguments, table, 0, count);
    enum cm_exit outcome = selection.count < 0 ? CM_EXIT_USAGE : CM_EXIT_OK;
    int ways = (selection.count > 0) + selection.all + (selection.name != NULL);
    if (outcome == CM_EXIT_OK && (ways > 1 || (ways == 0 && guests.count == 0))) {
        fputs("cellmodel: linux: give process ids, or --name NAME, or --all\n", stderr);
        outcome = CM_EXIT_USAGE;
    }
    if (outcome == CM_EXIT_OK) {
        outcome = linux_guests_read(&guests, &options.guests);
        options.guest_count = guests.count;
    }
    if (outcome == CM_EXIT_OK) {
        outcome = extract_selection(&selection, &options);
    }
    linux_guests_free(options.guests, guests.count);
    cm_arguments_free(&guests);
    return outcome;
}

const struct cm_command cm_command_linux = {
    "linux", "PID... | --name NAME | --all [--threads] [--merge] [--no-frames] [--filters] [--guest PID,MACHINE,FILE]...",
    "the model of running Linux processes",
    "Prints the model as CSV. The kernel is PD_0; a process is PD_<id, hexadecimal>, named `<id> <name>`.\n"
    "  --name NAME   all processes of that name (comm)\n"
    "  --all         all processes that have an address space, except this one\n"
    "  --threads     a PD per thread\n"
    "  --merge       one MO for all pages that the same mappings reach with the same rights, wherever they lie: the same\n"
    "                metrics from a model that is many times smaller\n"
    "  --no-frames   name pages by file or process, as where page frames may not be read\n"
    "  --filters     also what seccomp filters let through; each process that has one is stopped for a moment\n"
    "  --guest PID,MACHINE,FILE   the virtual machine that process PID runs, too: FILE is what cellmodel linux printed inside\n"
    "                as its root, MACHINE the QMP socket of QEMU, or a file with lines GUEST-ADDRESS BYTES PROCESS-ADDRESS\n"
    "What may not be read, and processes that changed meanwhile, are reported on standard error; a PD of which something\n"
    "may not be read is `partial`. Ends with status 1 if a process that was asked for by its id could not be read.\n",
    run};
