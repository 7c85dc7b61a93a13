/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/devices.c: kinds of files that are made up here: the terminal, /dev/null and its kin. */
#include <cell/idl/console.h>

#include "lib/linux/files.h"
#include "lib/linux/time.h"
#include "lib/linux/waiting.h"

static int64_t stat_device(struct linux_stat *stat, uint32_t major, uint32_t minor, uint32_t mode)
{
    *stat = (struct linux_stat){
        .device = 5, .inode = minor + 1, .mode = S_IFCHR | mode, .links = 1, .special = major << 8 | minor, .block_size = 4096};
    return 0;
}

/* ---- The terminal -------------------------------------------------------- */

/* As a terminal begins: lines, echo, signals; control characters of termios(3). It is the process's: the next one finds it so again. */
static struct linux_termios termios = {.input = 0x500,
                                       .output = 5,
                                       .control = 0xbf,
                                       .local = 0x8a3b,
                                       .characters = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22}};
static struct linux_winsize window = {24, 80, 0, 0};

enum { INPUT_RETURN_IS_LINE = 0x100, /* ICRNL */
       LOCAL_SIGNALS = 1,
       LOCAL_LINES = 2, /* ICANON */
       LOCAL_ECHO = 8,
       CHARACTER_TIME = 5, /* VTIME, VMIN */
       CHARACTER_LEAST = 6 };

/* Flags of console.read. */
enum { READ_BYTES = 4,
       READ_INTERRUPT = 8,
       READ_HIDDEN = 16 };

static uint64_t read_flags(void)
{
    if ((termios.local & LOCAL_LINES) != 0)
        return (termios.local & LOCAL_ECHO) != 0 ? 0 : READ_HIDDEN;
    return (termios.local & LOCAL_SIGNALS) != 0 ? READ_BYTES : READ_BYTES | READ_INTERRUPT;
}

static bool is_typed(struct description *description)
{
    uint64_t count = 0, line = 0;
    cell_cap_t console = process_edge("CONSOLE");

    (void)description;
    return console == 0 || console_typed(console, &count, &line) != CELL_OK ||
           ((termios.local & LOCAL_LINES) != 0 ? line != 0 : count != 0);
}

/* Without lines, a read may be for what is there only, or for a time: VMIN 0. False: nothing was typed. */
static bool wait_for_bytes(const struct description *description)
{
    uint64_t tenths = termios.characters[CHARACTER_TIME];

    if ((termios.local & LOCAL_LINES) != 0 || termios.characters[CHARACTER_LEAST] != 0 || (description->flags & O_NONBLOCK) != 0)
        return true;
    for (uint64_t end = time_now() + tenths * (SECOND / 10); !is_typed(NULL);)
        if (time_now() >= end || thread_wait(thread_self(), 0, 0, SECOND / 100) != -ETIMEDOUT)
            return is_typed(NULL);
    return true;
}

/* What a terminal without lines does to what was typed, and shows of it. */
static void change_bytes(char *bytes, uint64_t count)
{
    if ((termios.local & LOCAL_LINES) != 0)
        return;
    for (uint64_t i = 0; i < count && (termios.input & INPUT_RETURN_IS_LINE) != 0; i++)
        bytes[i] = bytes[i] == '\r' ? '\n' : bytes[i];
    if ((termios.local & LOCAL_ECHO) != 0)
        console_put(bytes, count);
}

static int64_t read_terminal(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    char bytes[CONSOLE_READ_TEXT_MOST];
    uint64_t got = 0;
    cell_cap_t console = process_edge("CONSOLE");

    (void)offset;
    if (console == 0 || count == 0 || !wait_for_bytes(description))
        return 0;
    if ((description->flags & O_NONBLOCK) != 0 && !is_typed(description))
        return -EAGAIN;
    cell_error_t error = console_read(console, read_flags(), count < sizeof bytes ? count : sizeof bytes, bytes, &got);

    if (error != CELL_OK)
        return error == CELL_INTERRUPTED ? -EINTR : -EIO;
    change_bytes(bytes, got);
    return user_put(to, bytes, got) == 0 ? (int64_t)got : -EFAULT;
}

