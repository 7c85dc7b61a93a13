# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += toy
toy_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/toy/*.c)) $(SERVER_OBJECTS)
