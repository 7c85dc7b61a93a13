# SPDX-License-Identifier: BSD-2-Clause
# The frame of resource servers: SERVER_OBJECTS for a server's list of objects.

SERVER_OBJECTS = $(patsubst %.c,%.o,$(wildcard lib/server/*.c)) lib/idl/serve.o lib/idtable/idtable.o lib/idtable/memory_libc.o
