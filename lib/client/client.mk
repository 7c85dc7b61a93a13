# SPDX-License-Identifier: BSD-2-Clause
# The client library: every program is linked with it.

CLIENT_LIB := $(O)/lib/libclient.a
# Nothing calls hooks.c, so it is named as an object.
PROGRAM_LIBS += $(O)/target/lib/client/hooks.o $(CLIENT_LIB)

$(CLIENT_LIB): $(patsubst %.c,$(O)/target/%.o,$(filter-out lib/client/hooks.c,$(wildcard lib/client/*.c) lib/ring/ring.c))
	@mkdir -p $(@D)
	$(call quiet,AR,$@)rm -f $@ && $(CROSS_AR) rcs $@ $^
