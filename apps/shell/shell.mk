# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += shell
shell_OBJECTS := $(patsubst %.c,%.o,$(wildcard apps/shell/*.c)) \
    $(addprefix lib/plan/,column.o lines.o parse.o presets.o reader.o names.o) $(patsubst %.c,%.o,$(wildcard model/core/*.c))
