/* SPDX-License-Identifier: BSD-2-Clause */
/* threads [first-ends | relative]: two threads beside the first, one of which has a stack of its own making. With
 * `first-ends` the first thread ends and the others go on; with `relative` there is a second process in the same address
 * space instead (clone(2) with CLONE_VM). */
#define _GNU_SOURCE
#include "example.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

static char relative_stack[16384] __attribute__((aligned(16)));

_Noreturn static void *pause_here(void *argument)
{
    (void)argument;
    for (;;) {
        pause();
    }
}

_Noreturn static void *wait_here(void *argument)
{
    (void)argument;
    usleep(100000); /* so that the first has ended */
    example_wait();
}

/* The C library is the other process's: only system calls. */
static int relative(void *argument)
{
    char byte;
    (void)argument;
    while (read(0, &byte, 1) > 0) {
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    pthread_t thread;
    example_region("own", 20, MAP_PRIVATE, -1, EXAMPLE_WRITE);
    if (strcmp(how, "relative") == 0) {
        int id = clone(relative, relative_stack + sizeof relative_stack, CLONE_VM | SIGCHLD, NULL);
        if (id < 0) {
            example_fail("clone");
        }
        printf("process %d\n", id);
        example_wait();
    }
    if (pthread_create(&thread, NULL, pause_here, NULL) != 0) {
        example_fail("pthread_create");
    }
    if (strcmp(how, "first-ends") == 0) {
        if (pthread_create(&thread, NULL, wait_here, NULL) != 0) {
            example_fail("pthread_create");
        }
        pthread_exit(NULL);
    }
    if (pthread_create(&thread, NULL, pause_here, NULL) != 0) {
        example_fail("pthread_create");
    }
    example_wait();
}
