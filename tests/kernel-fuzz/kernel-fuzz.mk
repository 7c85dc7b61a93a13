# SPDX-License-Identifier: BSD-2-Clause
# The fuzzer of the kernel's interface: $(O)/tests/kernel/fuzz.elf, a root task on the library of the conformance cases.

KERNEL_FUZZ := $(patsubst %,$(O)/target/%.o,$(basename $(wildcard tests/kernel-fuzz/*.c)))
KERNEL_FUZZ_LIB := $(patsubst %,$(O)/target/%.o,$(basename $(wildcard tests/conformance/lib/*.[cS])))
TEST_FILES += $(O)/tests/kernel/fuzz.elf

$(O)/target/tests/kernel-fuzz/%.o: EXTRA_CFLAGS := -mgeneral-regs-only

$(O)/tests/kernel/fuzz.elf: $(KERNEL_FUZZ) $(KERNEL_FUZZ_LIB) tests/conformance/lib/program.ld
	@mkdir -p $(@D)
	$(CROSS_LD) -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments --gc-sections \
	    -T tests/conformance/lib/program.ld -o $@ $(filter %.o,$^)
