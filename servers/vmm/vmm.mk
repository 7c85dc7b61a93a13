# SPDX-License-Identifier: BSD-2-Clause
# The server of virtual machines, with Debian's libfdt for the device trees that it writes.

LIBFDT_FOLDER ?= $(O)/libfdt
LIBFDT := $(LIBFDT_FOLDER)/tree/usr/lib/aarch64-linux-gnu/libfdt.a

PROGRAMS += vmm
vmm_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/vmm/*.c) $(wildcard lib/vmm/*.c)) servers/vmm/vectors.o $(NIC_LINK_OBJECTS) $(SERVER_OBJECTS)
$(O)/programs/vmm.elf: $(LIBFDT)
$(O)/programs/vmm.elf: PROGRAM_LIBS += $(LIBFDT)
$(O)/target/servers/vmm/tree.o: EXTRA_CFLAGS += -isystem $(LIBFDT_FOLDER)/tree/usr/include
$(O)/target/servers/vmm/tree.o: $(LIBFDT)

$(LIBFDT): $(LIBFDT_FOLDER)/version
$(LIBFDT_FOLDER)/version:
	@tools/debian-package libfdt-dev:arm64 $(LIBFDT_FOLDER)
