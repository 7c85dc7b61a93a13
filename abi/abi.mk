# SPDX-License-Identifier: BSD-2-Clause
# Headers of the kernel's interface: $(O)/include/sel4/.

O ?= build
PYTHON ?= python3

ABI_INCLUDE := $(O)/include/sel4
ABI_DATA := abi/constants.abi abi/invocations.abi
ABI_HEADERS := $(ABI_INCLUDE)/constants.h $(ABI_INCLUDE)/invocations.h $(ABI_INCLUDE)/faults.h \
    $(patsubst abi/include/%,$(ABI_INCLUDE)/%,$(wildcard abi/include/*.h))
GENERATED += $(ABI_HEADERS)

.PHONY: abi
abi: $(ABI_HEADERS) $(O)/docs/abi.md

$(ABI_INCLUDE)/constants.h: abi/generate.py $(ABI_DATA)
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) abi/generate.py constants $(ABI_DATA) > $@.new && mv $@.new $@

$(ABI_INCLUDE)/invocations.h: abi/generate.py abi/invocations.abi
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) abi/generate.py invocations abi/invocations.abi > $@.new && mv $@.new $@

$(ABI_INCLUDE)/faults.h: abi/generate.py abi/constants.abi
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) abi/generate.py faults abi/constants.abi > $@.new && mv $@.new $@

$(ABI_INCLUDE)/%.h: abi/include/%.h
	@mkdir -p $(@D)
	cp $< $@

$(O)/docs/abi.md: abi/generate.py $(ABI_DATA)
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) abi/generate.py page $(ABI_DATA) > $@.new && mv $@.new $@
