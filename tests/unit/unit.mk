# SPDX-License-Identifier: BSD-2-Clause
# Host unit tests of this folder: tests/unit/NAME.c is a program, linked with the
# objects that unit-NAME names.

UNITS := abi archive frame idl idtable line linux pool ring tree virtio vmm words
unit-pool := lib/runtime/pool
unit-archive := lib/archive/archive
unit-ring := lib/ring/ring
unit-frame := lib/control/frame
unit-linux := lib/linux/executable lib/linux/rewrite
unit-line := lib/line/editor lib/line/history
unit-idl := lib/idl/serve
unit-idtable := lib/idtable/idtable lib/idtable/memory_libc
unit-virtio := lib/vmm/virtio lib/vmm/disk
unit-vmm := lib/vmm/exit lib/vmm/gic lib/vmm/gic_state lib/vmm/pl011 lib/vmm/psci lib/vmm/rtc lib/vmm/instruction lib/vmm/walk
unit-tree := servers/switch/tree
unit-words := apps/shell/words

HOST_TESTS += $(UNITS:%=$(O)/tests/unit/%)

define unit_rule
$(O)/tests/unit/$(1): $(O)/sanobj/tests/unit/$(1).o $(unit-$(1):%=$(O)/sanobj/%.o)
	@mkdir -p $$(@D)
	$$(call quiet,LD,$$@)$(HOST_CC) $(HOST_CFLAGS) $$(SANITIZE) $$^ -o $$@
endef
$(foreach u,$(UNITS),$(eval $(call unit_rule,$(u))))
