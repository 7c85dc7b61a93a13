# SPDX-License-Identifier: BSD-2-Clause
# The benchmark of kernel operations: $(O)/bench/kernel.elf, a root task on the library of the conformance cases.

BENCH_KERNEL := main measure partner calls messages faults interrupts capabilities memory pages threads latency deep
BENCH_KERNEL_OBJECTS := $(BENCH_KERNEL:%=$(O)/target/bench/kernel/%.o)
BENCH_KERNEL_LIB := $(patsubst %,$(O)/target/%.o,$(basename $(wildcard tests/nucleus/conformance/lib/*.[cS])))
TEST_FILES += $(O)/bench/kernel.elf

$(O)/target/bench/kernel/%.o: EXTRA_CFLAGS := -mgeneral-regs-only

$(O)/bench/kernel.elf: $(BENCH_KERNEL_OBJECTS) $(BENCH_KERNEL_LIB) tests/nucleus/conformance/lib/program.ld
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CROSS_LD) -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments --gc-sections \
	    -T tests/nucleus/conformance/lib/program.ld -o $@ $(filter %.o,$^)
