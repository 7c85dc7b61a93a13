# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += shell
shell_OBJECTS := $(patsubst %.c,%.o,$(wildcard apps/shell/*.c)) \
    $(patsubst %.c,%.o,$(wildcard model/core/*.c))
