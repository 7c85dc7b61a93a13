# SPDX-License-Identifier: BSD-2-Clause
# Generated pages, and the size of what everybody has to trust.

DOCS_API := $(O)/docs/api/lib-client.md $(O)/docs/api/lib-server.md

.PHONY: docs-pages trusted graphs
docs-pages: idl $(DOCS_API) $(O)/docs/abi.md

$(O)/docs/api/lib-client.md: docs/api.py lib/client/client.h lib/client/spawn.h lib/client/cspace.h lib/client/library.h lib/client/signals.h
$(O)/docs/api/lib-server.md: docs/api.py lib/server/server.h lib/idtable/idtable.h
$(O)/docs/api/lib-%.md:
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)$(PYTHON) docs/api.py 'Interface of lib/$*' $(filter %.h,$^) > $@.new && mv $@.new $@

# Lines of source as linked: what a comment or an empty line takes counts too.
TRUSTED_ROOT = $(foreach o,$(sort $(ROOT_OBJECTS)),$(firstword $(wildcard $(o:.o=.c) $(o:.o=.S))))
trusted:
	@for part in 'kernel nucleus:$(sort $(NUCLEUS_SOURCES) $(NUCLEUS_SOURCES_release))' \
	  $(foreach r,root lib model,'root task: $(r):$(filter $(r)/%,$(TRUSTED_ROOT))'); do \
	  printf '%7d lines  %s\n' $$(cat $${part##*:} | wc -l) "$${part%:*}"; done

# The pictures of docs/presets.md and its pages, and their metrics: boots each preset.
graphs: all
	$(PYTHON) docs/graphs.py $(O)
