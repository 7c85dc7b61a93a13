/* SPDX-License-Identifier: BSD-2-Clause */
/* plain FILE: an ordinary program. It has memory of its own, pages that were only read (the kernel's zero page), pages
 * of a file in the page cache, copies of others, and asks the time, which the vDSO answers. */
#include "example.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
    struct timespec now;
    int file = open(argc > 1 ? argv[1] : argv[0], O_RDONLY);
    if (file < 0) {
        example_fail("open");
    }
    char *heap = malloc(100000);
    if (heap == NULL) {
        example_fail("malloc");
    }
    memset(heap, 1, 100000);
    example_region("own", 20, MAP_PRIVATE, -1, EXAMPLE_WRITE);
    example_region("zero", 6, MAP_PRIVATE, -1, EXAMPLE_READ);
    example_region("untouched", 9, MAP_PRIVATE, -1, EXAMPLE_NONE);
    example_region("cached", 5, MAP_PRIVATE, file, EXAMPLE_READ);
    example_region("copied", 3, MAP_PRIVATE, file, EXAMPLE_WRITE);
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        example_fail("clock_gettime");
    }
    example_wait();
}
