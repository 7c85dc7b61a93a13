/* SPDX-License-Identifier: BSD-2-Clause */
/* fgets, getline and getdelim as C and POSIX say: the C library's fgets loses a last line that does not end in a newline,
 * and its getline leaves one without a zero behind it. A line is read in one piece (pieces.c). */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

char *fgets(char *restrict line, int size, FILE *restrict stream)
{
    int length = 0;
    int c = 0;
    flockfile(stream);
    while (length < size - 1 && c != '\n' && (c = getc(stream)) != EOF) {
        line[length++] = (char)c;
    }
    funlockfile(stream);
    if (size < 1 || (length == 0 && size > 1) || (c == EOF && ferror(stream))) {
        return NULL;
    }
    line[length] = '\0';
    return line;
}

/* Makes room for `needed` bytes. */
static int reach(char **line, size_t *size, size_t needed)
{
    if (*line != NULL && *size >= needed) {
        return 0;
    }
    size_t larger = needed > 2 * *size ? needed : 2 * *size;
    char *moved = realloc(*line, larger > 120 ? larger : 120);
    if (moved == NULL) {
        return -1;
    }
    *line = moved;
    *size = larger > 120 ? larger : 120;
    return 0;
}

ssize_t getdelim(char **restrict line, size_t *restrict size, int delimiter, FILE *restrict stream)
{
    if (line == NULL || size == NULL) {
        errno = EINVAL;
        return -1;
    }
    if (*line == NULL) {
        *size = 0;
    }
    size_t length = 0;
    int c = 0;
    int failed = 0;
    flockfile(stream);
    do {
        failed = reach(line, size, length + 2);
        c = failed == 0 ? getc(stream) : EOF;
        if (c != EOF) {
            (*line)[length++] = (char)c;
        }
    } while (c != EOF && c != delimiter);
    failed |= c == EOF && ferror(stream);
    funlockfile(stream);
    if (failed || length == 0) {
        return -1;
    }
    (*line)[length] = '\0';
    return (ssize_t)length;
}

ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict stream)
{
    return getdelim(line, size, '\n', stream);
}
