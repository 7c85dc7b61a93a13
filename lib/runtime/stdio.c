/* SPDX-License-Identifier: BSD-2-Clause */
/* stdin, stdout and stderr, and the file calls they stand on. Output is buffered by lines, so that what several programs
 * print does not mix within a line; standard error is not buffered. */
#include <errno.h>
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

ssize_t read(int file, void *buffer, size_t count)
{
    return answer(runtime_hooks.read != NULL ? runtime_hooks.read(file, buffer, count) : -EBADF);
}

ssize_t write(int file, const void *buffer, size_t count)
{
    return answer(runtime_hooks.write != NULL ? runtime_hooks.write(file, buffer, count) : -EBADF);
}

off_t lseek(int file, off_t offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    errno = ESPIPE;
    return -1;
}

int close(int file)
{
    (void)file;
    errno = EBADF;
    return -1;
}

static char input[512], output[1024], errors[1];
static struct __file_bufio streams[3] = {
    FDEV_SETUP_BUFIO(0, input, sizeof input, read, write, lseek, close, __SRD, 0),
    FDEV_SETUP_BUFIO(1, output, sizeof output, read, write, lseek, close, __SWR, __BLBF),
    FDEV_SETUP_BUFIO(2, errors, sizeof errors, read, write, lseek, close, __SWR, __BLBF),
};

FILE *const stdin = &streams[0].xfile.cfile.file;
FILE *const stdout = &streams[1].xfile.cfile.file;
FILE *const stderr = &streams[2].xfile.cfile.file;

__attribute__((destructor)) static void flush(void)
{
    fflush(stdout);
}
