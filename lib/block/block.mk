# SPDX-License-Identifier: BSD-2-Clause
# What servers of disks have in common: BLOCK_OBJECTS for a server's list of objects, beside SERVER_OBJECTS.

BLOCK_OBJECTS = $(patsubst %.c,%.o,$(wildcard lib/block/*.c))
