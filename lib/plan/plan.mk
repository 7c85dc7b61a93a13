# SPDX-License-Identifier: BSD-2-Clause
# The planner and the ELF reader, for the root task and the host.

PLAN_CORE := \
    $(addprefix lib/plan/,reader lines parse column items names plan presets regions) lib/elf/elf lib/elf/symbols
ROOT_OBJECTS += $(PLAN_CORE:%=%.o) lib/idl/serve.o

# Fields are put together of bytes; the machine reads them whole, wherever they stand.
$(O)/target/lib/elf/elf.o $(O)/target/lib/elf/symbols.o: EXTRA_CFLAGS += -mno-strict-align
