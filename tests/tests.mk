# SPDX-License-Identifier: BSD-2-Clause
# Host unit tests of this folder: tests/unit/NAME.c is a program, linked with the
# objects that unit-NAME names.

UNITS := abi archive frame line pool words table
unit-pool := lib/runtime/pool
unit-archive := lib/archive/archive
unit-frame := lib/control/frame
unit-line := lib/line/editor lib/line/history
unit-table := lib/server/table lib/idl/serve
unit-words := apps/shell/words

HOST_TESTS += $(UNITS:%=$(O)/tests/unit/%)

define unit_rule
$(O)/tests/unit/$(1): $(O)/sanobj/tests/unit/$(1).o $(unit-$(1):%=$(O)/sanobj/%.o)
	@mkdir -p $$(@D)
	$(HOST_CC) $(HOST_CFLAGS) $$(SANITIZE) $$^ -o $$@
endef
$(foreach u,$(UNITS),$(eval $(call unit_rule,$(u))))

# Stand-ins for a kernel: at several physical addresses, for the loader's tests,
# and one that speaks on the control channel.
PROBES := 60000000 48000000 40200000 900000000
PROBE_LINK = $(CROSS_LD) -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments \
    -T tests/kernel/probe.ld -o $@ $(filter %.o,$^)
TEST_FILES += $(PROBES:%=$(O)/tests/kernel/probe-%.elf) $(O)/tests/kernel/control_probe.elf

$(O)/tests/kernel/probe-%.elf: $(O)/target/tests/kernel/probe-start.o $(O)/target/tests/kernel/probe.o tests/kernel/probe.ld
	@mkdir -p $(@D)
	$(PROBE_LINK) --defsym=physical=0x$*

$(O)/tests/kernel/control_probe.elf: $(O)/target/tests/kernel/probe-start.o $(O)/target/tests/kernel/control_probe.o tests/kernel/probe.ld
	@mkdir -p $(@D)
	$(PROBE_LINK) --defsym=physical=0x60000000
