/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/host.c: see host.h. Bottom-up: messages, memory, options, files. */
#include "tools/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *subject, const char *format, va_list arguments)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", subject);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void host_fail(const char *subject, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(subject, format, arguments);
    va_end(arguments);
    exit(STATUS_FAILED);
}

void host_usage_fail(const char *tool, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(tool, format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try '%s --help'.\n", tool);
    exit(STATUS_USAGE);
}

void *host_reallocate(void *memory, size_t size)
{
    void *result = realloc(memory, size == 0 ? 1 : size);

    if (result == NULL)
        host_fail("memory", "%zu bytes are not to be had", size);
    return result;
}

void *host_allocate(size_t size)
{
    return host_reallocate(NULL, size);
}

const char *host_option_value(const char *tool, int argc, char **argv, int *index)
{
    if (*index + 1 >= argc)
        host_usage_fail(tool, "%s needs a value", argv[*index]);
    *index += 1;
    return argv[*index];
}

uint64_t host_option_number(const char *tool, const char *option, const char *text, uint64_t least,
                            uint64_t most)
{
    char *end;
    uint64_t value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0)
        host_usage_fail(tool, "%s: '%s' is not a number", option, text);
    if (errno != 0 || value < least || value > most)
        host_usage_fail(tool, "%s: %s is not between %ju and %ju", option, text, (uintmax_t)least,
                        (uintmax_t)most);
    return value;
}

char *host_sibling(const char *relative)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;
    char *path;

    if (length < 0)
        host_fail("/proc/self/exe", "%s", strerror(errno));
    self[length] = 0;
    for (int level = 0; level < 2; level++) {
        slash = strrchr(self, '/');
        if (slash != NULL)
            *slash = 0;
    }
    path = host_allocate(strlen(self) + strlen(relative) + 2);
    sprintf(path, "%s/%s", self, relative);
    return path;
}

struct host_file host_read(const char *path)
{
    struct host_file file = {.path = path};
    FILE *stream = fopen(path, "rb");
    size_t room = 0;
    size_t got;

    if (stream == NULL)
        host_fail(path, "%s", strerror(errno));
    do {
        if (room - file.size < 65536) {
            room = room * 2 + 131072;
            file.bytes = host_reallocate(file.bytes, room);
        }
        got = fread(file.bytes + file.size, 1, room - file.size, stream);
        file.size += got;
    } while (got != 0);
    if (ferror(stream))
        host_fail(path, "%s", strerror(errno));
    fclose(stream);
    return file;
}

void host_output_write(const struct host_output *output, const void *bytes, size_t size)
{
    if (output->stream == NULL)
        return;
    if (fwrite(bytes, 1, size, output->stream) != size || fflush(output->stream) != 0)
        host_fail(output->name, "%s", strerror(errno));
}

void host_print(const char *text)
{
    host_output_write(&(struct host_output){stdout, "standard output"}, text, strlen(text));
}

void host_open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(STATUS_FAILED);
}

/* Writes all to a stream and closes it; returns whether both succeeded. */
static bool write_and_close(FILE *stream, const void *bytes, size_t size)
{
    bool written = fwrite(bytes, 1, size, stream) == size;
    int reason = errno;

    if (fclose(stream) == 0)
        errno = reason;
    else
        written = false;
    return written;
}

/* What exists and is no ordinary file is not replaced. */
static bool write_in_place(const char *path, const void *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");

    return stream != NULL && write_and_close(stream, bytes, size);
}

static bool write_beside(const char *path, const void *bytes, size_t size)
{
    char *temporary = host_allocate(strlen(path) + 24);
    FILE *stream;
    bool written;

    sprintf(temporary, "%s.%ld", path, (long)getpid());
    stream = fopen(temporary, "wb");
    written = stream != NULL && write_and_close(stream, bytes, size) && rename(temporary, path) == 0;
    if (stream != NULL && !written) {
        int reason = errno;

        unlink(temporary);
        errno = reason;
    }
    free(temporary);
    return written;
}

void host_write(const char *path, const void *bytes, size_t size)
{
    char *target = realpath(path, NULL); /* NULL: there is nothing yet */
    const char *name = target != NULL ? target : path;
    struct stat status;
    bool replace = stat(name, &status) != 0 || S_ISREG(status.st_mode);

    if (!(replace ? write_beside(name, bytes, size) : write_in_place(name, bytes, size)))
        host_fail(path, "%s", strerror(errno));
    free(target);
}
