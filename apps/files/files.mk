# SPDX-License-Identifier: BSD-2-Clause
# Programs for files, made of the same sources: the program's name says which one it is.

FILE_PROGRAMS := cat cp df ls mkdir mount mv rm sync
PROGRAMS += $(FILE_PROGRAMS)
$(foreach p,$(FILE_PROGRAMS),$(eval $p_OBJECTS := $(patsubst %.c,%.o,$(wildcard apps/files/*.c))))
