# SPDX-License-Identifier: BSD-2-Clause
# Programs for files, one text: which one it is, its name says.

FILE_PROGRAMS := cat cp df ls mkdir mount mv rm sync
PROGRAMS += $(FILE_PROGRAMS)
$(foreach p,$(FILE_PROGRAMS),$(eval $p_OBJECTS := $(patsubst %.c,%.o,$(wildcard apps/files/*.c))))
