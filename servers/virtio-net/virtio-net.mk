# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += virtio-net
virtio-net_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/virtio-net/*.c)) $(NIC_PORT_OBJECTS) $(VIRTIO_OBJECTS) $(SERVER_OBJECTS)
