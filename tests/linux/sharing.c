/* SPDX-License-Identifier: BSD-2-Clause */
/* sharing DESCRIPTOR KEY NAME: memory shared in every way there is: a descriptor that was inherited (a memfd), a System V
 * segment of that identifier, POSIX shared memory of that name, and with a child made by fork(): an anonymous shared
 * region, and private memory of which the child has written one page anew. */
#include "example.h"

#include <fcntl.h>
#include <sys/shm.h>

static void map_segment(int id, size_t pages)
{
    char *start = shmat(id, NULL, 0);
    if (start == (void *)-1) {
        example_fail("shmat");
    }
    example_touch(start, pages, EXAMPLE_WRITE);
    printf("segment %lx %zu\n", (unsigned long)start, pages);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        return 2;
    }
    int named = shm_open(argv[3], O_RDWR, 0);
    if (named < 0) {
        example_fail("shm_open");
    }
    example_region("memfd", 11, MAP_SHARED, atoi(argv[1]), EXAMPLE_WRITE);
    map_segment(atoi(argv[2]), 7);
    example_region("named", 5, MAP_SHARED, named, EXAMPLE_WRITE);
    example_region("anonymous", 4, MAP_SHARED, -1, EXAMPLE_WRITE);
    char *inherited = example_region("inherited", 8, MAP_PRIVATE, -1, EXAMPLE_WRITE);
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        example_fail("fork");
    }
    if (child == 0) {
        example_touch(inherited, 1, EXAMPLE_WRITE);
        example_wait(); /* says ready only when it has written */
    }
    printf("process %d\n", (int)child);
    example_wait();
}
