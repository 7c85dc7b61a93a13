# SPDX-License-Identifier: BSD-2-Clause
# The runtime's tests as a root task. Kernel objects come from the conformance cases' library. The entry of ordinary PDs is
# linked in under another name, pd_start.

RUNTIME_TEST_OBJECTS := $(patsubst %.c,$(O)/target/%.o,$(sort $(wildcard tests/runtime/*.c))) \
    $(O)/target/tests/nucleus/conformance/lib/objects.o $(O)/tests/runtime/pd_start.o
TEST_FILES += $(O)/tests/runtime/runtime.elf

$(O)/tests/runtime/pd_start.o: $(O)/target/lib/runtime/crt.o
	@mkdir -p $(@D)
	$(call quiet,COPY,$@)$(CROSS_OBJCOPY) --redefine-sym _start=pd_start $< $@

# Loops over bytes are what the string functions are compared with; they must stay loops.
$(O)/target/tests/runtime/%.o: EXTRA_CFLAGS += $(USER_CFLAGS) -fno-tree-loop-distribute-patterns

$(O)/tests/runtime/runtime.elf: $(O)/target/lib/runtime/crt_root.o $(RUNTIME_TEST_OBJECTS) $(RUNTIME) $(PROGRAM_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(call link_program,$<,$(RUNTIME_TEST_OBJECTS))
