# SPDX-License-Identifier: BSD-2-Clause
# The root task: all of root/*/*.c, and what other fragments add to ROOT_OBJECTS (below $(O)/target).
#
# Its core rooms also link alone, without PDs: that is the root task of the core's own tests (boot option `selftest=`).
# The rooms are in order: none needs a later one (tests/tools/layers.py).

ROOT_ROOMS := base memory core loop channel spaces pd graph serve system selftest boot
ROOT_CORE_ROOMS := base memory core loop channel selftest boot
# Of the devices behind the control channel, the board's.
ROOT_OTHER_PORTS := $(filter-out root/channel/port_$(BOARD_PORT).c,$(wildcard root/channel/port_*.c))
ROOT_SOURCES := $(sort $(filter-out $(ROOT_OTHER_PORTS),$(wildcard root/*/*.c)))
ROOT_CORE := $(patsubst %.c,%.o,$(filter $(ROOT_CORE_ROOMS:%=root/%/%.c),$(ROOT_SOURCES)))
ROOT_NEEDS := lib/idtable/idtable.o lib/regions/regions.o lib/control/frame.o lib/archive/archive.o \
    $(if $(filter virtio,$(BOARD_PORT)),lib/virtio/virtqueue.o)
ROOT_OBJECTS += $(filter-out root/boot/nosystem.o,$(ROOT_SOURCES:.c=.o)) root/graph/pass_switch.o model/core/fields.o \
    $(ROOT_NEEDS)

PROGRAMS += root
TEST_FILES += $(O)/root/core.elf $(O)/root/failing.elf

.SECONDEXPANSION:
$(O)/programs/root.elf: $(O)/target/lib/runtime/crt_root.o $$(addprefix $(O)/target/,$$(sort $$(ROOT_OBJECTS))) \
    $$(RUNTIME) $$(PROGRAM_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(call link_program,$<,$(addprefix $(O)/target/,$(sort $(ROOT_OBJECTS))))

$(O)/root/core.elf: $(O)/target/lib/runtime/crt_root.o $(addprefix $(O)/target/,$(ROOT_CORE) $(ROOT_NEEDS)) \
    $$(RUNTIME) $$(PROGRAM_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(call link_program,$<,$(addprefix $(O)/target/,$(ROOT_CORE) $(ROOT_NEEDS)))

# A root task in which making a PD fails on purpose (tests/root/failing.c).
ROOT_FAILING_WRAP := serve_request heap_allocate heap_resize frames_allocate object_allocate cnode_allocate slot_allocate slots_allocate large_frame_allocate \
    $(addprefix kernel_,retype retype_leaf copy mint mint_cnode delete_in map map_row unify map_table assign_asid make_pool \
    thread_configure thread_priority thread_read thread_write)
$(O)/root/failing.elf: PROGRAM_LDFLAGS += $(ROOT_FAILING_WRAP:%=-Wl,--wrap=%)
$(O)/root/failing.elf: $(O)/target/lib/runtime/crt_root.o $(O)/target/tests/root/failing.o $$(addprefix $(O)/target/,$$(sort $$(ROOT_OBJECTS))) \
    $$(RUNTIME) $$(PROGRAM_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(call link_program,$<,$(O)/target/tests/root/failing.o $(addprefix $(O)/target/,$(sort $(ROOT_OBJECTS))))
