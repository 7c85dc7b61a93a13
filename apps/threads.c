/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/threads.c: threads of one address space: each adds to a sum of its own and
 * returns it. `threads [COUNT]`; `threads hold` starts two that stay. */
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64u

static __thread unsigned sum;
static volatile unsigned started;

static int count(void *argument)
{
    unsigned number = (unsigned)(uintptr_t)argument;

    for (unsigned i = 0; i <= number; i++)
        sum += i;
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    return (int)sum;
}

static int stay(void *argument)
{
    (void)argument;
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    while (cell_sleep(UINT64_C(3600000000000)) == CELL_OK)
        ;
    return 1;
}

static int start(unsigned number, int (*function)(void *), struct spawned *thread)
{
    cell_error_t error = cell_thread_create(function, (void *)(uintptr_t)number, thread);

    if (error != CELL_OK) {
        printf("threads: thread %u: %s%s%s\n", number, cell_error_text(error),
               *thread->fault != 0 ? ": " : "", thread->fault);
        return 1;
    }
    return 0;
}

static int hold(void)
{
    struct spawned thread;

    if (start(0, stay, &thread) != 0)
        return 1;
    while (started < 1)
        cell_sleep(1000000);
    cell_ready();
    return stay(NULL);
}

int main(int argc, char **argv)
{
    unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 4;
    struct spawned threads[MOST];
    uint64_t cause, code = 0;

    if (argc > 1 && strcmp(argv[1], "hold") == 0)
        return hold();
    if (wanted > MOST) {
        printf("threads: at most %u\n", MOST);
        return 1;
    }
    for (unsigned i = 0; i < wanted; i++)
        if (start(i, count, &threads[i]) != 0)
            return 1;
    for (unsigned i = 0; i < wanted; i++) {
        cell_error_t error = pd_wait(threads[i].pd, threads[i].id, &cause, &code);

        printf("threads: thread %u: %s, sum %lu\n", i, cell_error_text(error), code);
        handle_drop(threads[i].pd);
    }
    return sum != 0 || started != wanted;
}
