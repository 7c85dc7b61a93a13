/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/proc.c: see proc.h. */
#include "lib/linux/proc.h"

#include "lib/linux/disk.h"
#include "lib/linux/identity.h"
#include "lib/linux/memory.h"
#include "lib/linux/threads.h"
#include "lib/linux/time.h"

/* A number of `digits` digits, with zeros before it. */
static void add_digits(struct text *text, uint64_t number, unsigned digits)
{
    uint64_t ten = 1;

    while (--digits != 0)
        ten *= 10;
    for (; ten != 0; ten /= 10)
        text_bytes(text, (char[]){(char)('0' + number / ten % 10)}, 1);
}

static void add_seconds(struct text *text, uint64_t nanoseconds)
{
    text_number(text, nanoseconds / 1000000000);
    text_add(text, ".");
    add_digits(text, nanoseconds % 1000000000 / 10000000, 2);
}

static void add_line(struct text *text, const char *name, uint64_t number, const char *unit)
{
    text_add(text, name);
    text_number(text, number);
    text_add(text, unit);
}

/* ---- The system -------------------------------------------------------------------- */

void proc_cpuinfo(struct text *text)
{
    text_add(text, "processor\t: 0\nBogoMIPS\t: 125.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\n\n");
}

void proc_filesystems(struct text *text)
{
    text_add(text, "nodev\tproc\nnodev\ttmpfs\n\text4\n");
}

void proc_loadavg(struct text *text)
{
    text_add(text, "0.00 0.00 0.00 1/1 ");
    text_number(text, process.start->pd_id);
    text_add(text, "\n");
}

void proc_meminfo(struct text *text)
{
    struct memory_use use = memory_use();

    add_line(text, "MemTotal:       ", use.total / 1024, " kB\n");
    add_line(text, "MemFree:        ", (use.total - use.used) / 1024, " kB\n");
    add_line(text, "MemAvailable:   ", (use.total - use.used) / 1024, " kB\n");
    text_add(text, "Buffers:        0 kB\nCached:         0 kB\nSwapTotal:      0 kB\nSwapFree:       0 kB\n");
}

void proc_mounts(struct text *text)
{
    text_add(text, disk_there() ? "/dev/disk / ext4 rw 0 0\n" : "archive / tmpfs ro 0 0\n");
    text_add(text, "dev /dev tmpfs rw 0 0\nproc /proc proc rw 0 0\n");
}

void proc_system_stat(struct text *text)
{
    uint64_t ticks = time_now() / 10000000;

    text_add(text, "cpu  ");
    text_number(text, ticks);
    text_add(text, " 0 0 0 0 0 0 0 0 0\ncpu0 ");
    text_number(text, ticks);
    text_add(text, " 0 0 0 0 0 0 0 0 0\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n");
}

void proc_uptime(struct text *text)
{
    add_seconds(text, time_now());
    text_add(text, " 0.00\n");
}

void proc_version(struct text *text)
{
    text_add(text, "Linux version 6.1.0 (CellulOS)\n");
}

void proc_osrelease(struct text *text)
{
    text_add(text, "6.1.0\n");
}

void proc_pid_max(struct text *text)
{
    text_add(text, "4194304\n");
}

void proc_overcommit(struct text *text)
{
    text_add(text, "1\n");
}

/* ---- The process ---------------------------------------------------------------------- */

/* Texts of the start block, each with its zero. */
static void add_texts(struct text *text, const char *at, uint64_t skip, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t length = text_length(at) + 1;

        if (i >= skip)
            text_bytes(text, at, length);
        at += length;
    }
}

void proc_cmdline(struct text *text)
{
    add_texts(text, (const char *)process.start + process.start->argv, process.skip, process.start->argc);
}

void proc_environ(struct text *text)
{
    add_texts(text, (const char *)process.start + process.start->env, 0, process.start->envc);
}

/* The last name of its path, up to 15 bytes. */
static void add_name(struct text *text)
{
    const char *name = process.path;

    for (const char *at = name; *at != 0; at++)
        if (*at == '/')
            name = at + 1;
    uint64_t length = text_length(name);

    text_bytes(text, name, length < 15 ? length : 15);
}

void proc_comm(struct text *text)
{
    const char *name = thread_self()->name;

    if (name[0] != 0)
        text_add(text, name);
    else
        add_name(text);
    text_add(text, "\n");
}

static void add_hex_digits(struct text *text, uint64_t number, unsigned least)
{
    for (unsigned shift = 60;; shift -= 4) {
        if (number >> shift != 0 || shift / 4 < least)
            text_bytes(text, &"0123456789abcdef"[number >> shift & 15], 1);
        if (shift == 0)
            return;
    }
}

static void add_mapping(struct text *text, const struct mapping *mapping)
{
    const char letters[5] = {(mapping->protection & PROT_READ) != 0 ? 'r' : '-', (mapping->protection & PROT_WRITE) != 0 ? 'w' : '-',
                             (mapping->protection & PROT_EXEC) != 0 ? 'x' : '-', mapping->shared ? 's' : 'p', ' '};
    const char *name = memory_name(mapping);

    add_hex_digits(text, mapping->region.start, 8);
    text_add(text, "-");
    add_hex_digits(text, mapping->region.end, 8);
    text_add(text, " ");
    text_bytes(text, letters, sizeof letters);
    text_add(text, "00000000 00:00 0 ");
    if (name != NULL) {
        text_add(text, "                          ");
        text_add(text, name);
    }
    text_add(text, "\n");
}

void proc_maps(struct text *text)
{
    memory_each(text, add_mapping);
}

/* Of the fields of stat, those that say something: number, name, state, parent, threads, size. */
void proc_stat(struct text *text)
{
    struct memory_use use = memory_use();

    text_number(text, process.start->pd_id);
    text_add(text, " (");
    add_name(text);
    text_add(text, ") R 1 1 1 0 -1 0 0 0 0 0 ");
    text_number(text, use.time / 10000000);
    text_add(text, " 0 0 0 20 0 ");
    text_number(text, threads_count());
    text_add(text, " 0 0 ");
    text_number(text, use.mapped);
    text_add(text, " ");
    text_number(text, use.used / PAGE);
    text_add(text, " 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

void proc_statm(struct text *text)
{
    struct memory_use use = memory_use();

    text_number(text, use.mapped / PAGE);
    text_add(text, " ");
    text_number(text, use.used / PAGE);
    text_add(text, " 0 0 0 ");
    text_number(text, use.mapped / PAGE);
    text_add(text, " 0\n");
}

void proc_status(struct text *text)
{
    struct memory_use use = memory_use();
    uint64_t id = process.start->pd_id;

    text_add(text, "Name:\t");
    add_name(text);
    text_add(text, "\nUmask:\t0");
    add_digits(text, (process.umask >> 6 & 7) * 100 + (process.umask >> 3 & 7) * 10 + (process.umask & 7), 3);
    text_add(text, "\nState:\tR (running)\n");
    add_line(text, "Tgid:\t", id, "\n");
    add_line(text, "Pid:\t", id, "\nPPid:\t1\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t64\nGroups:\t \n");
    add_line(text, "VmSize:\t", use.mapped / 1024, " kB\n");
    add_line(text, "VmRSS:\t", use.used / 1024, " kB\n");
    add_line(text, "Threads:\t", threads_count(), "\n");
}
