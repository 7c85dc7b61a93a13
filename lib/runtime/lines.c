/* SPDX-License-Identifier: BSD-2-Clause */
/* fgets as C says: the C library's loses a last line that does not end in a newline. */
#include <stdio.h>

char *fgets(char *restrict line, int size, FILE *restrict stream)
{
    int length = 0;
    int c = 0;
    while (length < size - 1 && c != '\n' && (c = getc(stream)) != EOF) {
        line[length++] = (char)c;
    }
    if (size < 1 || (length == 0 && size > 1) || (c == EOF && ferror(stream))) {
        return NULL;
    }
    line[length] = '\0';
    return line;
}
