/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/virtio/mmio.h: what drivers of virtio-mmio devices have in common (Virtual I/O Device (VIRTIO) Version 1.1: 2.6 split
 * virtqueues, 4.2 MMIO).
 */
#pragma once

#include <stdint.h>

/* Registers, as indices of 32-bit words (4.2.2). */
enum {
    VIRTIO_MAGIC = 0x000 / 4,
    VIRTIO_VERSION = 0x004 / 4,
    VIRTIO_DEVICE_ID = 0x008 / 4,
    VIRTIO_VENDOR = 0x00c / 4,
    VIRTIO_DEVICE_FEATURES = 0x010 / 4,
    VIRTIO_DEVICE_FEATURES_SELECT = 0x014 / 4,
    VIRTIO_DRIVER_FEATURES = 0x020 / 4,
    VIRTIO_DRIVER_FEATURES_SELECT = 0x024 / 4,
    VIRTIO_QUEUE_SELECT = 0x030 / 4,
    VIRTIO_QUEUE_SIZE_MAXIMUM = 0x034 / 4,
    VIRTIO_QUEUE_SIZE = 0x038 / 4,
    VIRTIO_QUEUE_READY = 0x044 / 4,
    VIRTIO_QUEUE_NOTIFY = 0x050 / 4,
    VIRTIO_INTERRUPT_STATUS = 0x060 / 4,
    VIRTIO_INTERRUPT_ACKNOWLEDGE = 0x064 / 4,
    VIRTIO_STATUS = 0x070 / 4,
    VIRTIO_QUEUE_DESCRIPTORS = 0x080 / 4,
    VIRTIO_QUEUE_AVAILABLE = 0x090 / 4,
    VIRTIO_QUEUE_USED = 0x0a0 / 4,
    VIRTIO_CONFIGURATION = 0x100 / 4,
};

#define VIRTIO_MAGIC_VALUE 0x74726976u /* "virt" */
#define VIRTIO_VERSION_MODERN 2u
#define VIRTIO_STATUS_ACKNOWLEDGE 1u
#define VIRTIO_STATUS_DRIVER 2u
#define VIRTIO_STATUS_DRIVER_OK 4u
#define VIRTIO_STATUS_FEATURES_OK 8u
/* VIRTIO_F_VERSION_1 is bit 32: bit 0 of the second word. */
#define VIRTIO_FEATURES_HIGH_VERSION_1 1u

#define VIRTIO_DESCRIPTOR_NEXT 1u
#define VIRTIO_DESCRIPTOR_WRITE 2u    /* the device writes there */
#define VIRTIO_DESCRIPTOR_INDIRECT 4u /* further descriptors are there */

struct virtio_descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};
