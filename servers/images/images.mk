# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += images
images_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/images/*.c)) lib/linux/executable.o lib/linux/rewrite.o $(SERVER_OBJECTS)
