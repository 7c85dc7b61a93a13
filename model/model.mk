# SPDX-License-Identifier: BSD-2-Clause
# The model library and cellmodel. The core (model/core) is compiled by the rules of the top Makefile, for
# the host and for the root task; it brings no allocator; model/host/memory_libc.c is for programs with a malloc.

MODEL_CORE := $(patsubst %.c,%,$(sort $(wildcard model/core/*.c)))
MODEL_HOST := $(patsubst %.c,%,$(sort $(filter-out model/cmd/%,$(wildcard model/*/*.c))))
MODEL_COMMANDS := $(patsubst model/cmd/cmd_%.c,%,$(sort $(wildcard model/cmd/cmd_*.c)))
MODEL_TOOL := $(MODEL_HOST) $(patsubst %.c,%,$(sort $(wildcard model/cmd/*.c)))
MODEL_LIBS := -lexpat -lyajl -lm

HOST_TOOLS += $(O)/host/cellmodel

.PHONY: model model-target
model: $(O)/host/cellmodel

$(O)/hostobj/model/%.o $(O)/sanobj/model/%.o: EXTRA_CFLAGS += -D_GNU_SOURCE

# cellmodel neo4j is a Python program, and stays where it is.
$(O)/hostobj/model/cmd/cmd_neo4j.o $(O)/sanobj/model/cmd/cmd_neo4j.o: \
    EXTRA_CFLAGS = -D_GNU_SOURCE -DCM_NEO4J_FOLDER='"$(abspath model/neo4j)"'

$(O)/host/cellmodel: $(MODEL_TOOL:%=$(O)/hostobj/%.o) $(O)/hostobj/model/commands.o
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) -o $@ $^ $(MODEL_LIBS)

# The table of subcommands: one per file model/cmd/cmd_NAME.c. Written anew only when it changes.
$(O)/model/commands.c: always
	@mkdir -p $(@D)
	@{ echo '#include "model/cmd/command.h"'; \
	   for c in $(MODEL_COMMANDS); do echo "extern const struct cm_command cm_command_$$c;"; done; \
	   echo 'const struct cm_command *const cm_commands[] = {'; \
	   for c in $(MODEL_COMMANDS); do echo "    &cm_command_$$c,"; done; echo '    NULL};'; } > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(O)/hostobj/model/commands.o: $(O)/model/commands.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(HOST_CC) $(HOST_CFLAGS) $(DEPFLAGS) -c $< -o $@
$(O)/sanobj/model/commands.o: $(O)/model/commands.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $(DEPFLAGS) -c $< -o $@

# Of a hosted C library the core needs only the functions listed here.
MODEL_TARGET_NEEDS := memchr memcmp memcpy memmove memset qsort strcat strcmp strcpy strcspn strlen strncmp vsnprintf
model-target: $(O)/model/target-needs
$(O)/model/target-needs: $(MODEL_CORE:%=$(O)/target/%.o)
	@mkdir -p $(@D)
	@$(CROSS)nm -u $^ | awk '/ U /{print $$2}' | grep -v '^cm_' | sort -u > $@.new
	@for n in $$(cat $@.new); do case " $(MODEL_TARGET_NEEDS) " in *" $$n "*) ;; \
	  *) echo "model: the core calls $$n" >&2; exit 1;; esac; done
	@mv $@.new $@
TEST_FILES += $(O)/model/target-needs

# The reference of all commands.
.PHONY: model-docs
model-docs: $(O)/host/cellmodel
	$(call quiet,GEN,$@)$(PYTHON) model/cmd/docs.py $< > docs/model-commands.md
