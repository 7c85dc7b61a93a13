# SPDX-License-Identifier: BSD-2-Clause
# Example processes for the tests of `cellmodel linux`, and an arm64 guest that runs them.

LINUX_EXAMPLES := plain sharing threads namespaces sandbox actor
LINUX_EXAMPLE_FLAGS := -std=gnu17 -O2 $(WARNINGS) -pthread
# Every page of it is known: headers and code in one segment, data in the other, nothing else.
LINUX_BARE_FLAGS := -std=gnu17 -O2 $(WARNINGS) -ffreestanding -fno-stack-protector -fno-pic -no-pie -static -nostdlib \
    -fno-asynchronous-unwind-tables -Wl,-z,noseparate-code,-z,max-page-size=4096,-z,norelro,--build-id=none

LINUX_FILES := $(LINUX_EXAMPLES:%=$(O)/tests/linux/%) $(LINUX_EXAMPLES:%=$(O)/tests/linux/%-static) $(O)/tests/linux/bare
$(addprefix $(O)/tests/linux/,linux memory places channels authority joined programs): $(LINUX_FILES)

$(O)/tests/linux/bare: tests/linux/bare.c
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(LINUX_BARE_FLAGS) $< -o $@
$(O)/tests/linux/%: tests/linux/%.c tests/linux/example.h
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(LINUX_EXAMPLE_FLAGS) $< -o $@
$(O)/tests/linux/%-static: tests/linux/%.c tests/linux/example.h
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(LINUX_EXAMPLE_FLAGS) -static $< -o $@

# The readers' parts by themselves.
HOST_TESTS += $(O)/tests/linux/reader
$(O)/sanobj/tests/linux/reader.o: EXTRA_CFLAGS += -D_GNU_SOURCE
$(O)/tests/linux/reader: $(O)/sanobj/tests/linux/reader.o \
    $(patsubst %.c,$(O)/sanobj/%.o,$(wildcard model/linux/*.c)) $(MODEL_CORE:%=$(O)/sanobj/%.o) $(O)/sanobj/model/host/memory_libc.o
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $^ -o $@ -lm

# A guest for arm64: static examples, and its first process.
LINUX_GUEST_FILES := $(addprefix $(O)/tests/linux-arm64/,bare guest-init $(LINUX_EXAMPLES:%=%-static))
$(O)/tests/linux/guest: $(LINUX_STATIC) $(LINUX_FILES) $(LINUX_GUEST_FILES) tests/linux/machine.py

$(O)/tests/linux-arm64/bare: tests/linux/bare.c
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CROSS_CC) $(LINUX_BARE_FLAGS) $< -o $@
$(O)/tests/linux-arm64/%-static: tests/linux/%.c tests/linux/example.h
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CROSS_CC) $(LINUX_EXAMPLE_FLAGS) -static $< -o $@
$(O)/tests/linux-arm64/guest-init: tests/linux/guest-init.c tests/linux/example.h
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CROSS_CC) $(LINUX_EXAMPLE_FLAGS) -D_GNU_SOURCE -static $< -o $@
