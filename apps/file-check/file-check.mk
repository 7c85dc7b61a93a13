# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += file-check
file-check_OBJECTS := $(addprefix apps/file-check/,main.o files.o work.o load.o disks.o)
