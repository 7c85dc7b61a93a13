/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/programs/sharing.c: shares a file, memory and its libraries with others that run so, and waits, so that what they share can be
 * looked
 * at; it runs on Linux as well. Two executables are made of it: NUMBER.
 *
 *   sharing-N FOLDER   with the file FOLDER/common; FOLDER/ready-N is there as soon as it waits
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHARED_BYTES (16 * 4096)
#define OWN_BYTES (64 * 4096)

static void need(int well, const char *what)
{
    if (well)
        return;
    perror(what);
    exit(1);
}

static void touch(char *memory, int bytes)
{
    for (int i = 0; i < bytes; i += 4096)
        ((volatile char *)memory)[i] = (char)(i >> 12);
}

int main(int argc, char **argv)
{
    char ready[32];

    need(argc == 2 && chdir(argv[1]) == 0, "the folder");
    int file = open("common", O_RDWR);
    char *shared = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), *own = malloc(OWN_BYTES);

    need(file >= 0 && shared != MAP_FAILED && own != NULL, "the file, or memory");
    touch(shared, SHARED_BYTES);
    touch(own, OWN_BYTES);
    snprintf(ready, sizeof ready, "ready-%d", NUMBER);
    close(open(ready, O_WRONLY | O_CREAT, 0644));
    for (;;)
        pause();
}
