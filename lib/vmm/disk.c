/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/disk.c: see disk.h. */
#include "lib/vmm/disk.h"

#define NAME_BYTES 20u

enum { TYPE_IN = 0,
       TYPE_OUT = 1,
       TYPE_FLUSH = 4,
       TYPE_GET_ID = 8 };

struct header {
    uint32_t type, reserved;
    uint64_t sector;
};

static struct disk_request transfer(struct disk_request request, enum disk_what what, uint64_t sector, uint64_t bytes, uint64_t disk_bytes)
{
    request.status = DISK_ERROR;
    if (bytes == 0 || bytes % DISK_SECTOR != 0 || sector > disk_bytes / DISK_SECTOR ||
        bytes > disk_bytes - sector * DISK_SECTOR)
        return request;
    request.what = what;
    request.at = sector * DISK_SECTOR;
    request.bytes = bytes;
    return request;
}

struct disk_request disk_request(const struct virtio_chain *chain, uint64_t disk_bytes, bool read_only)
{
    struct disk_request request = {.what = DISK_NOTHING, .status = DISK_ERROR, .has_status = chain->to_write != 0};
    struct header header;

    if (!request.has_status || virtio_copy_out(chain, 0, &header, sizeof header) != sizeof header)
        return request;
    request.status_at = chain->to_write - 1;
    switch (header.type) {
    case TYPE_IN:
        return transfer(request, DISK_READ, header.sector, chain->to_write - 1, disk_bytes);
    case TYPE_OUT:
        request.data_at = sizeof header;
        return read_only ? request : transfer(request, DISK_WRITE, header.sector, chain->to_read - sizeof header, disk_bytes);
    case TYPE_FLUSH:
        request.what = DISK_FLUSH;
        return request;
    case TYPE_GET_ID:
        if (chain->to_write > NAME_BYTES)
            request.what = DISK_NAME;
        return request;
    default:
        request.status = DISK_UNSUPPORTED;
        return request;
    }
}

uint64_t disk_done(const struct virtio_chain *chain, const struct disk_request *request, enum disk_status status)
{
    const uint8_t byte = (uint8_t)status;

    if (!request->has_status)
        return 0;
    virtio_copy_in(chain, request->status_at, &byte, 1);
    return request->status_at + 1;
}
