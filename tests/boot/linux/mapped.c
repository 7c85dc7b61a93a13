/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are mapped: what is seen where, a line each, so that two systems can be compared. Its argument is a folder to work in. */
#define _GNU_SOURCE
#include "say.h"
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

static char bytes[4 * PAGE];

/* Whether a mapping was made. */
#define SAY_MAP(call) said(#call, (call) == MAP_FAILED ? -1 : 0)

static sigjmp_buf back;
static siginfo_t info;

static void on_fault(int signal, siginfo_t *about, void *context)
{
    (void)context;
    info = *about;
    siglongjmp(back, signal);
}

/* The result of touching an address: the byte there, or the signal. */
static void touch(const char *what, volatile char *at, int value)
{
    int signal = sigsetjmp(back, 1);

    if (signal != 0) {
        printf("%s: %s, code %d%s\n", what, signal == SIGBUS ? "SIGBUS" : "SIGSEGV", info.si_code, info.si_addr == at ? "" : ", elsewhere");
        return;
    }
    if (value >= 0)
        *at = (char)value;
    printf("%s: %d\n", what, *at);
}
#define GET(at) touch("get " #at, (volatile char *)(at), -1)
#define SET(at, value) touch("set " #at, (volatile char *)(at), value)

static int make(const char *path, int pages)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);

    for (int i = 0; i < pages; i++) {
        memset(bytes, 'a' + i % 26, PAGE);
        if (write(file, bytes, PAGE) != PAGE)
            printf("cannot write\n");
    }
    return file;
}

/* The result of reading one byte. */
static long at(int file, long offset)
{
    unsigned char byte = 0;

    return pread(file, &byte, 1, offset) == 1 ? byte : -2;
}

static void shared(int file)
{
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *again = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, file, PAGE);

    GET(map + PAGE);
    SET(map + PAGE, 'X');
    GET(again);
    SAY(at(file, PAGE));
    SAY(pwrite(file, "YZ", 2, PAGE + 5));
    GET(map + PAGE + 5);
    GET(again + 6);
    SET(again, 'Q');
    SAY(mprotect(again, 2 * PAGE, PROT_READ | PROT_WRITE));
    SET(again, 'Q');
    GET(map + PAGE);
    SAY(mprotect(map, PAGE, PROT_NONE));
    GET(map);
    SAY(mprotect(map, PAGE, PROT_READ));
    SET(map, 'W');
    GET(map);
    SAY(msync(map, 4 * PAGE, MS_SYNC));
    SAY(madvise(map, 4 * PAGE, MADV_DONTNEED));
    GET(map + PAGE);
    SAY(munmap(map + PAGE, PAGE));
    GET(map + PAGE);
    GET(map + 2 * PAGE);
    SAY(munmap(map, 4 * PAGE));
    SAY(munmap(again, 2 * PAGE));
    SAY(at(file, PAGE));
}

static void private(int file)
{
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);

    SET(map + 2 * PAGE, 'P');
    SAY(at(file, 2 * PAGE));
    SAY(pwrite(file, "R", 1, 2 * PAGE));
    GET(map + 2 * PAGE);
    SAY(pwrite(file, "S", 1, 3 * PAGE));
    GET(map + 3 * PAGE);
    GET(map + 2 * PAGE + 1);
    SAY(madvise(map + 2 * PAGE, PAGE, MADV_DONTNEED));
    GET(map + 2 * PAGE);
    SAY(mprotect(map + PAGE, PAGE, PROT_READ));
    SET(map + PAGE, 'T');
    SET(map, 'U');
    GET(map + PAGE);
    SAY(at(file, 0));
    SAY(munmap(map, 4 * PAGE));
}

/* Behind the end of the file, which moves. */
static void ends(int file)
{
    char *map = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *copy = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);

    GET(map + 4 * PAGE);
    SET(map + 7 * PAGE + 5, 1);
    SAY(ftruncate(file, PAGE + 10));
    GET(map + PAGE + 9);
    GET(map + PAGE + 10);
    GET(map + 2 * PAGE);
    SET(copy + PAGE, 'w');
    SET(copy + 2 * PAGE, 'w');
    SAY(read(file, map + 3 * PAGE, 1));
    SAY(pread(file, map + PAGE - 5, 10, 0));
    SAY(pwrite(file, map + 3 * PAGE, 1, 0));
    SAY(ftruncate(file, 6 * PAGE));
    GET(map + 2 * PAGE);
    SET(map + 5 * PAGE, 'Z');
    SAY(at(file, 5 * PAGE));
    GET(map + 6 * PAGE);
    SAY(ftruncate(file, 0));
    GET(map);
    GET(copy + PAGE);
    SAY(pwrite(file, "end", 3, 2 * PAGE));
    GET(map + 2 * PAGE + 2);
    GET(map + PAGE);
    GET(copy + PAGE);
    SAY(munmap(map, 8 * PAGE));
    SAY(munmap(copy, 4 * PAGE));
}

