# SPDX-License-Identifier: BSD-2-Clause
# The model library, cellmodel, and their tests. The core (model/core) is compiled by the rules of the top Makefile, for
# the host and for the root task; it brings no allocator; model/host/memory_libc.c is for programs with a malloc.

MODEL_CORE := $(patsubst %.c,%,$(sort $(wildcard model/core/*.c)))
MODEL_HOST := $(patsubst %.c,%,$(sort $(filter-out model/cmd/%,$(wildcard model/*/*.c))))
MODEL_COMMANDS := $(patsubst model/cmd/cmd_%.c,%,$(sort $(wildcard model/cmd/cmd_*.c)))
MODEL_TOOL := $(MODEL_HOST) $(patsubst %.c,%,$(sort $(wildcard model/cmd/*.c)))
MODEL_LIBS := -lm

HOST_TOOLS += $(O)/host/cellmodel

.PHONY: model model-target model-tests
model: $(O)/host/cellmodel

$(O)/hostobj/model/%.o $(O)/sanobj/model/%.o: EXTRA_CFLAGS += -D_GNU_SOURCE

# cellmodel neo4j is a Python program, and stays where it is.
$(O)/hostobj/model/cmd/cmd_neo4j.o $(O)/sanobj/model/cmd/cmd_neo4j.o: \
    EXTRA_CFLAGS = -D_GNU_SOURCE -DCM_NEO4J_FOLDER='"$(abspath model/neo4j)"'

$(O)/host/cellmodel: $(MODEL_TOOL:%=$(O)/hostobj/%.o) $(O)/hostobj/model/commands.o
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) -o $@ $^ $(MODEL_LIBS)

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
	$(HOST_CC) $(HOST_CFLAGS) $(DEPFLAGS) -c $< -o $@
$(O)/sanobj/model/commands.o: $(O)/model/commands.c
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $(DEPFLAGS) -c $< -o $@

# The core needs nothing of a hosted C library but what is listed.
MODEL_TARGET_NEEDS := memchr memcmp memcpy memmove memset qsort strcat strcmp strcpy strcspn strlen strncmp strstr
model-target: $(O)/model/target-needs
$(O)/model/target-needs: $(MODEL_CORE:%=$(O)/target/%.o)
	@mkdir -p $(@D)
	@$(CROSS)nm -u $^ | awk '/ U /{print $$2}' | grep -v '^cm_' | sort -u > $@.new
	@for n in $$(cat $@.new); do case " $(MODEL_TARGET_NEEDS) " in *" $$n "*) ;; \
	  *) echo "model: the core calls $$n" >&2; exit 1;; esac; done
	@mv $@.new $@
TEST_FILES += $(O)/model/target-needs

# Tests: a program on the library, and Python files that call a cellmodel built with sanitizers.
MODEL_SCRIPTS := $(patsubst tests/model/%.py,%,$(filter-out tests/model/driver.py tests/model/reference.py tests/model/browser.py \
	tests/model/random_models.py,$(wildcard tests/model/*.py)))
MODEL_TESTS := $(O)/tests/unit/model-library $(MODEL_SCRIPTS:%=$(O)/tests/unit/model-%)
HOST_TESTS += $(MODEL_TESTS)

$(O)/tests/unit/model-library: $(O)/sanobj/tests/model/library.o $(MODEL_HOST:%=$(O)/sanobj/%.o)
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $^ -o $@ $(MODEL_LIBS)

$(O)/tests/cellmodel: $(MODEL_TOOL:%=$(O)/sanobj/%.o) $(O)/sanobj/model/commands.o
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -o $@ $^ $(MODEL_LIBS)

$(MODEL_SCRIPTS:%=$(O)/tests/unit/model-%): $(O)/tests/unit/model-%: tests/model/%.py $(O)/tests/cellmodel \
    $(O)/host/cellmodel model/model.mk
	@mkdir -p $(@D)
	@printf '%s\n' '#!/bin/sh' 'export CELLMODEL=$(abspath $(O)/tests/cellmodel)' \
	    'export CELLMODEL_RELEASE=$(abspath $(O)/host/cellmodel)' 'export MODEL_SCRATCH=$(abspath $(O)/tests/model-$*)' \
	    'exec $(PYTHON) $(abspath $<) "$$@"' > $@
	@chmod +x $@

# The viewer's page is built from npm packages.
$(O)/tests/unit/model-viewer: $(O)/viewer/page.html

model-tests: $(MODEL_TESTS)
	@status=0; for test in $(MODEL_TESTS); do $$test || status=1; done; exit $$status

# The readers against mutated samples: a few hundred each as a test; model-fuzz runs libFuzzer for FUZZ_SECONDS.
MODEL_SAMPLES := $(sort $(wildcard tests/model/samples/*.csv tests/model/samples/*.json tests/model/samples/*.graphml \
    model/mechanisms/p*.model))
MODEL_TESTS += $(O)/tests/unit/model-fuzz
HOST_TESTS += $(O)/tests/unit/model-fuzz
$(O)/sanobj/tests/model/fuzz.o: EXTRA_CFLAGS += -DFUZZ_ALONE -D_GNU_SOURCE
$(O)/tests/model-fuzz: $(O)/sanobj/tests/model/fuzz.o $(MODEL_HOST:%=$(O)/sanobj/%.o)
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $^ -o $@ $(MODEL_LIBS)
$(O)/tests/unit/model-fuzz: $(O)/tests/model-fuzz model/model.mk $(MODEL_SAMPLES)
	@mkdir -p $(@D)
	@printf '%s\n' '#!/bin/sh' 'exec $(abspath $(O)/tests/model-fuzz) $(abspath $(MODEL_SAMPLES))' > $@
	@chmod +x $@

FUZZ_SECONDS ?= 60
.PHONY: model-fuzz
model-fuzz: $(O)/tests/model-libfuzzer
	@mkdir -p $(O)/tests/model-corpus
	@cp $(MODEL_SAMPLES) $(O)/tests/model-corpus
	cd $(O)/tests && ./model-libfuzzer -max_total_time=$(FUZZ_SECONDS) -max_len=20000 -timeout=10 -print_final_stats=1 model-corpus
$(O)/tests/model-libfuzzer: tests/model/fuzz.c $(MODEL_HOST:%=%.c) $(wildcard model/*/*.h)
	@mkdir -p $(@D)
	clang-14 -std=gnu17 -O1 -g -D_GNU_SOURCE -I. -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    $(filter %.c,$^) -o $@ $(MODEL_LIBS)

# The reference of all commands.
.PHONY: model-docs
model-docs: $(O)/host/cellmodel
	$(PYTHON) model/cmd/docs.py $< > docs/model-commands.md
