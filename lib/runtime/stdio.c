/* SPDX-License-Identifier: BSD-2-Clause */
/* stdin, stdout and stderr, and the file calls they stand on. Output is written by lines, standard error too, so that what
 * several programs print does not mix within a line; what is left is written at exit and before input is awaited.
 *
 * Each stream has a lock of its own: a thread that waits for input keeps no other from printing or from malloc. A library that knows
 * files defines read, write, lseek and close itself; those here are weak. */
#include <errno.h>
#include <lib/runtime/locks.h>
#include <lib/runtime/runtime.h>
#include <stdio-bufio.h>
#include <stdio.h>
#include <unistd.h>

static ssize_t answer(ssize_t result)
{
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

__attribute__((weak)) ssize_t read(int file, void *buffer, size_t count)
{
    return answer(runtime_hooks.read != NULL ? runtime_hooks.read(file, buffer, count) : -EBADF);
}

__attribute__((weak)) ssize_t write(int file, const void *buffer, size_t count)
{
    return answer(runtime_hooks.write != NULL ? runtime_hooks.write(file, buffer, count) : -EBADF);
}

__attribute__((weak)) off_t lseek(int file, off_t offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return answer(-ESPIPE);
}

__attribute__((weak)) int close(int file)
{
    (void)file;
    return (int)answer(-EBADF);
}

/* Prompts come before the wait for their answer; the library does it for standard output. */
static ssize_t read_input(int file, void *buffer, size_t count)
{
    fflush(stderr);
    return read(file, buffer, count);
}

static struct __lock locks[3];
static char input[512], output[1024], errors[256];

/* What FDEV_SETUP_BUFIO makes, and the lock. */
static struct __file_bufio streams[3] = {
    FDEV_SETUP_BUFIO(0, input, sizeof input, read_input, write, lseek, close, __SRD, 0),
    FDEV_SETUP_BUFIO(1, output, sizeof output, read, write, lseek, close, __SWR, __BLBF),
    FDEV_SETUP_BUFIO(2, errors, sizeof errors, read, write, lseek, close, __SWR, __BLBF),
};

FILE *const stdin = &streams[0].xfile.cfile.file;
FILE *const stdout = &streams[1].xfile.cfile.file;
FILE *const stderr = &streams[2].xfile.cfile.file;

/* The macro above knows no lock. Runs before all other code of the program. */
void runtime_stdio_start(void)
{
    for (int i = 0; i < 3; i++) {
        streams[i].lock = &locks[i];
    }
}

__attribute__((destructor)) static void flush(void)
{
    fflush(stdout);
    fflush(stderr);
}