static void moved(int file)
{
    char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);

    SET(map + PAGE, 'm');
    char *longer = mremap(map, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);

    SAY(longer != MAP_FAILED);
    GET(longer + PAGE);
    GET(longer + 2 * PAGE);
    SET(longer + 4 * PAGE, 'n');
    SAY(at(file, 5 * PAGE));
    char *place = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    SAY(mremap(longer, 5 * PAGE, 5 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + 3 * PAGE) == place + 3 * PAGE);
    GET(place + 7 * PAGE);
    GET(place + 3 * PAGE);
    SET(place + 3 * PAGE, 'o');
    SAY(at(file, PAGE));
    SAY(mremap(place + 3 * PAGE, 5 * PAGE, PAGE, 0) == place + 3 * PAGE);
    GET(place + 4 * PAGE);
    SAY(munmap(place, 16 * PAGE));
}

/* The file outlives its name and its descriptor. */
static void closed(void)
{
    int file = make("gone", 40);
    char *map = mmap(NULL, 40 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    long sum = 0;

    SAY(close(file));
    SAY(unlink("gone"));
    for (int i = 0; i < 40; i++)
        sum += map[i * PAGE];
    SAY(sum);
    for (int i = 0; i < 40; i++)
        map[i * PAGE]++;
    for (int i = 0; i < 40; i++)
        sum -= map[i * PAGE];
    SAY(sum);
    SAY(munmap(map, 40 * PAGE));
}

static void refused(int file)
{
    int reads = open("f", O_RDONLY), writes = open("f", O_WRONLY), folder = open(".", O_RDONLY);
    char *map;

    SAY_MAP(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, writes, 0));
    SAY_MAP(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reads, 0));
    SAY_MAP(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, writes, 0));
    SAY_MAP(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, folder, 0));
    SAY_MAP(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 5));
    SAY_MAP(mmap(NULL, PAGE, PROT_READ, 0, file, 0));
    SAY_MAP(mmap(NULL, 0, PROT_READ, MAP_SHARED, file, 0));
    SAY_MAP(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 99, 0));
    SAY_MAP(map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reads, 0));
    SAY(mprotect(map, PAGE, PROT_READ | PROT_WRITE));
    GET(map);
    SAY(munmap(map, PAGE));
    SAY_MAP(map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reads, 0));
    SET(map, 'p');
    SAY(munmap(map, PAGE));
    close(reads);
    close(writes);
    close(folder);
}

/* Reads and writes of a file one page after the other, by each way in turn. */
static void ways(int file)
{
    char *map = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    unsigned state = 1, wrong = 0;

    SAY(ftruncate(file, 64 * PAGE));
    for (int i = 0; i < 2000; i++) {
        state = state * 1103515245 + 12345;
        long offset = (state >> 8) % (64 * PAGE - 8);
        unsigned there = 0;

        if (i & 1)
            memcpy(map + offset, &state, 4);
        else if (pwrite(file, &state, 4, offset) != 4)
            wrong++;
        if (i & 2)
            memcpy(&there, map + offset, 4);
        else if (pread(file, &there, 4, offset) != 4)
            wrong++;
        wrong += there != state;
    }
    SAY(wrong);
    SAY(munmap(map, 64 * PAGE));
}

static void all(int (*open_file)(const char *path, int pages))
{
    int file = open_file("f", 4);

    shared(file);
    close(file);
    file = open_file("f", 4);
    private(file);
    close(file);
    file = open_file("f", 4);
    ends(file);
    close(file);
    file = open_file("f", 6);
    moved(file);
    ways(file);
    close(file);
}

static int make_in_memory(const char *path, int pages)
{
    int file = memfd_create(path, 0);

    for (int i = 0; i < pages; i++) {
        memset(bytes, 'a' + i % 26, PAGE);
        if (write(file, bytes, PAGE) != PAGE)
            printf("cannot write\n");
    }
    return file;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    char folder[PATH_MAX];

    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    snprintf(folder, sizeof folder, "%s/mapped", argc > 1 ? argv[1] : "");
    SAY(mkdir(folder, 0755));
    SAY(chdir(folder));
    all(make);
    closed();
    int file = make("f", 4);

    refused(file);
    close(file);
    all(make_in_memory);
    return 0;
}
