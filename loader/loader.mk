# SPDX-License-Identifier: BSD-2-Clause
# The loader: a flat image that runs at any address; tools/image.c appends to it.

LOADER_CFLAGS := $(filter-out -fno-pic -no-pie,$(TARGET_CFLAGS)) -fpie -fvisibility=hidden -mgeneral-regs-only

$(O)/loader/%.o: loader/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(LOADER_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(O)/loader/%.o: loader/%.S
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(LOADER_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(O)/loader/loader.elf: $(O)/loader/head.o $(O)/loader/loader.o loader/loader.ld
	$(call quiet,LD,$@)$(CROSS_LD) -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments -T loader/loader.ld -o $@ $(filter %.o,$^)

$(O)/loader/loader.bin: $(O)/loader/loader.elf
	$(call quiet,COPY,$@)$(CROSS_OBJCOPY) -O binary $< $@

LOADER := $(O)/loader/loader.bin
