# SPDX-License-Identifier: BSD-2-Clause
# cellmodel as static programs for other Linux machines: this machine's, and arm64's.
LINUX_NATIVE := $(shell uname -m)
LINUX_STATIC := $(sort $(O)/static/cellmodel-$(LINUX_NATIVE) $(O)/static/cellmodel-aarch64)
.PHONY: cellmodel-static
cellmodel-static: $(LINUX_STATIC)

# They are for extracting, and need no library but libc: JSON and GraphML are not read.
LINUX_TOOL_SOURCES := $(patsubst %,%.o,$(filter-out model/host/json_read model/host/graphml_read,$(MODEL_TOOL)) \
    model/host/csv_only/readers model/commands)
$(O)/arm64obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(HOST_CFLAGS) -D_GNU_SOURCE $(DEPFLAGS) -c $< -o $@
$(O)/arm64obj/model/commands.o: $(O)/model/commands.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(HOST_CFLAGS) $(DEPFLAGS) -c $< -o $@
$(O)/static/cellmodel-aarch64: $(LINUX_TOOL_SOURCES:%=$(O)/arm64obj/%)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(CROSS_CC) $(HOST_CFLAGS) -static -s $^ -o $@ -lm
ifneq ($(LINUX_NATIVE),aarch64)
$(O)/static/cellmodel-$(LINUX_NATIVE): $(LINUX_TOOL_SOURCES:%=$(O)/hostobj/%)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) -static -s $^ -o $@ -lm
endif
