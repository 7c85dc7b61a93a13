/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/devices.c: kinds of files that are made up here: the terminal, /dev/null and its kin. */
#include <cell/idl/console.h>

#include "lib/linux/files.h"
#include "lib/linux/time.h"

static int64_t stat_device(struct linux_stat *stat, uint32_t major, uint32_t minor, uint32_t mode)
{
    *stat = (struct linux_stat){.device = 5, .inode = minor + 1, .mode = S_IFCHR | mode, .links = 1, .special = major << 8 | minor, .block_size = 4096};
    return 0;
}

/* ---- The terminal -------------------------------------------------------- */

static int64_t read_terminal(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    char bytes[CONSOLE_READ_TEXT_MOST];
    uint64_t got = 0;
    cell_cap_t console = process_edge("CONSOLE");

    (void)description;
    (void)offset;
    if (console == 0)
        return 0;
    cell_error_t error = console_read(console, 0, count < sizeof bytes ? count : sizeof bytes, bytes, &got);

    if (error != CELL_OK)
        return error == CELL_INTERRUPTED ? -EINTR : -EIO;
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

static int64_t ioctl_terminal(struct description *description, uint64_t request, uint64_t argument)
{
    /* As a terminal begins: lines, echo, signals; control characters of termios(3). */
    static const struct linux_termios termios = {.input = 0x500, .output = 5, .control = 0xbf, .local = 0x8a3b, .characters = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22}};
    static const struct linux_winsize size = {24, 80, 0, 0};
    static const int32_t group = 1, none = 0;

    (void)description;
    switch (request) {
    case TCGETS:
        return user_put(argument, &termios, sizeof termios);
    case TIOCGWINSZ:
        return user_put(argument, &size, sizeof size);
    case TIOCGPGRP:
        return user_put(argument, &group, sizeof group);
    case FIONREAD:
        return user_put(argument, &none, sizeof none);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
    case TIOCSPGRP:
        return 0; /* the console has no other modes */
    default:
        return -ENOTTY;
    }
}

const struct file_kind file_terminal = {.read = read_terminal, .write = write_terminal, .stat = stat_terminal, .ioctl = ioctl_terminal};

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
