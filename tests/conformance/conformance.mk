# SPDX-License-Identifier: BSD-2-Clause
# The conformance cases: $(O)/conformance/NAME.elf, a root task each, from cases/NAME.c and lib/.

CONFORMANCE_CASES := $(patsubst tests/conformance/cases/%.c,%,$(wildcard tests/conformance/cases/*.c))
CONFORMANCE_OBJECTS := $(patsubst %,$(O)/target/%.o,$(basename $(wildcard tests/conformance/lib/*.[cS])))

TEST_FILES += $(CONFORMANCE_CASES:%=$(O)/conformance/%.elf)

# Only assembly touches the FPU: cases watch its registers.
$(O)/target/tests/conformance/%.o: EXTRA_CFLAGS := -mgeneral-regs-only

$(O)/conformance/%.elf: $(O)/target/tests/conformance/cases/%.o $(CONFORMANCE_OBJECTS) tests/conformance/lib/program.ld
	@mkdir -p $(@D)
	$(CROSS_LD) -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments --gc-sections \
	    -T tests/conformance/lib/program.ld -o $@ $(filter %.o,$^)
