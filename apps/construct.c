/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/construct.c: constructors and destructors, which run once however many threads
 * there are, and print that they run. `worker` and `asserting` are threads for system
 * descriptions, which may be started before the process itself has run.
 */
#include <lib/client/client.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static int constructed;
static volatile int worked;

__attribute__((constructor)) static void construct(void)
{
    cell_sleep(50000000); /* long enough for threads of any priority to come in between */
    printf("construct: constructor %d\n", ++constructed);
}

__attribute__((destructor)) static void destruct(void)
{
    printf("construct: destructor %d\n", constructed);
}

int worker(void *argument)
{
    (void)argument;
    printf("construct: a thread finds %d\n", constructed);
    worked = 1;
    exit(5);
}

int asserting(void *argument)
{
    (void)argument;
    assert(constructed == 77);
    return 0;
}

int main(void)
{
    while (!worked)
        cell_sleep(1000000);
    cell_sleep(100000000);
    printf("construct: main goes on\n");
    return 3;
}
