/* SPDX-License-Identifier: BSD-2-Clause */
#include "view_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char mark[] = "/*DATA*/";

void view_sibling(const char *relative, char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    path[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        snprintf(slash, size - (size_t)(slash - path), "/../%s", relative);
    }
}

char *view_html_read(void)
{
    char path[4096];
    const char *given = getenv("CELLMODEL_PAGE");
    snprintf(path, sizeof path, "%s", given != NULL ? given : "");
    if (given == NULL) {
        view_sibling("viewer/page.html", path, sizeof path);
    }
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0;
    if (file == NULL) {
        fprintf(stderr, "cellmodel: view: %s: %s (`make viewer` makes the page; it takes nodejs and npm)\n", path,
                strerror(errno));
        return NULL;
    }
    ssize_t got = getdelim(&text, &size, '\0', file);
    fclose(file);
    if (got <= 0 || strstr(text, mark) == NULL) {
        fprintf(stderr, "cellmodel: view: %s: not the viewer's page\n", path);
        free(text);
        return NULL;
    }
    return text;
}

/* Data in a page must not end the script element that holds it: in JSON, `<` occurs in strings only. */
static bool write_guarded(void *context, const char *bytes, size_t count)
{
    FILE *file = context;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '<' ? fputs("\\u003c", file) < 0 : putc(bytes[i], file) < 0) {
            return false;
        }
    }
    return true;
}

enum cm_exit view_html_write(FILE *file, const char *page, const struct view_model *model)
{
    const char *at = strstr(page, mark);
    static char buffer[1 << 16];
    struct cm_writer writer;
    fwrite(page, 1, (size_t)(at - page), file);
    cm_writer_start(&writer, (struct cm_sink){write_guarded, file}, buffer, sizeof buffer);
    enum cm_status status = view_write_data(&writer, model);
    enum cm_status written = cm_writer_end(&writer);
    fputs(at + strlen(mark), file);
    if (status == CM_OK) {
        status = written;
    }
    return status == CM_OK ? CM_EXIT_OK : cm_fail("view", status);
}

const char *view_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash != NULL ? slash + 1
                                                                     : path;
}
