# SPDX-License-Identifier: BSD-2-Clause
# Guests for tests: arm64 images of a few instructions, in the boot archive.

GUESTS := $(patsubst tests/guests/%.S,$(O)/guests/%,$(wildcard tests/guests/*.S))
ARCHIVE_FILES += $(foreach g,$(GUESTS),$(notdir $g)=$g)

$(O)/guests/%: $(O)/target/tests/guests/%.o
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(CROSS_OBJCOPY) -O binary -j .text $< $@
