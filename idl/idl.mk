# SPDX-License-Identifier: BSD-2-Clause
# Headers that tools/idlgen.py generates from the interface files: $(O)/include/cell/.

IDL_INTERFACES := $(patsubst idl/%.idl,%,$(filter-out idl/errors.idl,$(wildcard idl/*.idl)))
IDL_HEADERS := $(O)/include/cell/errors.h $(IDL_INTERFACES:%=$(O)/include/cell/idl/%.h) \
    $(IDL_INTERFACES:%=$(O)/include/cell/idl/%_server.h)
GENERATED += $(IDL_HEADERS)

.PHONY: idl
idl: $(IDL_HEADERS) $(IDL_INTERFACES:%=$(O)/docs/reference/%.md)

$(O)/include/cell/errors.h: idl/errors.idl tools/idlgen.py
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) tools/idlgen.py errors $< > $@.new && mv $@.new $@

$(O)/include/cell/idl/%_server.h: idl/%.idl tools/idlgen.py
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) tools/idlgen.py server $< > $@.new && mv $@.new $@

$(O)/include/cell/idl/%.h: idl/%.idl tools/idlgen.py
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) tools/idlgen.py client $< > $@.new && mv $@.new $@

$(O)/docs/reference/%.md: idl/%.idl tools/idlgen.py
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) tools/idlgen.py page $< > $@.new && mv $@.new $@
