/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/vmm/disk.h: a guest's requests to a virtio block device (VIRTIO 1.1, section 5.2), taken apart. The unit of what is
 * below is a block of 4 KiB, which the driver can read; a request that goes by sectors of 512 bytes works as well.
 */
#pragma once

#include "lib/vmm/virtio.h"

#define DISK_SECTOR 512u

/* What the device offers. */
#define DISK_FEATURE_SEGMENTS (UINT64_C(1) << 2)
#define DISK_FEATURE_READ_ONLY (UINT64_C(1) << 5)
#define DISK_FEATURE_BLOCK_SIZE (UINT64_C(1) << 6)
#define DISK_FEATURE_FLUSH (UINT64_C(1) << 9)

/* Its configuration (5.2.4), as far as the features say. */
struct disk_configuration {
    uint64_t sectors;
    uint32_t size_most, segments_most;
    uint8_t geometry[4];
    uint32_t block_bytes;
};

enum disk_status { DISK_OK = 0,
                   DISK_ERROR = 1,
                   DISK_UNSUPPORTED = 2 };

enum disk_what {
    DISK_NOTHING, /* answered with `status` at once */
    DISK_READ,
    DISK_WRITE,
    DISK_FLUSH,
    DISK_NAME, /* 20 bytes of text */
};

struct disk_request {
    enum disk_what what;
    enum disk_status status;
    uint64_t at, bytes; /* on the disk, all of it there */
    uint64_t data_at;   /* in what the chain has to be read (DISK_WRITE), or to be written (DISK_READ) */
    uint64_t status_at; /* in what the chain has to be written: a byte */
    bool has_status;
};

/* What a chain asks of a disk of this many bytes. */
struct disk_request disk_request(const struct virtio_chain *chain, uint64_t disk_bytes, bool read_only);
/* Writes the status; returns how many bytes of the chain were written, for virtio_give(). */
uint64_t disk_done(const struct virtio_chain *chain, const struct disk_request *request, enum disk_status status);
