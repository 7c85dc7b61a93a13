# SPDX-License-Identifier: BSD-2-Clause
#
# The one Makefile. It is not recursive: every folder adds a fragment
# (<folder>/<folder>.mk, or <folder>/<sub>/<sub>.mk) that is included here, so
# that make sees all dependencies at once and -j works across folders.
#
# A fragment uses these variables:
#   O               where output goes (build/ by default)
#   CROSS           prefix of the AArch64 tools; CROSS_CC, CROSS_AR, CROSS_OBJCOPY
#   TARGET_CFLAGS   flags of everything that runs on the machine
#   HOST_CC, HOST_CFLAGS   the same for the host
#   DEPFLAGS        writes a .d file beside each object; all are included below
# and extends these:
#   PROGRAMS        names of user programs; each becomes $(O)/programs/<name>.elf
#   ARCHIVE_FILES   further members of the boot archive, as NAME=PATH
#   HOST_TOOLS      paths of host tools
#   GENERATED       headers that must exist before anything is compiled
#   HOST_TESTS      executables that print "PASS name" or "FAIL name: why"
#   TEST_FILES      what else must be built before the tests run
#   KERNELS         kernel images
# Every fragment's own rules name their prerequisites; `GENERATED` is an
# order-only prerequisite of object files.

O ?= build
CROSS ?= aarch64-linux-gnu-
CROSS_CC := $(CROSS)gcc
CROSS_AR := $(CROSS)ar
CROSS_LD := $(CROSS)ld
CROSS_OBJCOPY := $(CROSS)objcopy
HOST_CC ?= gcc
PYTHON ?= python3

WARNINGS := -Wall -Wextra -Werror
DEPFLAGS := -MMD -MP
TARGET_CFLAGS := -std=gnu17 -O2 -g $(WARNINGS) -ffreestanding -mcpu=cortex-a53 \
    -mno-outline-atomics -mstrict-align -fno-pic -no-pie -ftls-model=local-exec \
    -fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
    -ffile-prefix-map=$(CURDIR)=. -I. -I$(O)/include
HOST_CFLAGS := -std=gnu17 -O2 -g $(WARNINGS) -I. -I$(O)/include

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

PROGRAMS :=
ARCHIVE_FILES :=
HOST_TOOLS :=
GENERATED :=
HOST_TESTS :=
TEST_FILES :=
KERNELS :=

# abi/ comes first: its generated headers are named by every other fragment.
-include $(wildcard abi/*.mk)
-include $(filter-out abi/%,$(wildcard */*.mk)) $(wildcard */*/*.mk)

PROGRAM_FILES := $(patsubst %,$(O)/programs/%.elf,$(sort $(PROGRAMS)))

.PHONY: all host tests-built clean
all: host $(KERNELS) $(PROGRAM_FILES) $(BOOT_FILES)
host: $(sort $(HOST_TOOLS))
tests-built: all $(sort $(HOST_TESTS) $(TEST_FILES))

clean:
	rm -rf $(O)

-include $(shell find $(O) -name '*.d' 2>/dev/null)
