/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/start.c: from the start block to the program's first instruction; the process and its end. */
#include <cell/idl/pd.h>

#include "lib/linux/disk.h"
#include "lib/linux/files.h"
#include "lib/linux/load.h"
#include "lib/linux/memory.h"
#include "lib/linux/threads.h"
#include "lib/linux/time.h"

struct process process;

cell_cap_t process_edge(const char *type)
{
    const struct start_block *start = thread_self()->start;
    const struct start_rde *edge = (const struct start_rde *)((const char *)start + start->rde);

    for (uint32_t i = 0; i < start->rde_count; i++)
        if (text_same(edge[i].type, type))
            return edge[i].slot;
    return 0;
}

void process_end(uint64_t code)
{
    for (;;)
        pd_exit_process(code);
}

/* The shell's status of what cannot be executed, and of what is not there. */
#define STATUS_CANNOT 126u
#define STATUS_NOT_THERE 127u

void process_fail(const char *what, const char *why)
{
    char bytes[400];
    struct text text = {bytes, bytes + sizeof bytes};

    text_add(&text, what);
    text_add(&text, ": ");
    text_add(&text, why);
    text_add(&text, "\n");
    console_put(bytes, (uint64_t)(text.at - bytes));
    process_end(STATUS_CANNOT);
}

int64_t error_number(cell_error_t error)
{
    static const struct {
        cell_error_t error;
        int64_t number;
    } numbers[] = {{CELL_OK, 0},
                   {CELL_NO_MEMORY, ENOMEM},
                   {CELL_NO_SLOTS, ENOMEM},
                   {CELL_QUOTA, ENOMEM},
                   {CELL_DENIED, EACCES},
                   {CELL_BAD_HANDLE, EBADF},
                   {CELL_BAD_ARGUMENT, EINVAL},
                   {CELL_NOT_FOUND, ENOENT},
                   {CELL_EXISTS, EEXIST},
                   {CELL_OVERLAP, EEXIST},
                   {CELL_BUSY, EBUSY},
                   {CELL_TIMEOUT, ETIMEDOUT},
                   {CELL_TOO_LARGE, EFBIG},
                   {CELL_UNSUPPORTED, EOPNOTSUPP},
                   {CELL_INTERRUPTED, EINTR},
                   {CELL_LOOP, ELOOP},
                   {CELL_FULL, ENOSPC},
                   {CELL_READ_ONLY, EROFS},
                   {CELL_NOT_DIRECTORY, ENOTDIR},
                   {CELL_IS_DIRECTORY, EISDIR},
                   {CELL_NOT_EMPTY, ENOTEMPTY},
                   {CELL_NAME_TOO_LONG, ENAMETOOLONG},
                   {CELL_CORRUPT, EUCLEAN},
                   {CELL_OTHER_DISK, EXDEV},
                   {CELL_TOO_MANY_LINKS, EMLINK},
                   {CELL_NO_SERVER, ENODEV}};

    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].error == error)
            return -numbers[i].number;
    return -EIO;
}

/* ---- The beginning ------------------------------------------------------------- */

/* Options of the personality, before the program's path; returns how many arguments they and its own name take. */
static uint32_t read_options(const struct start_block *start)
{
    const char *at = (const char *)start + start->argv;

    for (uint32_t i = 1; i < start->argc; i++) {
        at += text_length(at) + 1;
        if (!text_same(at, "--strace")) {
            process.path = at;
            return i;
        }
        process.strace = true;
    }
    process_fail("linux", "no program is named");
}

static void load_or_fail(const char *path, uint64_t place, struct loaded *loaded)
{
    const char *why;

    if (load_file(path, place, loaded, &why) != 0)
        process_fail(path, why);
}

void linux_start(const struct start_block *start);
void linux_start(const struct start_block *start)
{
    struct loaded program, interpreter = {.base = 0};

    process.start = start;
    thread_begin(start);
    process.umask = 022;
    heap_start(start);
    time_start();
    process.skip = read_options(start);

    process.directory[0] = '/';
    files_start();
    disk_start();
    load_or_fail(process.path, MEMORY_PROGRAM, &program);
    memory_begin_break(program.end);
    if (program.interpreter[0] != 0)
        load_or_fail(program.interpreter, MEMORY_PLACE, &interpreter);
    uint64_t stack = load_stack(start, process.skip, &program, &interpreter);

    if (stack == 0)
        process_fail(process.path, "Cannot allocate memory");
    linux_enter_program(program.interpreter[0] != 0 ? interpreter.entry : program.entry, stack);
}
