/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/programs/calls.c: what system calls take, from an ordinary executable for Linux, which runs on Linux as well.
 *
 *   calls [FOLDER]   a file that it makes in the folder is read, and removed; without it, one of the boot archive
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench/programs/measure.h"

#define ROUNDS 1000

static int null, zero, file;
static char buffer[4096];

static void getppid_call(void)
{
    syscall(SYS_getppid);
}

static void time_call(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
}

static void write_null(void)
{
    write(null, buffer, 16);
}

static void read_zero(void)
{
    read(zero, buffer, 4096);
}

static void pread_16(void)
{
    pread(file, buffer, 16, 64);
}

static void pread_4096(void)
{
    pread(file, buffer, 4096, 0);
}

static void on_signal(int signal)
{
    (void)signal;
}

static void signal_call(void)
{
    raise(SIGUSR1);
}

static void map_call(void)
{
    char *memory = mmap(NULL, 100 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (int i = 0; i < 100; i++)
        *(volatile char *)(memory + i * 4096) = 1;
    munmap(memory, 100 * 4096);
}

static void *nothing(void *argument)
{
    return argument;
}

static void thread_call(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, nothing, NULL);
    pthread_join(thread, NULL);
}

static void open_call(void)
{
    close(open("/dev/null", O_RDWR));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
        int rounds;
    } rows[] = {
        {"getppid", getppid_call, ROUNDS},
        {"clock_gettime", time_call, ROUNDS},
        {"write_null", write_null, ROUNDS},
        {"read_zero_4096", read_zero, ROUNDS},
        {"pread_16", pread_16, ROUNDS},
        {"pread_4096", pread_4096, ROUNDS},
        {"open_close_null", open_call, ROUNDS},
        {"raise_handler", signal_call, ROUNDS},
        {"mmap_touch_100_munmap", map_call, 20},
        {"pthread_create_join", thread_call, 50},
    };

    null = open("/dev/null", O_RDWR);
    zero = open("/dev/zero", O_RDONLY);
    measure_need(argc < 2 || chdir(argv[1]) == 0, "the folder");
    file = argc < 2 ? open("/shell", O_RDONLY) : open("calls.file", O_RDWR | O_CREAT, 0644);
    if (argc > 1)
        write(file, buffer, sizeof buffer);
    signal(SIGUSR1, on_signal);
    measure_need(file >= 0, "the file");
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        rows[i].run(); /* warms up: work that only a first call does is not measured */
        uint64_t start = measure_now();

        for (int round = 0; round < rows[i].rounds; round++)
            rows[i].run();
        measure_row("programs", rows[i].name, start, (unsigned)rows[i].rounds);
    }
    if (argc > 1)
        unlink("calls.file");
    return 0;
}
