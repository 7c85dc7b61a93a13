/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/hooks.c: what the C library needs of the system, by requests:
 * leaving, the console as standard input, output and error, heap growth, and
 * waiting for locks.
 */
#include <cell/idl/console.h>
#include <cell/idl/library.h>
#include <cell/idl/pd.h>
#include <cell/idl/word.h>
#include <errno.h>
#include <lib/client/client.h>
#include <lib/client/redirect.h>
#include <lib/runtime/runtime.h>

static void leave(int code)
{
    pd_exit((uint64_t)(unsigned)code);
}

/* The vector registers are the thread's, and would be seen by the caller. */
static void clear_vectors(void)
{
    __asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\tmovi v\\n\\().2d, #0\n\t.endr\n\t"
                     ".irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\tmovi v\\n\\().2d, #0\n\t.endr"
                     :
                     :
                     : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
                       "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28",
                       "v29", "v30", "v31");
}

static void return_to_caller(int result)
{
    clear_vectors();
    library_leave((uint64_t)(unsigned)result);
}

/* A text that is longer than a message goes in parts that stay together. */
static ssize_t write_console(int file, const void *buffer, size_t count)
{
    cell_cap_t console = cell_rde("CONSOLE");
    const char *bytes = buffer;
    size_t done = 0;

    if (redirect_is_file(file))
        return redirect_write(buffer, count);
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

    if (redirect_is_file(file))
        return count == 0 ? 0 : redirect_read(buffer, count);
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

static enum runtime_waited wait_for(const uint32_t *word, uint32_t value, bool lock, uint64_t nanoseconds)
{
    uint64_t woken = 0;
    cell_error_t error = lock ? word_wait_lock(CSPACE_SELF, (uint64_t)word, value, nanoseconds, &woken)
                              : word_wait(CSPACE_SELF, (uint64_t)word, value, nanoseconds, 0, &woken);

    if (error == CELL_TIMEOUT)
        return RUNTIME_LATE;
    /* Without memory for the wait it looks again at once. */
    if (error != CELL_OK)
        seL4_Yield();
    return lock && error == CELL_OK && woken == 2 ? RUNTIME_ENDED : RUNTIME_LOOK;
}

/* As many as are woken by one request. */
#define WAKE_MOST 64u

static void wake(const uint32_t *word, bool all)
{
    uint64_t woken;

    while (word_wake(CSPACE_SELF, (uint64_t)word, all ? WAKE_MOST : 1, &woken) == CELL_OK && all &&
           woken == WAKE_MOST)
        ;
}

struct runtime_hooks runtime_hooks = {.exit = leave,
                                      .leave = return_to_caller,
                                      .read = read_console,
                                      .write = write_console,
                                      .commit = commit_heap,
                                      .wait = wait_for,
                                      .wake = wake};
