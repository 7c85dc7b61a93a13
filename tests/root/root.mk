# SPDX-License-Identifier: BSD-2-Clause
# Host tests of the root task: its core on a fake kernel, with sanitizers and allocations that fail on purpose; and
# its parts that need no kernel.

ROOT_TEST_CORE := $(patsubst %,root/%, base/refused core/account core/ads memory/archive core/asid memory/blocks memory/check core/cspace memory/devices core/ep core/follow memory/figures \
    memory/frames core/handle core/gift memory/heap memory/heap_pages core/copies core/mapping core/mapping_parts core/mo core/ntfn core/object core/page core/parts core/resize core/sharing core/reaper core/sparse core/standing memory/idtable memory/kernel_objects memory/large \
    core/slot_table core/slot_tree selftest/account selftest/memory selftest/space memory/slots memory/own_space memory/window) \
    lib/archive/archive lib/idtable/idtable lib/regions/regions $(patsubst %,tests/root/%, core fake_kernel fake_space test_core test_ranges test_copies test_large test_follow)
ROOT_TEST_PARTS := $(patsubst %,root/%, boot/fdt base/options loop/timeouts core/types memory/idtable) lib/idtable/idtable lib/regions/regions tests/root/test_parts
ROOT_TEST_OUT := $(O)/tests/root

HOST_TESTS += $(ROOT_TEST_OUT)/test_core $(ROOT_TEST_OUT)/test_parts $(ROOT_TEST_OUT)/test_port

# The core is built for this apart: its fixed addresses lie where the sanitizer leaves room.
ROOT_TEST_WRAP := heap_allocate heap_pages_give frames_allocate object_allocate cnode_allocate slot_allocate kernel_mint_cnode
$(O)/roottest/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(HOST_CC) $(HOST_CFLAGS) -O1 -DSPACE_BASE=0x200000000000 $(SANITIZE) $(DEPFLAGS) -c $< -o $@

$(ROOT_TEST_OUT)/test_core: $(ROOT_TEST_CORE:%=$(O)/roottest/%.o)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $(ROOT_TEST_WRAP:%=-Wl,--wrap=%) $^ -o $@

$(ROOT_TEST_OUT)/test_parts: $(ROOT_TEST_PARTS:%=$(O)/roottest/%.o)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $^ -o $@

# A driver on a serial port that is made up.
$(ROOT_TEST_OUT)/test_port: tests/root/test_port.c root/channel/port_uart.c tests/root/port/board_uart.h root/channel/port.h | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) -Itests/root/port $(HOST_CFLAGS) $(SANITIZE) $(filter %.c,$^) -o $@
