# SPDX-License-Identifier: BSD-2-Clause
# The model library, cellmodel, and their tests. Included by the top Makefile (O: the build's output folder); stands alone
# too: make -f model/model.mk O=build
O ?= build
.DEFAULT_GOAL := model

MODEL_CFLAGS := -std=c17 -O2 -g -Wall -Wextra -Werror
MODEL_HOST_CFLAGS := $(MODEL_CFLAGS) -D_GNU_SOURCE
HOST_CC ?= gcc
TARGET_CC ?= aarch64-linux-gnu-gcc

# What the root task links too; memory_libc.c is for those who have a malloc.
MODEL_CORE_SOURCES := $(sort $(filter-out model/memory_libc.c,$(wildcard model/*.c)))
MODEL_HOST_SOURCES := $(MODEL_CORE_SOURCES) model/memory_libc.c $(sort $(wildcard model/host/*.c))
MODEL_COMMAND_FILES := $(sort $(wildcard model/cmd/cmd_*.c))
MODEL_COMMANDS := $(patsubst model/cmd/cmd_%.c,%,$(MODEL_COMMAND_FILES))
MODEL_TOOL_SOURCES := $(MODEL_HOST_SOURCES) $(sort $(wildcard model/cmd/*.c))

MODEL_DIR := $(O)/host/model
MODEL_TOOL_OBJECTS := $(MODEL_TOOL_SOURCES:%.c=$(MODEL_DIR)/%.o) $(MODEL_DIR)/commands.o
MODEL_HOST_OBJECTS := $(MODEL_HOST_SOURCES:%.c=$(MODEL_DIR)/%.o)

.PHONY: model model-target model-tests
model: $(O)/host/cellmodel

$(O)/host/cellmodel: $(MODEL_TOOL_OBJECTS)
	$(HOST_CC) $(MODEL_CFLAGS) $(MODEL_LDFLAGS) -o $@ $^ $(MODEL_LIBS)

$(MODEL_DIR)/%.o: %.c
	@mkdir -p $(@D)
	$(HOST_CC) $(MODEL_HOST_CFLAGS) -MMD -MP -c -o $@ $<

# The table of subcommands: one per file model/cmd/cmd_NAME.c. Written anew only when it changes.
$(MODEL_DIR)/commands.c: FORCE
	@mkdir -p $(@D)
	@{ echo '#include "cmd/command.h"'; \
	   for c in $(MODEL_COMMANDS); do echo "extern const struct cm_command cm_command_$$c;"; done; \
	   echo 'const struct cm_command *const cm_commands[] = {'; \
	   for c in $(MODEL_COMMANDS); do echo "    &cm_command_$$c,"; done; echo '    NULL};'; } > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(MODEL_DIR)/commands.o: $(MODEL_DIR)/commands.c
	$(HOST_CC) $(MODEL_HOST_CFLAGS) -Imodel -MMD -MP -c -o $@ $<
.PHONY: FORCE
FORCE:

-include $(MODEL_TOOL_OBJECTS:.o=.d)

# The core for the target, as a proof that it needs nothing of a hosted C library (the root task compiles it itself).
MODEL_TARGET_CFLAGS := $(MODEL_CFLAGS) -ffreestanding -mno-outline-atomics -mstrict-align -fno-pic -no-pie \
	-ftls-model=local-exec
MODEL_TARGET_OBJECTS := $(MODEL_CORE_SOURCES:%.c=$(O)/target/%.o)
$(O)/target/model/%.o: model/%.c
	@mkdir -p $(@D)
	$(TARGET_CC) $(MODEL_TARGET_CFLAGS) -MMD -MP -c -o $@ $<
# What it may call.
MODEL_TARGET_NEEDS := memchr memcmp memcpy memmove memset strcat strcmp strcpy strcspn strlen strncmp strstr
model-target: $(MODEL_TARGET_OBJECTS)
	@needs=$$(aarch64-linux-gnu-nm -u $^ | awk '/ U /{print $$2}' | grep -v '^cm_' | sort -u); \
	for n in $$needs; do case " $(MODEL_TARGET_NEEDS) " in *" $$n "*) ;; \
	  *) echo "model-target: the core calls $$n" >&2; exit 1;; esac; done
-include $(MODEL_TARGET_OBJECTS:.o=.d)
