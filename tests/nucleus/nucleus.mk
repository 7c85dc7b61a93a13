# SPDX-License-Identifier: BSD-2-Clause
# Root tasks that exercise a kernel, and stand-ins for a kernel that exercise the loader.

# The library of the conformance cases; the fuzzer, the runtime's tests and the benchmark of the kernel use it too. Only
# assembly touches the FPU: cases watch its registers.
KERNEL_TEST_LIB := $(patsubst %,$(O)/target/%.o,$(basename $(wildcard tests/nucleus/conformance/lib/*.[cS])))
KERNEL_TEST_LD := tests/nucleus/conformance/lib/program.ld
KERNEL_TEST_LINK = $(CROSS_LD) -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments --gc-sections \
    -T $(KERNEL_TEST_LD) -o $@ $(filter %.o,$^)

$(O)/target/tests/nucleus/conformance/%.o $(O)/target/tests/nucleus/fuzz/%.o \
$(O)/target/tests/nucleus/differential/%.o: EXTRA_CFLAGS := -mgeneral-regs-only

# The conformance cases: a root task each, from cases/NAME.c.
CONFORMANCE_CASES := $(patsubst tests/nucleus/conformance/cases/%.c,%,$(wildcard tests/nucleus/conformance/cases/*.c))
TEST_FILES += $(CONFORMANCE_CASES:%=$(O)/tests/nucleus/conformance/%.elf)
$(O)/tests/nucleus/conformance/%.elf: $(O)/target/tests/nucleus/conformance/cases/%.o $(KERNEL_TEST_LIB) $(KERNEL_TEST_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(KERNEL_TEST_LINK)

# The fuzzer of the kernel's interface.
KERNEL_FUZZ := $(patsubst %,$(O)/target/%.o,$(basename $(wildcard tests/nucleus/fuzz/*.c)))
TEST_FILES += $(O)/tests/nucleus/fuzz.elf
$(O)/tests/nucleus/fuzz.elf: $(KERNEL_FUZZ) $(KERNEL_TEST_LIB) $(KERNEL_TEST_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(KERNEL_TEST_LINK)

# The same program on two kernels.
KERNEL_DIFFERENTIAL := $(patsubst %,$(O)/target/%.o,$(basename $(wildcard tests/nucleus/differential/*.c))) \
    $(addprefix $(O)/target/tests/nucleus/fuzz/,random.o operations.o call.o)
TEST_FILES += $(O)/tests/nucleus/differential.elf
$(O)/tests/nucleus/differential.elf: $(KERNEL_DIFFERENTIAL) $(KERNEL_TEST_LIB) $(KERNEL_TEST_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(KERNEL_TEST_LINK)

# Stand-ins for a kernel: at several physical addresses, for the loader's tests,
# and one that speaks on the control channel.
PROBES := 60000000 48000000 40200000 900000000
PROBE_LD := tests/nucleus/loader/probe.ld
PROBE_START := $(O)/target/tests/nucleus/loader/probe-start.o
PROBE_LINK = $(CROSS_LD) -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments -T $(PROBE_LD) -o $@ $(filter %.o,$^)
TEST_FILES += $(PROBES:%=$(O)/tests/nucleus/probe-%.elf) $(O)/tests/tools/control_probe.elf

$(O)/tests/nucleus/probe-%.elf: $(PROBE_START) $(O)/target/tests/nucleus/loader/probe.o $(PROBE_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(PROBE_LINK) --defsym=physical=0x$*

$(O)/tests/tools/control_probe.elf: $(PROBE_START) $(O)/target/tests/tools/control_probe.o $(PROBE_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(PROBE_LINK) --defsym=physical=0x60000000
