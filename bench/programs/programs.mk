# SPDX-License-Identifier: BSD-2-Clause
# An executable for Linux that measures its system calls.

$(O)/bench/calls: bench/programs/calls.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) -O2 $(WARNINGS) -Wno-unused-result -static $< -o $@
