# SPDX-License-Identifier: BSD-2-Clause
# Every apps/NAME.c is a program NAME.

APPS := $(patsubst apps/%.c,%,$(wildcard apps/*.c))
PROGRAMS += $(APPS)
$(foreach a,$(APPS),$(eval $(a)_OBJECTS := apps/$(a).o))
isolation_OBJECTS = apps/isolation.o apps/touch/touch.o
isolation-guest_OBJECTS = apps/isolation-guest.o apps/inside/inside.o $(SERVER_OBJECTS)
follow_OBJECTS = apps/follow.o apps/touch/touch.o
contexts_OBJECTS = apps/contexts.o apps/touch/touch.o apps/touch/secret.o
keeper_OBJECTS = apps/keeper.o apps/touch/touch.o apps/touch/secret.o
layer_OBJECTS = apps/layer.o $(SERVER_OBJECTS)
file-mapped_OBJECTS = apps/file-mapped.o $(FILE_OBJECTS)
file-exercise_OBJECTS = apps/file-exercise.o $(FILE_OBJECTS)
nic-check_OBJECTS = apps/nic-check.o $(NIC_LINK_OBJECTS)
# It calls itself forever on purpose.
$(O)/target/apps/stackoverflow.o: EXTRA_CFLAGS += -Wno-infinite-recursion
# Nothing in the program calls it.
$(O)/programs/pair.elf: PROGRAM_LDFLAGS += -Wl,-u,worker
$(O)/programs/maker.elf: PROGRAM_LDFLAGS += -Wl,-u,idle
$(O)/programs/construct.elf: PROGRAM_LDFLAGS += -Wl,-u,worker -Wl,-u,asserting
# Warnings do not stop anybody's first program; a test checks that ours have none.
APPS_WARNINGS ?= -Wno-error
$(O)/target/apps/%.o: EXTRA_CFLAGS += $(APPS_WARNINGS)
# The compiler's messages are kept beside the object.
$(O)/target/apps/%.o: KEEP_SAID = 2>$@.said; result=$$?; cat $@.said >&2; exit $$result
# The disk in memory, with wrappers around some of its functions.
bad-disk_OBJECTS = apps/bad-disk.o $(ramdisk_OBJECTS)
$(O)/programs/bad-disk.elf: PROGRAM_LDFLAGS += -Wl,--wrap=pages_write -Wl,--wrap=pages_read -Wl,--wrap=block_read_serve \
  -Wl,--wrap=block_write_serve -Wl,--wrap=block_flush_serve -Wl,--wrap=block_discard_serve -Wl,--wrap=cell_ready
