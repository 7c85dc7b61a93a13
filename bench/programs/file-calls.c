/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/programs/file-calls.c: what a program waits for files, on whatever file system a folder is in; it runs on Linux as well.
 *
 *   file-calls FOLDER   makes what it needs in the folder, and removes it
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/programs/measure.h"

#define ROUNDS 200u
#define FILES 1000u
#define MIB (1u << 20)
#define LARGE (8u * MIB)

static char buffer[MIB];
static int file;

static void bench_names(void)
{
    struct stat about;
    char name[32];
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++)
        close(open("file", O_RDWR));
    measure_row("files", "open_close", start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++) {
        close(open("new", O_RDWR | O_CREAT, 0644));
        unlink("new");
    }
    measure_row("files", "create_close_unlink", start, ROUNDS);
    measure_need(mkdir("one", 0755) == 0 && mkdir("one/two", 0755) == 0 && mkdir("one/two/three", 0755) == 0, "mkdir");
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        stat("one/two/three", &about);
    measure_row("files", "stat_3_names", start, ROUNDS);
    rmdir("one/two/three");
    rmdir("one/two");
    rmdir("one");
    start = measure_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        fstat(file, &about);
    measure_row("files", "fstat", start, ROUNDS);
    start = measure_now();
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "small%u", i);
        int small = open(name, O_WRONLY | O_CREAT, 0644);

        measure_need(small >= 0 && write(small, buffer, 1000) == 1000, "a small file");
        close(small);
    }
    measure_row("files", "create_write_1000_bytes", start, FILES);
    start = measure_now();
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "small%u", i);
        measure_need(unlink(name) == 0, "unlink");
    }
    measure_row("files", "unlink_1000_bytes", start, FILES);
}

static void bench_locks(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1},
                 unlock = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_len = 1};
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++) {
        fcntl(file, F_SETLK, &lock);
        fcntl(file, F_SETLK, &unlock);
    }
    measure_row("files", "lock_unlock", start, ROUNDS);
}

/* Of the cache; the file has its blocks. */
static void bench_size(const char *name, size_t bytes, unsigned rounds)
{
    char row[40];
    uint64_t start = measure_now();

    for (unsigned i = 0; i < rounds; i++)
        measure_need(pread(file, buffer, bytes, 0) == (ssize_t)bytes, "pread");
    snprintf(row, sizeof row, "pread_%s", name);
    measure_row("files", row, start, rounds);
    start = measure_now();
    for (unsigned i = 0; i < rounds; i++)
        measure_need(pwrite(file, buffer, bytes, 0) == (ssize_t)bytes, "pwrite");
    snprintf(row, sizeof row, "pwrite_%s", name);
    measure_row("files", row, start, rounds);
}

static void bench_random(void)
{
    unsigned place = 1;
    uint64_t start = measure_now();

    for (unsigned i = 0; i < ROUNDS; i++) {
        place = place * 1103515245u + 12345u;
        measure_need(pread(file, buffer, 4096, place / 65536 % (LARGE / 4096) * 4096) == 4096, "pread");
    }
    measure_row("files", "pread_4096_random", start, ROUNDS);
}

static void bench_sync(void)
{
    uint64_t start = measure_now();

    for (unsigned i = 0; i < 20; i++) {
        measure_need(pwrite(file, buffer, 4096, i * 4096) == 4096, "pwrite");
        fsync(file);
    }
    measure_row("files", "pwrite_4096_fsync", start, 20);
}

int main(int argc, char **argv)
{
    measure_need(argc == 2 && chdir(argv[1]) == 0, "the folder");
    memset(buffer, 'x', sizeof buffer);
    file = open("file", O_RDWR | O_CREAT, 0644);
    measure_need(file >= 0, "file");
    uint64_t start = measure_now();

    for (unsigned i = 0; i < LARGE / MIB; i++)
        measure_need(write(file, buffer, MIB) == (ssize_t)MIB, "write");
    measure_row("files", "append_1_mib", start, LARGE / MIB);
    bench_size("16", 16, ROUNDS);
    bench_size("4096", 4096, ROUNDS);
    bench_size("65536", 65536, 50);
    bench_size("1_mib", MIB, 8);
    bench_random();
    bench_names();
    bench_locks();
    bench_sync();
    close(file);
    unlink("file");
    return 0;
}
