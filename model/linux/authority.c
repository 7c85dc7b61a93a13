/* SPDX-License-Identifier: BSD-2-Clause */
/* Bottom-up: capabilities in namespaces, looking and tracing, signals. */
#include "authority.h"
#include "../core/graph.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

enum { real = 0,
       effective,
       saved,
       files };

static bool has(uint64_t capabilities, int capability)
{
    return (capabilities >> capability & 1) != 0;
}

/* In its own namespace by its effective set; in those within, that too, and as the owner of the outermost of them. */
bool lx_capable(const struct lx_credentials *subject, uint64_t user_namespace, int capability,
                const struct lx_namespaces *namespaces)
{
    uint64_t at = user_namespace;
    for (;;) {
        if (at == subject->user_namespace) {
            return has(subject->effective, capability);
        }
        const struct lx_namespace *space = lx_namespaces_find(namespaces, at);
        if (space == NULL || space->parent == 0) {
            return false;
        }
        if (space->parent == subject->user_namespace && space->owner == subject->user[effective]) {
            return true;
        }
        at = space->parent;
    }
}

/* All three ids of the object are those that the subject goes by. */
static bool same_user(const struct lx_credentials *subject, const struct lx_credentials *object, int by)
{
    uint32_t user = subject->user[by];
    uint32_t group = subject->group[by];
    return user == object->user[real] && user == object->user[effective] && user == object->user[saved] &&
           group == object->group[real] && group == object->group[effective] && group == object->group[saved];
}

/* Ptrace access mode checking: `by` files as for /proc, or real as for ptrace itself. */
static bool may_access(const struct lx_credentials *subject, const struct lx_credentials *object, int by,
                       const struct lx_namespaces *namespaces)
{
    bool may = lx_capable(subject, object->user_namespace, LX_CAP_SYS_PTRACE, namespaces);
    if (may) {
        return true;
    }
    uint64_t own = by == files ? subject->effective : subject->permitted;
    return same_user(subject, object, by) && object->dumpable && subject->user_namespace == object->user_namespace &&
           (object->permitted & ~own) == 0;
}

static bool may_trace(const struct lx_credentials *subject, const struct lx_credentials *object, bool descends,
                      const struct lx_namespaces *namespaces, unsigned yama)
{
    bool may = may_access(subject, object, real, namespaces) || may_access(subject, object, files, namespaces);
    bool capable = lx_capable(subject, object->user_namespace, LX_CAP_SYS_PTRACE, namespaces);
    return may && (yama == 0 || (yama == 1 && (descends || capable)) || (yama == 2 && capable));
}

static bool may_signal(const struct lx_credentials *subject, const struct lx_credentials *object,
                       const struct lx_namespaces *namespaces)
{
    for (int own = real; own <= effective; own++) {
        if (subject->user[own] == object->user[real] || subject->user[own] == object->user[saved]) {
            return true;
        }
    }
    return lx_capable(subject, object->user_namespace, LX_CAP_KILL, namespaces);
}

unsigned lx_authority(const struct lx_credentials *subject, const struct lx_credentials *object, bool descends,
                      const struct lx_namespaces *namespaces, unsigned yama)
{
    if (!lx_namespace_within(namespaces, object->pid_namespace, subject->pid_namespace)) {
        return 0; /* it has no id by which to be named there */
    }
    return (may_access(subject, object, files, namespaces) ? CM_READ : 0u) |
           (may_signal(subject, object, namespaces) ? CM_WRITE : 0u) |
           (may_trace(subject, object, descends, namespaces, yama) ? CM_EXECUTE : 0u);
}

unsigned lx_yama(void)
{
    char path[LX_PATH];
    snprintf(path, sizeof path, "%s/sys/kernel/yama/ptrace_scope", lx_proc);
    char *text = lx_read_file(path);
    unsigned scope = text == NULL ? 0 : (unsigned)strtoul(text, NULL, 10);
    free(text);
    return scope;
}
