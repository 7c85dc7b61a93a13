# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += ramdisk
ramdisk_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/ramdisk/*.c)) $(BLOCK_OBJECTS) $(SERVER_OBJECTS)
