# SPDX-License-Identifier: BSD-2-Clause
# Guests for tests, in the boot archive: arm64 images of a few instructions, and programs in C with what tests/guests/lib has.

GUEST_PROGRAMS := $(patsubst tests/guests/%.c,$(O)/guests/%,$(wildcard tests/guests/*.c))
GUESTS := $(patsubst tests/guests/%.S,$(O)/guests/%,$(wildcard tests/guests/*.S)) $(GUEST_PROGRAMS)
ARCHIVE_FILES += $(foreach g,$(GUESTS),$(notdir $g)=$g)
GUEST_LIB := $(patsubst %,$(O)/target/tests/guests/lib/%.o,start guest card)

$(O)/target/tests/guests/%.o: EXTRA_CFLAGS += -mgeneral-regs-only

$(O)/guests/%.elf: $(O)/target/tests/guests/%.o $(GUEST_LIB) tests/guests/lib/guest.ld
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CROSS_LD) --no-warn-rwx-segments -T tests/guests/lib/guest.ld -o $@ $(filter %.o,$^)

$(GUEST_PROGRAMS): $(O)/guests/%: $(O)/guests/%.elf
	$(call quiet,GEN,$@)$(CROSS_OBJCOPY) -O binary $< $@

$(O)/guests/%: $(O)/target/tests/guests/%.o
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(CROSS_OBJCOPY) -O binary -j .text $< $@
