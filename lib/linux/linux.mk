# SPDX-License-Identifier: BSD-2-Clause
# The program `linux`: the personality that runs executables for Linux. Without the runtime of other programs.

PROGRAMS += linux
LINUX_OBJECTS := $(patsubst %,$(O)/target/%.o,$(basename $(wildcard lib/linux/*.c lib/linux/*.S)) lib/linux/from/lib/file/map lib/regions/regions lib/string/memory)
LINUX_LD := lib/linux/program.ld

$(O)/target/lib/linux/%.o: EXTRA_CFLAGS += -mgeneral-regs-only -fno-pic -DSEL4_IPC_BUFFER_IN_REGISTER

# What other folders have is compiled as the personality is.
$(O)/target/lib/linux/from/%.o: %.c $(O)/target.flags $(PICOLIBC_FETCHED) | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(TARGET_CFLAGS) $(EXTRA_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(O)/programs/linux.elf: $(LINUX_OBJECTS) $(LINUX_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CROSS_CC) -nostdlib -static -no-pie -Wl,-T,$(LINUX_LD) -Wl,-z,max-page-size=4096 -Wl,--build-id=none \
	    -Wl,--gc-sections -Wl,--orphan-handling=error -Wl,--fatal-warnings -o $@ $(LINUX_OBJECTS)
