# SPDX-License-Identifier: BSD-2-Clause
# cellplan: plans a system description on the host, and predicts its model.

.SECONDEXPANSION:
HOST_TOOLS += $(O)/host/cellplan
$(O)/host/cellplan: $(O)/hostobj/tools/plan/cellplan.o $(O)/hostobj/tools/plan/paper.o $(O)/hostobj/tools/plan/draw.o $(O)/hostobj/tools/plan/uses.o $(O)/hostobj/tools/plan/predict.o \
    $$(patsubst %,$(O)/hostobj/%.o,$$(PLAN_CORE) $$(MODEL_CORE) model/host/memory_libc)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $^ -o $@
