/* SPDX-License-Identifier: BSD-2-Clause */
/* namespaces KIND...: a process in new namespaces of these kinds (mnt uts ipc net pid cgroup time user). Prints
 * `new KIND` for each that it got, `denied KIND: why` for the others, and `process ID`, for the process in them is a
 * child: that is how the kernel makes PID and time namespaces. */
#define _GNU_SOURCE
#include "example.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* linux/sched.h */
#endif

static const struct {
    const char *name;
    int flag;
} kinds[] = {{"user", CLONE_NEWUSER}, {"mnt", CLONE_NEWNS},   {"uts", CLONE_NEWUTS},       {"ipc", CLONE_NEWIPC},
             {"net", CLONE_NEWNET},   {"pid", CLONE_NEWPID}, {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}};

static void enter(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            if (unshare(kinds[i].flag) == 0) {
                printf("new %s\n", name);
            } else {
                printf("denied %s: %s\n", name, strerror(errno));
            }
        }
    }
}

int main(int argc, char **argv)
{
    struct timespec now;
    for (int i = 1; i < argc; i++) {
        enter(argv[i]);
    }
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        example_fail("fork");
    }
    if (child > 0) {
        printf("process %d\n", (int)child);
        example_wait();
    }
    example_region("own", 20, MAP_PRIVATE, -1, EXAMPLE_WRITE);
    clock_gettime(CLOCK_MONOTONIC, &now);
    example_wait();
}
