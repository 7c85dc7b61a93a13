# SPDX-License-Identifier: BSD-2-Clause
# Who calls whom in the root task, and what its functions take of the stack: the compiler's own figures, which
# tests/tools/stack.py makes when it needs them. (ccache would lose them.) The root task has a malloc of its own.

STACK_FIGURES = $(patsubst %.o,$(O)/stack/%.ci,$(filter-out lib/string/memory.o lib/runtime/malloc.o lib/runtime/pool.o \
    root/graph/pass_switch.o,$(sort $(ROOT_OBJECTS) \
    $(patsubst $(O)/target/%,%,$(RUNTIME_OBJECTS)))))
$(foreach d,lib model root,$(eval $(O)/stack/$d/%.ci: EXTRA_CFLAGS += $(USER_CFLAGS)))
$(foreach d,$(WITHOUT_FPU),$(eval $(O)/stack/$d/%.ci: EXTRA_CFLAGS += -mgeneral-regs-only))
$(O)/stack/root/%.ci: EXTRA_CFLAGS += $(ROOT_CFLAGS)
$(O)/stack/lib/string/compare.ci: EXTRA_CFLAGS += -fno-builtin -fno-tree-loop-distribute-patterns -mno-strict-align

$(O)/stack/%.ci: %.c $(PICOLIBC_FETCHED) | $(GENERATED)
	@mkdir -p $(@D)
	CCACHE_DISABLE=1 $(CROSS_CC) $(TARGET_CFLAGS) $(EXTRA_CFLAGS) $(DEPFLAGS) -MT $@ -fcallgraph-info=su -c $< -o $(@:.ci=.o)

.SECONDEXPANSION:
$(O)/stack/figures: $$(STACK_FIGURES)
	@ls $^ > $@
