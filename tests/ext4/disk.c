/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/ext4/disk.c: see disk.h. */
#include "tests/ext4/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ext4_time disk_now = {.seconds = 1700000000};
bool disk_quiet;

struct ext4_time disk_clock(void)
{
    return disk_now;
}

void disk_report(const char *text)
{
    if (!disk_quiet)
        fprintf(stderr, "%s\n", text);
}

static struct disk *disk_of(struct ext4_device *device)
{
    return (struct disk *)device; /* its first member */
}

static bool fails(struct disk *disk)
{
    disk->requests++;
    return disk->fail_after != 0 && disk->requests > disk->fail_after;
}

/* One time in `below`, if it is slow. */
static bool later(struct disk *disk, unsigned below)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    if (!disk->slow || (state >> 20) % below != 0)
        return false;
    disk->laters++;
    return true;
}

static cell_error_t fetch_disk(struct ext4_device *device, uint64_t at, size_t bytes)
{
    struct disk *disk = disk_of(device);

    if (disk->stuck || later(disk, 3))
        return CELL_LATER;
    disk->fetched_at = at;
    disk->fetched_bytes = bytes;
    return CELL_OK;
}

static cell_error_t settle_disk(struct ext4_device *device)
{
    return later(disk_of(device), 2) ? CELL_LATER : CELL_OK;
}

static cell_error_t read_disk(struct ext4_device *device, uint64_t at, void *to, size_t bytes)
{
    if (fails(disk_of(device)))
        return CELL_IO;
    const struct disk *disk = disk_of(device);

    if (at > device->bytes || bytes > device->bytes - at)
        abort(); /* the library has to check */
    if (disk->slow && (at < disk->fetched_at || at + bytes > disk->fetched_at + disk->fetched_bytes))
        abort(); /* it has to ask */
    memcpy(to, disk_of(device)->bytes + at, bytes);
    return CELL_OK;
}

static void record(struct disk *disk, uint64_t at, const void *from, size_t bytes)
{
    if (!disk->recording)
        return;
    if (disk->write_count == disk->write_room) {
        disk->write_room = disk->write_room * 2 + 64;
        disk->writes = realloc(disk->writes, disk->write_room * sizeof *disk->writes);
    }
    struct disk_write *write = &disk->writes[disk->write_count++];

    *write = (struct disk_write){.at = at, .bytes = bytes, .data = malloc(bytes)};
    if (bytes > 0)
        memcpy(write->data, from, bytes);
}

static cell_error_t write_disk(struct ext4_device *device, uint64_t at, const void *from, size_t bytes)
{
    if (fails(disk_of(device)))
        return CELL_IO;
    if (later(disk_of(device), 3))
        return CELL_LATER;
    if (at > device->bytes || bytes > device->bytes - at || bytes == 0)
        abort();
    record(disk_of(device), at, from, bytes);
    memcpy(disk_of(device)->bytes + at, from, bytes);
    return CELL_OK;
}

static cell_error_t flush_disk(struct ext4_device *device)
{
    if (fails(disk_of(device)))
        return CELL_IO;
    struct disk *disk = disk_of(device);

    if (!disk->flushing)
        record(disk, 0, NULL, 0);
    disk->flushing = later(disk, 2);
    return disk->flushing ? CELL_LATER : CELL_OK;
}

static void fail(const char *path)
{
    perror(path);
    exit(2);
}

void disk_open(struct disk *disk, const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        fail(path);
    *disk = (struct disk){
        .device = {.bytes = (uint64_t)ftell(file),
                   .read = read_disk,
                   .write = write_disk,
                   .flush = flush_disk,
                   .fetch = fetch_disk,
                   .settle = settle_disk}};
    rewind(file);
    disk->bytes = malloc(disk->device.bytes);
    if (fread(disk->bytes, 1, disk->device.bytes, file) != disk->device.bytes)
        fail(path);
    fclose(file);
}

void disk_save(const struct disk *disk, const char *path)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(disk->bytes, 1, disk->device.bytes, file) != disk->device.bytes || fclose(file) != 0)
        fail(path);
}

void disk_close(struct disk *disk)
{
    for (size_t i = 0; i < disk->write_count; i++)
        free(disk->writes[i].data);
    free(disk->writes);
    free(disk->bytes);
}
