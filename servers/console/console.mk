# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += console
console_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/console/*.c)) lib/line/editor.o lib/line/history.o $(SERVER_OBJECTS)
