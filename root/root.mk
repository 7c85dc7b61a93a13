# SPDX-License-Identifier: BSD-2-Clause
# The root task: all of root/*.c, and what fragments add to ROOT_OBJECTS (below $(O)/target).

ROOT_OBJECTS += $(patsubst %.c,%.o,$(sort $(wildcard root/*.c))) $(MODEL_CORE:%=%.o) \
    lib/control/frame.o lib/archive/archive.o

PROGRAMS += root

.SECONDEXPANSION:

$(O)/programs/root.elf: $(O)/target/lib/runtime/crt_root.o $$(addprefix $(O)/target/,$$(sort $$(ROOT_OBJECTS))) \
    $$(RUNTIME) $$(PROGRAM_LD)
	@mkdir -p $(@D)
	$(call link_program,$<,$(addprefix $(O)/target/,$(sort $(ROOT_OBJECTS))))
