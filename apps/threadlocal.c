/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/threadlocal.c: 100 KB of thread-local variables, of the process and of a thread. */
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>

static __thread char zero[100000];
static __thread int set[100] = {[99] = 99};

/* Fills the variables; returns whether they had their initial values. */
static int fresh(char with)
{
    for (unsigned i = 0; i < sizeof zero; i++) {
        if (zero[i] != 0)
            return 0;
        zero[i] = with;
    }
    return set[99]++ == 99;
}

static int thread(void *argument)
{
    (void)argument;
    return fresh(2) ? 0 : 1;
}

int main(void)
{
    struct spawned spawned;
    uint64_t cause, code = 1;
    int first = fresh(1);

    if (cell_thread_create(thread, NULL, &spawned) == CELL_OK)
        pd_wait(spawned.pd, spawned.id, &cause, &code);
    printf("threadlocal: %s\n", first && code == 0 && zero[99999] == 1 && set[99] == 100 ? "each has its own" : "mixed up");
    return 0;
}
