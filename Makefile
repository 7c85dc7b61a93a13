# SPDX-License-Identifier: BSD-2-Clause
#
# The one Makefile. It is not recursive: every folder adds a fragment
# (<folder>/<folder>.mk, or <folder>/<sub>/<sub>.mk) that is included here, so
# that make sees all dependencies at once and -j works across folders.
#
# A fragment uses these variables:
#   O               where output goes (build/ by default)
#   BOARD           the machine, a folder of board/ (board/board.mk says which by default)
#   CROSS           prefix of the AArch64 tools; CROSS_CC, CROSS_AR, CROSS_OBJCOPY
#   TARGET_CFLAGS   flags of everything that runs on the machine
#   HOST_CC, HOST_CFLAGS   the same for the host
#   quiet           $(call quiet,CC,$<) before a command: what is printed for it
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

include board/board.mk

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror
DEPFLAGS := -MMD -MP
TARGET_CFLAGS := -std=gnu17 -O2 -g $(WARNINGS) -ffreestanding $(BOARD_CFLAGS) \
    -mno-outline-atomics -mstrict-align -fno-pic -no-pie -ftls-model=local-exec \
    -fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
    -ffile-prefix-map='$(CURDIR)'=. -I. $(BOARD_INCLUDE) -I$(O)/include
# The C library is fetched and unpacked into PICOLIBC_FOLDER, unless another folder is named. Headers are its and the compiler's,
# never those of a C library for Linux that the computer may have for the same compiler.
PICOLIBC_FOLDER ?= $(O)/picolibc
PICOLIBC ?= $(PICOLIBC_FOLDER)/tree/usr/lib/picolibc/aarch64-linux-gnu
PICOLIBC_FETCHED := $(if $(filter $(PICOLIBC_FOLDER)/%,$(PICOLIBC)),$(PICOLIBC_FOLDER)/version)
TARGET_CFLAGS += -nostdinc -isystem $(PICOLIBC)/include -isystem $(shell $(CROSS_CC) -print-file-name=include)
HOST_CFLAGS := -std=gnu17 -O2 -g $(WARNINGS) -I. $(BOARD_INCLUDE) -I$(O)/include

# $(call quiet,CC,FILE) before a command prints that instead of the command; V=1 prints the command, -s nothing.
V ?= 0
ifeq ($(V),1)
quiet :=
else
quiet = @$(if $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,printf '  %-4s %s\n' $(1) $(2);)
endif

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

# abi/, loader/ and lib/sqlite/ come first: other fragments name what they make.
-include $(wildcard abi/*.mk)
-include loader/loader.mk lib/sqlite/sqlite.mk
-include $(filter-out abi/% loader/% board/%,$(wildcard */*.mk)) $(filter-out board/% lib/sqlite/%,$(wildcard */*/*.mk))

.DEFAULT_GOAL := all

# ---- Rules for every folder ---------------------------------------------

# Objects of any source file: $(O)/hostobj/PATH.o for the host, $(O)/sanobj/PATH.o for
# host tests, $(O)/target/PATH.o for the machine. EXTRA_CFLAGS is for a fragment's target-specific additions.
$(O)/hostobj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(HOST_CC) $(HOST_CFLAGS) $(EXTRA_CFLAGS) $(DEPFLAGS) -c $< -o $@

# The same with sanitizers, for test programs.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
$(O)/sanobj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $(EXTRA_CFLAGS) $(DEPFLAGS) -c $< -o $@

# Other flags make other objects.
TARGET_FLAGS = $(TARGET_CFLAGS) $(USER_CFLAGS) $(ROOT_CFLAGS) $(PROGRAM_LDFLAGS) $(APPS_WARNINGS)
$(O)/target.flags: always
	@mkdir -p $(@D)
	@echo '$(TARGET_FLAGS)' | cmp -s - $@ || echo '$(TARGET_FLAGS)' > $@

$(O)/target/%.o: %.c $(O)/target.flags $(PICOLIBC_FETCHED) | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(TARGET_CFLAGS) $(EXTRA_CFLAGS) $(DEPFLAGS) -c $< -o $@ $(KEEP_SAID)

$(O)/target/%.o: %.S $(O)/target.flags $(PICOLIBC_FETCHED) | $(GENERATED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(TARGET_CFLAGS) $(EXTRA_CFLAGS) $(DEPFLAGS) -c $< -o $@

ifneq ($(PICOLIBC_FETCHED),)
$(PICOLIBC_FETCHED): always
	@[ -e $@ ] || tools/debian-package picolibc-aarch64-linux-gnu $(PICOLIBC_FOLDER)
endif

# Programs of apps/ that do not build, for ./cellulos to leave them out: BROKEN="NAME…".
BROKEN :=
PROGRAMS := $(filter-out $(BROKEN),$(PROGRAMS))
.PHONY: broken-apps
broken-apps:
	@broken=; for p in $(APPS); do $(MAKE) -s $(O)/programs/$$p.elf >/dev/null 2>&1 || broken="$$broken $$p"; done; \
	    echo $$broken

# The boot archive: the programs except for the root task, the system
# descriptions, and what fragments add.
PROGRAM_FILES := $(patsubst %,$(O)/programs/%.elf,$(sort $(PROGRAMS)))
ARCHIVE_MEMBERS := $(sort $(foreach p,$(filter-out root,$(PROGRAMS)),$(p)=$(O)/programs/$(p).elf) \
    $(foreach s,$(wildcard systems/*),$(if $(filter %.md %.mk,$s),,$(s)=$(s))) $(ARCHIVE_FILES))

# The list itself is a prerequisite: a member added or removed makes a new archive.
$(O)/archive.list: always
	@mkdir -p $(@D)
	@echo '$(ARCHIVE_MEMBERS)' | cmp -s - $@ || echo '$(ARCHIVE_MEMBERS)' > $@

$(O)/archive.cellar: $(O)/host/cellar $(O)/archive.list \
    $(foreach m,$(ARCHIVE_MEMBERS),$(lastword $(subst =, ,$m)))
	$(call quiet,PACK,$@)$(O)/host/cellar -o $@ $(ARCHIVE_MEMBERS)

# What tests/run.py runs.
$(O)/tests/programs: always
	@mkdir -p $(@D)
	@echo '$(sort $(HOST_TESTS))' | cmp -s - $@ || echo '$(sort $(HOST_TESTS))' > $@

# For another machine, all is built apart.
$(OTHER_BOARDS:%=$(O)/board/%): $(O)/board/%: always | $(PICOLIBC_FETCHED) $(SQLITE_OBJECT)
	+@$(MAKE) BOARD=$* O=$@ PICOLIBC_FOLDER=$(PICOLIBC_FOLDER) SQLITE_FOLDER=$(SQLITE_FOLDER) all

.PHONY: all host test-files tests-built clean always
all: host $(KERNELS) $(PROGRAM_FILES) $(O)/archive.cellar $(BOARD_FILES)
host: $(sort $(HOST_TOOLS))
test-files: all $(sort $(TEST_FILES))
tests-built: test-files $(OTHER_BOARDS:%=$(O)/board/%) $(sort $(HOST_TESTS)) $(O)/tests/programs

# For tests/tools/analysis.py.
print-target-flags:
	@echo '$(TARGET_CFLAGS)'

clean:
	rm -rf $(O)

-include $(shell find $(O) '(' -path $(O)/mutations -o -path $(O)/board -o -path $(O)/debian-arm64 -o -path $(O)/sqlite ')' -prune -o -type f -name '*.d' -print 2>/dev/null)
