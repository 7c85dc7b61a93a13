/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/file-hold.c: keeps files open while others look, for tests:
 *
 *   hold PATH…             opens them, and stays
 *   again PATH             opens it, waits until its server has ended, and opens it again
 *   longest MILLISECONDS   asks stat of a directory again and again for this long, and prints how long the slowest answer took
 *   extract                after a second, has a model taken of itself, and prints how long that took
 */
#include <cell/idl/clock.h>
#include <cell/idl/file.h>
#include <cell/idl/graph.h>
#include <cell/idl/handle.h>
#include <lib/client/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cell_cap_t root;

static int hold(int count, char **paths)
{
    for (int i = 0; i < count; i++) {
        uint64_t id, mode, size;
        cell_cap_t file;
        cell_error_t error = file_open(root, 1, 0, paths[i], strlen(paths[i]), &file, &id, &mode, &size);

        if (error != CELL_OK)
            return printf("file-hold: %s: %s\n", paths[i], cell_error_text(error)), 1;
    }
    printf("file-hold: hold: they are open\n");
    return cell_sleep(UINT64_MAX) != CELL_OK;
}

static cell_error_t open_once(const char *path, cell_cap_t *file)
{
    uint64_t id, mode, size;
    cell_cap_t directory;
    cell_error_t error = file_root(cell_rde("FILE"), &directory);

    if (error != CELL_OK)
        return error;
    error = file_open(directory, 1, 0, path, strlen(path), file, &id, &mode, &size);
    handle_drop(directory);
    return error;
}

static void open_at_last(const char *path, cell_cap_t *file)
{
    while (open_once(path, file) != CELL_OK)
        cell_sleep(UINT64_C(1000000));
}

static int again(const char *path)
{
    cell_error_t error = CELL_OK;
    cell_cap_t file;
    uint64_t found;

    open_at_last(path, &file);
    printf("file-hold: again: %s is there\n", path);
    /* a handle of a server that has ended stays useless, however soon a new server is there */
    while (error == CELL_OK) {
        cell_sleep(UINT64_C(1000000));
        error = file_seek(file, 0, 0, &found);
    }
    open_at_last(path, &file);
    printf("file-hold: again: %s is there again, after: %s\n", path, cell_error_text(error));
    return 0;
}

static uint64_t now(void)
{
    uint64_t time = 0, resolution, frequency;

    clock_now(&time, &resolution, &frequency);
    return time;
}

static int longest(uint64_t milliseconds)
{
    uint64_t begin = now(), end = begin + milliseconds * UINT64_C(1000000), most = 0, count = 0;

    for (uint64_t before = begin, after; before < end; before = after, count++) {
        uint64_t number;
        cell_error_t error = file_stat(root, &number, &number, &number, &number, &number, &number, &number, &number, &number,
                                       &number, &number, &number, &number, &number, &number, &number);

        if (error != CELL_OK)
            return printf("file-hold: longest: %s\n", cell_error_text(error)), 1;
        after = now();
        most = after - before > most ? after - before : most;
    }
    printf("file-hold: longest: %lu microseconds of %lu answers\n", most / 1000, count);
    return 0;
}

static int extract(void)
{
    uint64_t snapshot, rows = 0, begin;

    cell_sleep(UINT64_C(1000000000));
    begin = now();
    cell_error_t error = graph_extract(CSPACE_SELF, cell_pd_id(), 0, cell_pd_id(), &snapshot, &rows);

    uint64_t took = now() - begin;

    cell_sleep(UINT64_C(3000000000)); /* printing is not to disturb the others */
    printf("file-hold: extract: %s, %lu rows in %lu microseconds\n", cell_error_text(error), rows, took / 1000);
    return error != CELL_OK;
}

int main(int argc, char **argv)
{
    if (file_root(cell_rde("FILE"), &root) != CELL_OK)
        return 1;
    if (argc > 2 && strcmp(argv[1], "hold") == 0)
        return hold(argc - 2, argv + 2);
    if (argc == 3 && strcmp(argv[1], "again") == 0)
        return again(argv[2]);
    if (argc == 3 && strcmp(argv[1], "longest") == 0)
        return longest(strtoul(argv[2], NULL, 0));
    if (argc == 2 && strcmp(argv[1], "extract") == 0)
        return extract();
    return printf("usage: file-hold hold PATH...|again PATH|longest MILLISECONDS|extract\n"), 1;
}
