/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/ext4/disk.h: a disk in memory, filled from a file, that remembers what was written between flushes, can fail, and can be slow. */
#pragma once

#include "lib/ext4/ext4.h"

/* A write, or a flush (bytes == 0). */
struct disk_write {
    uint64_t at;
    size_t bytes;
    uint8_t *data;
};

struct disk {
    struct ext4_device device;
    uint8_t *bytes;
    bool recording;
    struct disk_write *writes;
    size_t write_count, write_room;
    uint64_t requests;
    uint64_t fail_after; /* requests until each one fails; 0: never */
    bool slow;           /* answers CELL_LATER now and then, and wants reads to be asked for */
    bool stuck;          /* and never lets one read */
    bool flushing;       /* a flush has begun */
    uint64_t laters, fetched_at, fetched_bytes;
};

/* Reads an image; ends the program if it cannot. */
void disk_open(struct disk *disk, const char *path);
/* Writes it to a file. */
void disk_save(const struct disk *disk, const char *path);
void disk_close(struct disk *disk);

/* A clock that stands still unless it is set, and reports on stderr (or, with report_quiet, not at all). */
extern struct ext4_time disk_now;
struct ext4_time disk_clock(void);
void disk_report(const char *text);
extern bool disk_quiet;
