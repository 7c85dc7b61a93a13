/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/hooks.c: what the C library needs of the system, by requests:
 * leaving, the console as standard input, output and error, heap growth, and
 * giving way to the owner of a lock.
 */
#include <cell/idl/clock.h>
#include <cell/idl/console.h>
#include <cell/idl/pd.h>
#include <errno.h>
#include <lib/client/client.h>
#include <lib/runtime/runtime.h>

static void leave(int code)
{
    pd_exit((uint64_t)(unsigned)code);
}

/* A text that is longer than a message goes in parts that stay together. */
static ssize_t write_console(int file, const void *buffer, size_t count)
{
    cell_cap_t console = cell_rde("CONSOLE");
    const char *bytes = buffer;
    size_t done = 0;

    if ((file != 1 && file != 2) || console == 0)
        return -EBADF;
    while (done < count) {
        size_t part = count - done < CONSOLE_WRITE_TEXT_MOST ? count - done : CONSOLE_WRITE_TEXT_MOST;
        cell_error_t error = console_write(console, done + part < count, bytes + done, part);

        if (error != CELL_OK)
            return done != 0 ? (ssize_t)done : -cell_errno(error);
        done += part;
    }
    return (ssize_t)count;
}

static ssize_t read_console(int file, void *buffer, size_t count)
{
    cell_cap_t console = cell_rde("CONSOLE");
    char bytes[CONSOLE_READ_TEXT_MOST];
    uint64_t got = 0;

    if (file != 0 || console == 0)
        return -EBADF;
    if (count == 0)
        return 0;
    size_t most = count < sizeof bytes ? count : sizeof bytes;
    cell_error_t error = console_read(console, 0, most, bytes, &got);

    if (error != CELL_OK)
        return -cell_errno(error);
    __builtin_memcpy(buffer, bytes, got);
    return (ssize_t)got;
}

static int commit_heap(size_t first, size_t count, size_t total)
{
    return pd_commit_heap(first, count, total) == CELL_OK ? 0 : ENOMEM;
}

/* Nanoseconds that a thread sleeps which found a lock taken again and again. */
#define GIVE_WAY_NANOSECONDS 1000000u

static void give_way(void)
{
    clock_sleep(GIVE_WAY_NANOSECONDS);
}

struct runtime_hooks runtime_hooks = {
    .exit = leave, .read = read_console, .write = write_console, .commit = commit_heap, .pause = give_way};