/* As much as the console keeps in one piece goes at once. */
static int64_t write_terminal(struct description *description, uint64_t from, uint64_t count, uint64_t offset)
{
    char bytes[CONSOLE_WRITE_TEXT_MOST];
    uint64_t done = 0;

    (void)description;
    (void)offset;
    while (done < count) {
        uint64_t part = count - done < sizeof bytes ? count - done : sizeof bytes;

        if (user_get(bytes, from + done, part) != 0)
            return done != 0 ? (int64_t)done : -EFAULT;
        if (console_write(process_edge("CONSOLE"), done + part < count, bytes, part) != CELL_OK)
            return -EIO;
        done += part;
    }
    return (int64_t)done;
}

static int64_t stat_terminal(struct description *description, struct linux_stat *stat)
{
    (void)description;
    return stat_device(stat, 136, 0, 0620);
}

static int64_t put_typed(uint64_t to)
{
    uint64_t count = 0, line = 0;

    console_typed(process_edge("CONSOLE"), &count, &line);
    int32_t there = (termios.local & LOCAL_LINES) != 0 && line == 0 ? 0 : (int32_t)count;

    return user_put(to, &there, sizeof there);
}

static int64_t ioctl_terminal(struct description *description, uint64_t request, uint64_t argument)
{
    static const int32_t group = 1;
    struct linux_termios wanted;

    (void)description;
    switch (request) {
    case TCGETS:
        return user_put(argument, &termios, sizeof termios);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        if (user_get(&wanted, argument, sizeof wanted) != 0)
            return -EFAULT;
        termios = wanted;
        return 0;
    case TIOCGWINSZ:
        return user_put(argument, &window, sizeof window);
    case TIOCSWINSZ:
        return user_get(&window, argument, sizeof window);
    case TIOCGPGRP:
        return user_put(argument, &group, sizeof group);
    case TIOCSPGRP:
        return 0; /* the console's foreground is who started it */
    case FIONREAD:
        return put_typed(argument);
    default:
        return -ENOTTY;
    }
}

const struct file_kind file_terminal = {
    .read = read_terminal, .write = write_terminal, .stat = stat_terminal, .ioctl = ioctl_terminal, .ready = is_typed};

/* ---- null, zero, full, urandom --------------------------------------------- */

static int64_t read_nothing(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    (void)description;
    (void)to;
    (void)count;
    (void)offset;
    return 0;
}

static int64_t read_zeros(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    (void)description;
    (void)offset;
    return user_range(to, count) && user_zero((void *)to, count) == 0 ? (int64_t)count : -EFAULT;
}

static int64_t read_random(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    const uint64_t arguments[] = {to, count, 0};

    (void)description;
    (void)offset;
    return time_getrandom(NULL, arguments);
}

static int64_t write_away(struct description *description, uint64_t from, uint64_t count, uint64_t offset)
{
    (void)description;
    (void)from;
    (void)offset;
    return (int64_t)count;
}

static int64_t write_full(struct description *description, uint64_t from, uint64_t count, uint64_t offset)
{
    (void)description;
    (void)from;
    (void)offset;
    return count == 0 ? 0 : -ENOSPC;
}

#define STAT(name, minor)                                                                \
    static int64_t stat_##name(struct description *description, struct linux_stat *stat) \
    {                                                                                    \
        (void)description;                                                               \
        return stat_device(stat, 1, minor, 0666);                                        \
    }
STAT(null, 3)
STAT(zero, 5)
STAT(full, 7)
STAT(random, 9)

const struct file_kind file_null = {.read = read_nothing, .write = write_away, .stat = stat_null};
const struct file_kind file_zero = {.read = read_zeros, .write = write_away, .stat = stat_zero};
const struct file_kind file_full = {.read = read_zeros, .write = write_full, .stat = stat_full};
const struct file_kind file_random = {.read = read_random, .write = write_away, .stat = stat_random};
