/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks of equal credentials are a class: a space of PD handles, each of one of them. A task with authority over one has it over
 * all, so a HOLD of the space means HOLDs of its members (docs/model-format.md). The credentials themselves are a
 * resource (CRED) that all of the class hold. */
#include "authority.h"
#include "build.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

struct class_ {
    struct lx_credentials like; /* of one member, borrowed */
    uint64_t number;
    cm_node space, credentials;
};

struct authority {
    struct lx_build *build;
    const struct lx_task **tasks;
    size_t *class_of; /* of each task */
    size_t task_count;
    struct class_ *classes;
    size_t class_count;
    unsigned yama;
};

/* All that authority depends on, as text. */
static void put_credentials(const struct lx_credentials *c, char *text, size_t size)
{
    static const char *const modes[] = {"none", "strict", "filter"};
    snprintf(text, size,
             "uid %" PRIu32 "/%" PRIu32 "/%" PRIu32 "/%" PRIu32 " gid %" PRIu32 "/%" PRIu32 "/%" PRIu32 "/%" PRIu32
             " permitted %" PRIx64 " effective %" PRIx64 " seccomp %s%s%s",
             c->user[0], c->user[1], c->user[2], c->user[3], c->group[0], c->group[1], c->group[2], c->group[3],
             c->permitted, c->effective, c->seccomp < 3 ? modes[c->seccomp] : "unknown",
             c->no_new_privileges ? " no_new_privs" : "", c->dumpable ? "" : " undumpable");
}

static enum cm_status make_class(struct authority *a, const struct lx_credentials *like, const char *text,
                                 const char *credentials, struct class_ *class_)
{
    *class_ = (struct class_){.like = *like, .number = lx_hash(text)};
    enum cm_status status = lx_find_space(a->build, "PD", class_->number, &class_->space);
    if (status == CM_OK) {
        status = cm_graph_add_edge(a->build->graph, CM_MAP, class_->space, a->build->core[LX_PD_SPACE], 0);
    }
    return status != CM_OK
               ? status
               : lx_find_resource(a->build, "CRED", 1, lx_hash(credentials), credentials, &class_->credentials);
}

static enum cm_status sort_out(struct authority *a, const struct lx_credentials *c, size_t *class_)
{
    char credentials[512];
    char text[640];
    put_credentials(c, credentials, sizeof credentials);
    snprintf(text, sizeof text, "class %s %" PRIu64 " %" PRIu64, credentials, c->user_namespace, c->pid_namespace);
    struct lx_thing *thing = lx_known_find(&a->build->known, &(struct lx_thing){.name = text});
    if (thing == NULL) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = CM_OK;
    if (thing->value == LX_NEW) {
        if (!lx_grow((void **)&a->classes, a->class_count, sizeof *a->classes)) {
            return CM_NO_MEMORY;
        }
        thing->value = a->class_count;
        status = make_class(a, c, text, credentials, &a->classes[a->class_count++]);
    }
    *class_ = (size_t)thing->value;
    return status;
}

static enum cm_status list_tasks(struct authority *a)
{
    size_t room = 1;
    for (size_t i = 0; i < a->build->entry_count; i++) {
        room += a->build->entries[i].process.task_count;
    }
    a->tasks = malloc(room * sizeof(*a->tasks));
    a->class_of = malloc(room * sizeof *a->class_of);
    enum cm_status status = a->tasks == NULL || a->class_of == NULL ? CM_NO_MEMORY : CM_OK;
    for (size_t i = 0; i < a->build->entry_count && status == CM_OK; i++) {
        const struct lx_process *process = &a->build->entries[i].process;
        for (size_t t = 0; t < process->task_count && status == CM_OK; t++) {
            size_t n = a->task_count++;
            a->tasks[n] = &process->tasks[t];
            status = sort_out(a, &process->tasks[t].credentials, &a->class_of[n]);
        }
    }
    return status;
}

/* Its handle is in its class, and it holds its credentials. */
static enum cm_status add_member(struct authority *a, size_t task)
{
    const struct class_ *class_ = &a->classes[a->class_of[task]];
    cm_node pd = a->build->pds[task];
    char id[32];
    cm_node handle;
    snprintf(id, sizeof id, "PD_%x", (unsigned)a->tasks[task]->id);
    enum cm_status status = lx_add_resource(a->build, "PD", class_->number, (uint64_t)a->tasks[task]->id, id, class_->space,
                                            &handle);
    return status != CM_OK ? status : cm_graph_add_edge(a->build->graph, CM_HOLD, pd, class_->credentials, CM_READ);
}

/* What the tasks of each class may do to those of each class. */
static enum cm_status hold_classes(struct authority *a)
{
    unsigned *rights = malloc((a->class_count * a->class_count + 1) * sizeof *rights);
    enum cm_status status = rights == NULL ? CM_NO_MEMORY : CM_OK;
    for (size_t i = 0; i < a->class_count * a->class_count && status == CM_OK; i++) {
        rights[i] = lx_authority(&a->classes[i / a->class_count].like, &a->classes[i % a->class_count].like, false,
                                 a->build->namespaces, a->yama);
    }
    for (size_t t = 0; t < a->task_count; t++) {
        for (size_t c = 0; c < a->class_count && status == CM_OK; c++) {
            unsigned may = rights[a->class_of[t] * a->class_count + c];
            if (may != 0) {
                status = cm_graph_add_edge(a->build->graph, CM_HOLD, a->build->pds[t], a->classes[c].space, may);
            }
        }
    }
    free(rights);
    return status;
}

