/* SPDX-License-Identifier: BSD-2-Clause */
/* status (proc_pid_status(5)): a line `Name:<tab>value` for each property of a task. */
#include "process.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The text behind `name` and the tab; NULL: no such line. */
static const char *value_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n'), line = line == NULL ? NULL : line + 1) {
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            return line + length + 1 + strspn(line + length + 1, "\t ");
        }
    }
    return NULL;
}

static uint64_t number_of(const char *text, const char *name, int base)
{
    const char *value = value_of(text, name);
    return value == NULL ? 0 : strtoull(value, NULL, base);
}

/* `0-3,8` */
static void parse_cores(const char *at, struct lx_task *task)
{
    while (at != NULL && *at >= '0' && *at <= '9') {
        char *end;
        unsigned long first = strtoul(at, &end, 10);
        unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
        for (unsigned long core = first; core <= last && core < LX_CORES; core++) {
            task->cores[core / 64] |= UINT64_C(1) << core % 64;
        }
        at = *end == ',' ? end + 1 : NULL;
    }
}

static void parse_four(const char *text, const char *name, uint32_t *four)
{
    const char *value = value_of(text, name);
    if (value != NULL) {
        sscanf(value, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, &four[0], &four[1], &four[2], &four[3]);
    }
}

static bool parse_groups(const char *at, struct lx_credentials *credentials)
{
    while (at != NULL && *at >= '0' && *at <= '9') {
        char *end;
        if (!lx_grow((void **)&credentials->groups, credentials->group_count, sizeof *credentials->groups)) {
            return false;
        }
        credentials->groups[credentials->group_count++] = (uint32_t)strtoul(at, &end, 10);
        at = end + strspn(end, " ");
    }
    return true;
}

/* The last of `NSpid:<tab>71 5 1`. */
static pid_t innermost_of(const char *text, pid_t id)
{
    const char *at = value_of(text, "NSpid");
    while (at != NULL && *at >= '0' && *at <= '9') {
        char *end;
        id = (pid_t)strtol(at, &end, 10);
        at = *end == '\t' ? end + 1 : NULL;
    }
    return id;
}

/* The files of a task that is not dumpable belong to the root user (proc(5)). Of one of the root user they do anyway. */
static bool is_dumpable(const struct lx_task *task)
{
    char path[LX_PATH];
    struct stat status;
    return stat(lx_path(path, task->id, "status"), &status) != 0 || status.st_uid == task->credentials.user[1];
}

bool lx_status_read(struct lx_task *task)
{
    struct lx_credentials *c = &task->credentials;
    char *text = lx_read(task->id, "status");
    if (text == NULL) {
        return false;
    }
    parse_cores(value_of(text, "Cpus_allowed_list"), task);
    parse_four(text, "Uid", c->user);
    parse_four(text, "Gid", c->group);
    c->permitted = number_of(text, "CapPrm", 16);
    c->effective = number_of(text, "CapEff", 16);
    c->seccomp = (unsigned)number_of(text, "Seccomp", 10);
    c->filters = (unsigned)number_of(text, "Seccomp_filters", 10);
    c->no_new_privileges = number_of(text, "NoNewPrivs", 10) != 0;
    c->parent = (pid_t)number_of(text, "PPid", 10);
    c->tracer = (pid_t)number_of(text, "TracerPid", 10);
    c->innermost = innermost_of(text, task->id);
    bool fine = parse_groups(value_of(text, "Groups"), c);
    free(text);
    c->dumpable = is_dumpable(task);
    errno = fine ? 0 : ENOMEM;
    return fine;
}
