# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += files
files_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/files/*.c lib/ext4/*.c)) $(SERVER_OBJECTS)