/* The place of a task, or task_count. */
static size_t find_task(const struct authority *a, pid_t id)
{
    size_t t = 0;
    while (t < a->task_count && a->tasks[t]->id != id) {
        t++;
    }
    return t;
}

/* Under Yama's scope 1 every ancestor of a task may trace it, beyond what its class allows. */
static enum cm_status hold_descendant(struct authority *a, size_t task, size_t above)
{
    const struct lx_credentials *subject = &a->tasks[above]->credentials;
    const struct lx_credentials *object = &a->tasks[task]->credentials;
    unsigned more = lx_authority(subject, object, true, a->build->namespaces, a->yama) &
                    ~lx_authority(subject, object, false, a->build->namespaces, a->yama);
    if (more == 0) {
        return CM_OK;
    }
    cm_node handle;
    char id[64];
    snprintf(id, sizeof id, "PD_%" PRIx64 "_%x", a->classes[a->class_of[task]].number, (unsigned)a->tasks[task]->id);
    enum cm_status status = cm_graph_refer(a->build->graph, cm_text_of(id), &handle);
    return status != CM_OK ? status : cm_graph_add_edge(a->build->graph, CM_HOLD, a->build->pds[above], handle, more);
}

static enum cm_status hold_descendants(struct authority *a)
{
    enum cm_status status = CM_OK;
    for (size_t t = 0; a->yama == 1 && t < a->task_count; t++) {
        size_t above = find_task(a, a->tasks[t]->credentials.parent);
        for (size_t steps = 0; above < a->task_count && steps < a->task_count && status == CM_OK; steps++) {
            status = hold_descendant(a, t, above);
            above = find_task(a, a->tasks[above]->credentials.parent);
        }
    }
    return status;
}

enum cm_status lx_add_authority(struct lx_build *build)
{
    struct authority a = {.build = build, .yama = lx_yama()};
    enum cm_status status = list_tasks(&a);
    for (size_t t = 0; t < a.task_count && status == CM_OK; t++) {
        status = add_member(&a, t);
    }
    status = status != CM_OK ? status : hold_classes(&a);
    status = status != CM_OK ? status : hold_descendants(&a);
    free(a.tasks);
    free(a.class_of);
    free(a.classes);
    return status;
}

/* What groups of calls ask the kernel for; `space`: the core space that is named, 0: any. Calls that a machine lacks are -1. */
#ifndef SYS_open
#define SYS_open (-1)
#define SYS_fork (-1)
#define SYS_vfork (-1)
#define SYS_eventfd (-1)
#endif
static const struct group {
    const char *type;
    int space;
    long calls[8]; /* to the first 0 behind the first */
} groups[] = {
    {"FILE", 0, {SYS_openat, SYS_openat2, SYS_open, SYS_open_by_handle_at}},
    {"SOCKET", LX_SOCKET_SPACE, {SYS_socket, SYS_socketpair, SYS_connect, SYS_accept, SYS_accept4}},
    {"PD", LX_PD_SPACE, {SYS_clone, SYS_clone3, SYS_fork, SYS_vfork, SYS_kill, SYS_tgkill, SYS_ptrace, SYS_process_vm_writev}},
    {"NTFN", LX_NTFN_SPACE, {SYS_eventfd2, SYS_eventfd}},
    {"IMAGE", LX_IMAGE_SPACE, {SYS_execve, SYS_execveat}},
};

/* In seccomp's strict mode only what is open can be read and written; filters let through some calls. */
static bool may_ask(const struct lx_task *task, const struct group *group)
{
    if (task->credentials.seccomp == 1) {
        return false;
    }
    bool may = !task->filters_read;
    for (size_t i = 0; i < sizeof group->calls / sizeof group->calls[0] && !may && group->calls[i] != 0; i++) {
        may = lx_calls_has(&task->calls, group->calls[i]);
    }
    return may;
}

static enum cm_status hold_filter(struct lx_build *build, const struct lx_task *task, cm_node pd)
{
    char numbers[3072];
    char text[sizeof numbers + 64];
    cm_node filter;
    unsigned count = lx_calls_text(&task->calls, numbers, sizeof numbers);
    snprintf(text, sizeof text, "lets through %u of %u calls: %s", count, LX_CALLS, numbers);
    enum cm_status status = lx_find_resource(build, "FILTER", 1, lx_hash(text), text, &filter);
    return status != CM_OK ? status : cm_graph_add_edge(build->graph, CM_HOLD, pd, filter, CM_READ);
}

enum cm_status lx_request_kernel(struct lx_build *build, const struct lx_task *task, cm_node pd)
{
    enum cm_status status = task->filters_read ? hold_filter(build, task, pd) : CM_OK;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0] && status == CM_OK; i++) {
        if (!may_ask(task, &groups[i]) || (groups[i].space == 0 && !build->has_files)) {
            continue;
        }
        cm_node space = groups[i].space == 0 ? CM_NONE : build->core[groups[i].space];
        status = cm_graph_add_request(build->graph, pd, build->kernel, cm_text_of(groups[i].type), space);
    }
    return status;
}
