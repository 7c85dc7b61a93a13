# SPDX-License-Identifier: BSD-2-Clause
# cellmodel as static programs for other Linux machines: this machine's, and arm64's.
LINUX_NATIVE := $(shell uname -m)
LINUX_STATIC := $(sort $(O)/static/cellmodel-$(LINUX_NATIVE) $(O)/static/cellmodel-aarch64)
.PHONY: cellmodel-static
cellmodel-static: $(LINUX_STATIC)

LINUX_TOOL_SOURCES := $(MODEL_TOOL:%=%.o) model/commands.o
$(O)/arm64obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(HOST_CFLAGS) -D_GNU_SOURCE $(DEPFLAGS) -c $< -o $@
$(O)/arm64obj/model/commands.o: $(O)/model/commands.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(HOST_CFLAGS) $(DEPFLAGS) -c $< -o $@
$(O)/static/cellmodel-aarch64: $(LINUX_TOOL_SOURCES:%=$(O)/arm64obj/%)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CROSS_CC) $(HOST_CFLAGS) -static -s $^ -o $@ $(MODEL_LIBS)
ifneq ($(LINUX_NATIVE),aarch64)
$(O)/static/cellmodel-$(LINUX_NATIVE): $(LINUX_TOOL_SOURCES:%=$(O)/hostobj/%)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) -static -s $^ -o $@ $(MODEL_LIBS)
endif
