/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four threads map one file, read, write, protect and cut it at random, and compare with what must be there: `stress ROUNDS FOLDER`.
 * Three have a
 * part of the file each, the last one moves the end of the file behind them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096l
#define PAGES 8l /* of each */
#define THREADS 4

static int file;
static long rounds;
static _Thread_local sigjmp_buf back;

struct part {
    pthread_t thread;
    long start; /* of its pages, in the file */
    long size;  /* of the file behind that, which only the last one changes */
    uint64_t state;
    long wrong, faults;
    unsigned char *map, is[PAGES * PAGE]; /* what must be there */
};

static void on_bus(int signal)
{
    siglongjmp(back, signal);
}

static long at_random(struct part *part, long below)
{
    part->state = part->state * 6364136223846793005u + 1442695040888963407u;
    return (long)((part->state >> 33) % (uint64_t)below);
}

static void map_again(struct part *part)
{
    if (part->map != NULL)
        munmap(part->map, PAGES * PAGE);
    part->map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, part->start);
    part->wrong += part->map == MAP_FAILED;
}

/* Reads or writes a byte through the map; false: SIGBUS. */
static int touch(struct part *part, long at, int write, unsigned char *byte)
{
    if (sigsetjmp(back, 1) != 0) {
        part->faults++;
        return 0;
    }
    if (write)
        *(volatile unsigned char *)(part->map + at) = *byte;
    else
        *byte = *(volatile unsigned char *)(part->map + at);
    return 1;
}

static void by_map(struct part *part, long at, int write)
{
    unsigned char byte = (unsigned char)at_random(part, 256);
    int there = at < (part->size + PAGE - 1) / PAGE * PAGE;

    if (touch(part, at, write, &byte) != there) {
        part->wrong++;
        return;
    }
    if (!there)
        return;
    if (!write)
        part->wrong += byte != part->is[at];
    else if (at < part->size)
        part->is[at] = byte;
    else /* behind the end, in its page: nobody keeps it */
        part->map[at] = 0;
}

static void by_call(struct part *part, long at, int write)
{
    unsigned char byte = (unsigned char)at_random(part, 256);

    if (at >= part->size)
        return;
    if (write) {
        part->wrong += pwrite(file, &byte, 1, part->start + at) != 1;
        part->is[at] = byte;
    } else {
        part->wrong += pread(file, &byte, 1, part->start + at) != 1 || byte != part->is[at];
    }
}

/* A private copy: it begins with the file's contents, and keeps what is written to it. */
static void copy(struct part *part, long at)
{
    unsigned char *private = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, part->start);

    if (at < part->size) {
        part->wrong += private[at] != part->is[at];
        private[at]++;
        part->wrong += private[at] != (unsigned char)(part->is[at] + 1) || part->map[at] != part->is[at];
    }
    munmap(private, PAGES * PAGE);
}

static void protect(struct part *part, long at)
{
    long page = at / PAGE * PAGE;

    part->wrong += mprotect(part->map + page, PAGE, PROT_NONE) != 0;
    part->wrong += mprotect(part->map + page, PAGE, PROT_READ | PROT_WRITE) != 0;
}

static void cut(struct part *part)
{
    long size = at_random(part, PAGES * PAGE + 1);

    if (size < part->size)
        memset(part->is + size, 0, (size_t)(part->size - size));
    part->size = size;
    part->wrong += ftruncate(file, part->start + size) != 0;
}

static void *run(void *of)
{
    struct part *part = of;
    int last = part->start == (THREADS - 1) * PAGES * PAGE;

    map_again(part);
    for (long i = 0; i < rounds; i++) {
        long what = at_random(part, 32), at = at_random(part, PAGES * PAGE);

        if (what == 0)
            map_again(part);
        else if (what == 1)
            copy(part, at);
        else if (what == 2)
            protect(part, at);
        else if (what == 3 && last)
            cut(part);
        else if (what < 18)
            by_map(part, at, what & 1);
        else
            by_call(part, at, what & 1);
    }
    for (long at = 0; at < part->size; at++)
        part->wrong += part->map[at] != part->is[at];
    munmap(part->map, PAGES * PAGE);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct part parts[THREADS];
    struct sigaction action = {.sa_handler = on_bus};

    rounds = argc > 1 ? atol(argv[1]) : 1000;
    if (argc > 2 && chdir(argv[2]) != 0)
        return 1;
    sigaction(SIGBUS, &action, NULL);
    file = open("stress", O_RDWR | O_CREAT | O_TRUNC, 0644);
    ftruncate(file, THREADS * PAGES * PAGE);
    for (int i = 0; i < THREADS; i++) {
        parts[i].start = i * PAGES * PAGE;
        parts[i].size = PAGES * PAGE;
        parts[i].state = (uint64_t)i + 1;
        pthread_create(&parts[i].thread, NULL, run, &parts[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(parts[i].thread, NULL);
        printf("thread %d: %ld wrong, %ld behind the end\n", i, parts[i].wrong, parts[i].faults);
    }
    return 0;
}
