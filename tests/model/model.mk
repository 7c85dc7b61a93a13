# SPDX-License-Identifier: BSD-2-Clause
# Tests of the model library and of cellmodel: a program on the library, a fuzzer, and Python files, of other subjects too, that
# call a cellmodel built with sanitizers.

# tests/SUBJECT/NAME.py becomes $(O)/tests/SUBJECT/NAME, which calls it; what the others import is no test.
MODEL_IMPORTED := model/adversarial model/driver model/earlier model/live_server model/random_models model/reference linux/machine \
    linux/kernel web/browser web/fleet web/page web/pictures
MODEL_SCRIPTS := $(filter-out $(MODEL_IMPORTED), \
    $(patsubst tests/%.py,%,$(wildcard $(foreach s,model linux web db,tests/$(s)/*.py))))
MODEL_TESTS := $(addprefix $(O)/tests/,model/library model/fuzz $(MODEL_SCRIPTS))
HOST_TESTS += $(MODEL_TESTS)

$(O)/tests/model/library: $(O)/sanobj/tests/model/library.o $(MODEL_HOST:%=$(O)/sanobj/%.o)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $^ -o $@ $(MODEL_LIBS)

$(O)/tests/cellmodel: $(MODEL_TOOL:%=$(O)/sanobj/%.o) $(O)/sanobj/model/commands.o
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) -o $@ $^ $(MODEL_LIBS)

$(MODEL_SCRIPTS:%=$(O)/tests/%): $(O)/tests/%: tests/%.py $(O)/tests/cellmodel $(O)/host/cellmodel tests/model/model.mk
	@mkdir -p $(@D)
	@printf '%s\n' '#!/bin/sh' 'cd "$(CURDIR)" || exit' 'here=$$PWD build=$(if $(filter /%,$(O)),,$$PWD/)$(O)' \
	    'export CELLMODEL="$$build/tests/cellmodel" CELLMODEL_RELEASE="$$build/host/cellmodel"' \
	    'export MODEL_SCRATCH="$$build/tests/scratch/$*" PYTHONPATH="$$here/tests/model:$$here/tests:$$here/tools"' \
	    'exec $(PYTHON) "$$here/$<" "$$@"' > $@
	@chmod +x $@

# The viewer's page is built from npm packages.
$(patsubst %,$(O)/tests/%,$(filter web/%,$(MODEL_SCRIPTS))): $(O)/viewer/page.html

.PHONY: model-tests
model-tests: $(MODEL_TESTS)
	@status=0; for test in $(MODEL_TESTS); do $$test || status=1; done; exit $$status

# The readers against mutated samples: a few hundred each as a test; model-fuzz runs libFuzzer for FUZZ_SECONDS.
MODEL_SAMPLES := $(sort $(wildcard tests/model/samples/*.csv tests/model/samples/*.json tests/model/samples/*.graphml \
    model/mechanisms/p*.model))
$(O)/sanobj/tests/model/fuzz.o: EXTRA_CFLAGS += -DFUZZ_ALONE -D_GNU_SOURCE
$(O)/tests/model-fuzz: $(O)/sanobj/tests/model/fuzz.o $(MODEL_HOST:%=$(O)/sanobj/%.o)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $^ -o $@ $(MODEL_LIBS)
$(O)/tests/model/fuzz: $(O)/tests/model-fuzz tests/model/model.mk $(MODEL_SAMPLES)
	@mkdir -p $(@D)
	@printf '%s\n' '#!/bin/sh' 'cd "$(CURDIR)" && exec $(O)/tests/model-fuzz $(MODEL_SAMPLES)' > $@
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
