# SPDX-License-Identifier: BSD-2-Clause
# The root task: all of root/*.c, and what other fragments add to ROOT_OBJECTS (below $(O)/target).
#
# Its core (memory, address spaces, handles, the loop) also links alone, without PDs: that is the root task of the
# core's own tests (boot option `selftest=`).

ROOT_CORE := $(patsubst %,root/%.o, account ads archive asid blocks boot check clock control cpu cspace cspace_boot \
    devices ep fdt figures frames handle heap heap_pages kernel loop malloc mapping mo monitor object objects options \
    probe regions report selftest selftest_bench selftest_cpu selftest_memory selftest_space slots space timeouts types virtio_console window)
ROOT_NEEDS := lib/control/frame.o lib/archive/archive.o
ROOT_OBJECTS += $(filter-out root/nosystem.o,$(patsubst %.c,%.o,$(sort $(wildcard root/*.c)))) $(MODEL_CORE:%=%.o) \
    $(ROOT_NEEDS)

PROGRAMS += root
TEST_FILES += $(O)/root/core.elf

.SECONDEXPANSION:
$(O)/programs/root.elf: $(O)/target/lib/runtime/crt_root.o $$(addprefix $(O)/target/,$$(sort $$(ROOT_OBJECTS))) \
    $$(RUNTIME) $$(PROGRAM_LD)
	@mkdir -p $(@D)
	$(call link_program,$<,$(addprefix $(O)/target/,$(sort $(ROOT_OBJECTS))))

$(O)/root/core.elf: $(O)/target/lib/runtime/crt_root.o $(addprefix $(O)/target/,$(ROOT_CORE) root/nosystem.o $(ROOT_NEEDS)) \
    $$(RUNTIME) $$(PROGRAM_LD)
	@mkdir -p $(@D)
	$(call link_program,$<,$(addprefix $(O)/target/,$(ROOT_CORE) root/nosystem.o $(ROOT_NEEDS)))
