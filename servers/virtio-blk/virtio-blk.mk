# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += virtio-blk
virtio-blk_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/virtio-blk/*.c)) $(BLOCK_OBJECTS) $(VIRTIO_OBJECTS) $(SERVER_OBJECTS)
