# SPDX-License-Identifier: BSD-2-Clause
# The kernel: $(O)/nucleus/BUILD/kernel.elf. Also works alone:
# make -f nucleus/nucleus.mk O=build

ifndef GENERATED
NUCLEUS_ALONE := 1
O ?= build
CROSS ?= aarch64-linux-gnu-
CROSS_CC ?= $(CROSS)gcc
include board/board.mk
include abi/abi.mk
endif

# ordinary: without the fast paths. plain: stands in for an seL4 with its default configuration.
NUCLEUS_BUILDS := release debug checked ordinary plain
NUCLEUS_KERNELS := $(NUCLEUS_BUILDS:%=$(O)/nucleus/%/kernel.elf)
KERNELS += $(NUCLEUS_KERNELS)

NUCLEUS_SOURCES := $(filter-out nucleus/debug.c nucleus/debug_off.c nucleus/fastpath.c nucleus/fastpath_off.c nucleus/check%.c,$(wildcard nucleus/*.c)) \
    $(wildcard nucleus/*.S)
NUCLEUS_SOURCES_release := nucleus/debug_off.c nucleus/fastpath.c
NUCLEUS_SOURCES_debug := nucleus/debug.c nucleus/fastpath.c
NUCLEUS_SOURCES_checked := nucleus/debug.c nucleus/fastpath.c nucleus/check.c nucleus/check_objects.c nucleus/check_break.c
NUCLEUS_SOURCES_ordinary := nucleus/debug_off.c nucleus/fastpath_off.c
NUCLEUS_SOURCES_plain := $(NUCLEUS_SOURCES_release)

NUCLEUS_CFLAGS := -std=gnu17 -O2 -g -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror -ffreestanding -nostdlib $(BOARD_CFLAGS) \
    -mgeneral-regs-only -mno-outline-atomics -mstrict-align -fno-pic -no-pie -fno-stack-protector \
    -fno-asynchronous-unwind-tables -fno-common -fomit-frame-pointer -fno-section-anchors \
    --param=logical-op-non-short-circuit=0 -flto -flto-partition=one -fno-fat-lto-objects -ffile-prefix-map='$(CURDIR)'=. \
    -nostdinc -isystem $(shell $(CROSS_CC) -print-file-name=include) -I. $(BOARD_INCLUDE) -I$(O)/include
NUCLEUS_CFLAGS_release := -DNUCLEUS_DEBUG=0 -DNUCLEUS_CHECKED=0 -DNUCLEUS_PLAIN=0
NUCLEUS_CFLAGS_debug := -DNUCLEUS_DEBUG=1 -DNUCLEUS_CHECKED=0 -DNUCLEUS_PLAIN=0
NUCLEUS_CFLAGS_checked := -DNUCLEUS_DEBUG=1 -DNUCLEUS_CHECKED=1 -DNUCLEUS_PLAIN=0
NUCLEUS_CFLAGS_ordinary := $(NUCLEUS_CFLAGS_release)
NUCLEUS_CFLAGS_plain := -DNUCLEUS_DEBUG=0 -DNUCLEUS_CHECKED=0 -DNUCLEUS_PLAIN=1

# BOARD_KERNEL_BASE of the board, for the linker script.
NUCLEUS_PHYSICAL := $(shell sed -n 's/^\#define BOARD_KERNEL_BASE //p' board/$(BOARD)/board.h)
NUCLEUS_LDFLAGS := -T nucleus/link.ld -Wl,--defsym=KERNEL_PHYSICAL=$(NUCLEUS_PHYSICAL) \
    -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -Wl,--build-id=none

define NUCLEUS_BUILD
NUCLEUS_OBJECTS_$(1) := $$(patsubst nucleus/%,$$(O)/nucleus/$(1)/%.o,$$(NUCLEUS_SOURCES) $$(NUCLEUS_SOURCES_$(1)))

$$(O)/nucleus/$(1)/%.o: nucleus/% | $$(GENERATED)
	@mkdir -p $$(@D)
	$$(call quiet,CC,$$<)$$(CROSS_CC) $$(NUCLEUS_CFLAGS) $$(NUCLEUS_CFLAGS_$(1)) -MMD -MP -c $$< -o $$@

$$(O)/nucleus/$(1)/kernel.elf: $$(NUCLEUS_OBJECTS_$(1)) nucleus/link.ld
	$$(call quiet,LD,$$@)$$(CROSS_CC) $$(NUCLEUS_CFLAGS) $$(NUCLEUS_LDFLAGS) -o $$@ $$(NUCLEUS_OBJECTS_$(1))
endef
$(foreach build,$(NUCLEUS_BUILDS),$(eval $(call NUCLEUS_BUILD,$(build))))

ifdef NUCLEUS_ALONE
.DEFAULT_GOAL := nucleus
.PHONY: nucleus
nucleus: $(NUCLEUS_KERNELS)
-include $(wildcard $(foreach build,$(NUCLEUS_BUILDS),$(O)/nucleus/$(build)/*.d))
endif
