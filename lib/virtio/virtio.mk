# SPDX-License-Identifier: BSD-2-Clause
# Drivers behind virtio-mmio: VIRTIO_OBJECTS for a driver's list of objects, beside SERVER_OBJECTS. The root task's needs the queues only.

VIRTIO_OBJECTS = $(patsubst %.c,%.o,$(wildcard lib/virtio/*.c))
