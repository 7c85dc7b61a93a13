/* SPDX-License-Identifier: BSD-2-Clause */
/* What one task may do to another, by the rules of the kernel: kill(2), ptrace(2) "Ptrace access mode checking",
 * capabilities(7), user_namespaces(7), Yama (Linux, admin-guide/LSM/Yama). Other security modules may forbid more. */
#pragma once

#include "namespaces.h"
#include "process.h"

/* Bits of capabilities (linux/capability.h). */
enum { LX_CAP_KILL = 5,
       LX_CAP_IPC_OWNER = 15,
       LX_CAP_SYS_PTRACE = 19,
       LX_CAP_SYS_ADMIN = 21 };

/*
 * The rights on the handle of a task, as enum cm_right: r may look into it (maps, environment, descriptors), w may signal
 * it, x may trace it, which is to read and write its memory and registers. `yama`: its ptrace_scope, 0 where there is
 * none; under 1 a parent's right over its own descendants comes on top, `descends` says that it is one.
 */
unsigned lx_authority(const struct lx_credentials *subject, const struct lx_credentials *object, bool descends,
                      const struct lx_namespaces *namespaces, unsigned yama);

/* Whether a task has a capability in a user namespace. */
bool lx_capable(const struct lx_credentials *subject, uint64_t user_namespace, int capability,
                const struct lx_namespaces *namespaces);

/* Yama's ptrace_scope of this machine. */
unsigned lx_yama(void);
