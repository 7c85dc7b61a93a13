# SPDX-License-Identifier: BSD-2-Clause
# Host unit tests of this folder: tests/unit/NAME.c is a program, linked with the
# objects that unit-NAME names.

UNITS := archive frame
unit-archive := lib/archive/archive
unit-frame := lib/control/frame

HOST_TESTS += $(UNITS:%=$(O)/tests/unit/%)

define unit_rule
$(O)/tests/unit/$(1): $(O)/sanobj/tests/unit/$(1).o $(unit-$(1):%=$(O)/sanobj/%.o)
	@mkdir -p $$(@D)
	$(HOST_CC) $(HOST_CFLAGS) $$(SANITIZE) $$^ -o $$@
endef
$(foreach u,$(UNITS),$(eval $(call unit_rule,$(u))))
