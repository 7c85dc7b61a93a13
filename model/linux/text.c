/* SPDX-License-Identifier: BSD-2-Clause */
/* Small helpers for reading /proc. */
#include "text.h"
#include "process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { first_room = 1 << 14, least_room = 1 << 12 };

const char *lx_proc = "/proc";

char *lx_path(char *path, pid_t id, const char *what)
{
    snprintf(path, LX_PATH, "%s/%d/%s", lx_proc, (int)id, what);
    return path;
}

/* Reads to the end of `file`; errno is that of the read that failed. */
static char *read_open(int file)
{
    size_t room = first_room;
    size_t used = 0;
    char *text = malloc(room);
    while (text != NULL) {
        ssize_t got = read(file, text + used, room - used - 1);
        if (got <= 0) {
            int why = errno;
            text[used] = '\0';
            if (got < 0) {
                free(text);
                text = NULL;
                errno = why;
            }
            return text;
        }
        used += (size_t)got;
        if (room - used < least_room) {
            char *larger = realloc(text, room *= 2);
            if (larger == NULL) {
                free(text);
            }
            text = larger;
        }
    }
    errno = ENOMEM;
    return NULL;
}

char *lx_read_file(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return NULL;
    }
    char *text = read_open(file);
    int why = errno;
    close(file);
    errno = why;
    return text;
}

char *lx_read(pid_t id, const char *what)
{
    char path[LX_PATH];
    return lx_read_file(lx_path(path, id, what));
}

char *lx_next_line(char *line)
{
    char *end = strchr(line, '\n');
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    return end[1] != '\0' ? end + 1 : NULL;
}

bool lx_grow(void **array, size_t count, size_t element)
{
    if (count != 0 && (count & (count - 1)) != 0) {
        return true;
    }
    size_t room = count == 0 ? 1 : count * 2;
    void *larger = realloc(*array, room * element);
    if (larger == NULL) {
        return false;
    }
    *array = larger;
    return true;
}

static int by_number(const void *left, const void *right)
{
    pid_t a = *(const pid_t *)left;
    pid_t b = *(const pid_t *)right;
    return (a > b) - (a < b);
}

pid_t *lx_numbers(const char *path, size_t *count)
{
    *count = 0;
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return NULL;
    }
    pid_t *numbers = malloc(sizeof *numbers);
    struct dirent *entry;
    bool room = numbers != NULL;
    while (room && (errno = 0, entry = readdir(directory)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0])) {
            room = lx_grow((void **)&numbers, *count, sizeof *numbers);
            if (room) {
                numbers[(*count)++] = (pid_t)strtol(entry->d_name, NULL, 10);
            }
        }
    }
    int why = room ? errno : ENOMEM;
    closedir(directory);
    if (why != 0) {
        free(numbers);
        errno = why;
        return NULL;
    }
    qsort(numbers, *count, sizeof *numbers, by_number);
    return numbers;
}

uint64_t lx_hash(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return hash;
}

bool lx_begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}
