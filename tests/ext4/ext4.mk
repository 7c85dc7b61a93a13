# SPDX-License-Identifier: BSD-2-Clause
# The file system's library on the host: a tool for the tests in Python, and test programs.

EXT4_SANITIZED := $(patsubst %.c,$(O)/sanobj/%.o,$(wildcard lib/ext4/*.c) tests/ext4/disk.c)
EXT4_TOOL := $(O)/tests/ext4/tool
TEST_FILES += $(EXT4_TOOL)

$(EXT4_TOOL): $(O)/sanobj/tests/ext4/tool.o $(EXT4_SANITIZED)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $^ -o $@

EXT4_UNITS := crash exercise fuzz
HOST_TESTS += $(EXT4_UNITS:%=$(O)/tests/ext4/%)

$(EXT4_UNITS:%=$(O)/tests/ext4/%): $(O)/tests/ext4/%: $(O)/sanobj/tests/ext4/%.o $(EXT4_SANITIZED)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $^ -o $@
