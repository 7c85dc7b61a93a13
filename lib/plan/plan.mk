# SPDX-License-Identifier: BSD-2-Clause
# The planner and the ELF reader, for the root task and the host.

PLAN_CORE := lib/plan/parse lib/plan/plan lib/plan/regions lib/elf/elf lib/elf/symbols
ROOT_OBJECTS += $(PLAN_CORE:%=%.o) lib/idl/serve.o

.SECONDEXPANSION:
HOST_TOOLS += $(O)/host/cellplan
$(O)/host/cellplan: $(O)/hostobj/tools/cellplan.o $(PLAN_CORE:%=$(O)/hostobj/%.o) $(O)/hostobj/lib/plan/predict.o \
    $$(patsubst %,$(O)/hostobj/%.o,$$(MODEL_CORE) model/host/memory_libc)
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) $^ -o $@
# Fields are put together of bytes; the machine reads them whole, wherever they stand.
$(O)/target/lib/elf/elf.o $(O)/target/lib/elf/symbols.o: EXTRA_CFLAGS += -mno-strict-align
