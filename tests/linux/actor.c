/* SPDX-License-Identifier: BSD-2-Clause */
/* actor STEP...: takes on credentials step by step, says `ready`, and tries on every process whose id it is given, a line
 * each, what it may do: prints `ID LETTERS`, r if it may see what the process executes, w if it may signal it, x if it may
 * open its memory to write. Steps: `user N`, `saved N` (only the saved id), `drop` (all capabilities), `keep-kill` (all but
 * CAP_KILL), `quiet` (no_new_privs), `closed` (not dumpable), `strict` and `namespace` (of users, and one of PIDs within,
 * in a child). */
#define _GNU_SOURCE
#include "example.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static bool set_capabilities(unsigned low, unsigned high)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
    return syscall(SYS_capset, &head, data) == 0;
}

static void enter_namespace(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
        example_fail("unshare");
    }
    pid_t child = fork();
    if (child != 0) {
        waitpid(child, NULL, 0);
        _exit(0);
    }
    char id[16] = ""; /* /proc is of the outer namespace, so it has the id that others know */
    if (readlink("/proc/self", id, sizeof id - 1) < 0) {
        example_fail("/proc/self");
    }
    printf("process %s\n", id);
}

static int take_step(char **words)
{
    bool fine = true;
    int used = 1;
    if (strcmp(words[0], "user") == 0) {
        unsigned id = (unsigned)atoi(words[used++]);
        fine = setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0;
    } else if (strcmp(words[0], "saved") == 0) {
        unsigned id = (unsigned)atoi(words[used++]);
        fine = setresuid((uid_t)-1, (uid_t)-1, id) == 0;
    } else if (strcmp(words[0], "drop") == 0) {
        fine = set_capabilities(0, 0);
    } else if (strcmp(words[0], "keep-kill") == 0) {
        fine = set_capabilities(1u << CAP_KILL, 0);
    } else if (strcmp(words[0], "quiet") == 0) {
        fine = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    } else if (strcmp(words[0], "closed") == 0) {
        fine = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
    } else if (strcmp(words[0], "open") == 0) {
        fine = prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
    } else if (strcmp(words[0], "namespace") == 0) {
        enter_namespace();
    } else {
        fine = false;
    }
    if (!fine) {
        example_fail(words[0]);
    }
    return used;
}

static void try_on(int id)
{
    char path[64];
    char target[64];
    snprintf(path, sizeof path, "/proc/%d/exe", id);
    bool look = readlink(path, target, sizeof target) > 0;
    snprintf(path, sizeof path, "/proc/%d/mem", id);
    int memory = open(path, O_RDWR | O_CLOEXEC);
    printf("%d %s%s%s.\n", id, look ? "r" : "", kill(id, 0) == 0 ? "w" : "", memory >= 0 ? "x" : "");
    fflush(stdout);
    if (memory >= 0) {
        close(memory);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc;) {
        i += take_step(argv + i);
    }
    puts("ready");
    fflush(stdout);
    for (char line[32]; fgets(line, sizeof line, stdin) != NULL;) {
        try_on(atoi(line));
    }
    return 0;
}
