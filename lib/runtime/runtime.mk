# SPDX-License-Identifier: BSD-2-Clause
# The user runtime as a library, and the rule that links a program from the objects that PROGRAM_OBJECTS_<name> lists.
#
# A fragment says:   PROGRAMS += hello
#                    hello_OBJECTS := apps/hello/main.o          (below $(O)/target)
# Programs get the runtime, $(PROGRAM_LIBS) (client library and what it needs) and picolibc.

RUNTIME_OBJECTS := $(patsubst %,$(O)/target/%.o,lib/runtime/enter lib/runtime/tls lib/runtime/stdio lib/runtime/heap \
    lib/runtime/lock lib/runtime/mutex lib/runtime/process lib/runtime/malloc lib/runtime/pool \
    lib/runtime/lines lib/runtime/pieces lib/string/memory lib/string/compare)
RUNTIME := $(O)/lib/libruntime.a
PROGRAM_LD := lib/runtime/program.ld
# The C library has these too; ours are asked for before it is looked at.
RUNTIME_FIRST := sbrk malloc __retarget_lock_acquire flockfile getdelim
# Functions of it that pieces.c wraps.
RUNTIME_WRAPPED := vfprintf vfscanf fputs puts fwrite fread
PROGRAM_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,$(PROGRAM_LD) -Wl,-z,max-page-size=4096 -Wl,--build-id=none \
    -Wl,--gc-sections -Wl,--orphan-handling=error -Wl,--fatal-warnings -Wl,--no-warn-rwx-segments \
    $(RUNTIME_FIRST:%=-Wl,-u,%) $(RUNTIME_WRAPPED:%=-Wl,--wrap=%)
LIBC := -L$(PICOLIBC)/lib -Wl,--start-group $(RUNTIME) -lc -lm -Wl,--end-group $(shell $(CROSS_CC) -print-libgcc-file-name)

# In all that runs at user level: frame pointers, in leaf functions too, because a fault report walks them; and a touch of
# each page that a frame takes, so that none gets past the guard page below the stack (of 2^12 bytes).
USER_CFLAGS := -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer \
    -fstack-clash-protection --param=stack-clash-protection-guard-size=12
$(foreach d,lib model root servers apps bench,$(eval $(O)/target/$d/%.o: EXTRA_CFLAGS += $(USER_CFLAGS)))

# Those who ask and answer leave the floating point registers alone, so that the kernel has none to store and load on the way. The
# root task does without frame pointers in leaf functions: its reports name the link register; and everybody waits for it.
WITHOUT_FPU := root lib/archive lib/client lib/control lib/elf lib/idl lib/idtable lib/plan lib/regions lib/server lib/words
$(foreach d,$(WITHOUT_FPU),$(eval $(O)/target/$d/%.o: EXTRA_CFLAGS += -mgeneral-regs-only))
ROOT_CFLAGS := -momit-leaf-frame-pointer -O3
$(O)/target/root/%.o $(O)/target/lib/idtable/%.o $(O)/target/lib/regions/%.o: EXTRA_CFLAGS += $(ROOT_CFLAGS)

# These loops must not become calls of the functions that they are, and read words where they stand.
$(O)/target/lib/string/compare.o: EXTRA_CFLAGS += -fno-builtin -fno-tree-loop-distribute-patterns -mno-strict-align

$(RUNTIME): $(RUNTIME_OBJECTS)
	@mkdir -p $(@D)
	$(call quiet,AR,$@)rm -f $@ && $(CROSS_AR) rcs $@ $^

# $(call link_program,ENTRY OBJECT,OBJECTS AND LIBRARIES)
link_program = $(CROSS_CC) $(PROGRAM_LDFLAGS) -o $@ $1 $2 $(LIBC)

.SECONDEXPANSION:
$(O)/programs/%.elf: $(O)/target/lib/runtime/crt.o $$(addprefix $(O)/target/,$$($$*_OBJECTS)) $$(PROGRAM_LIBS) $(RUNTIME) $(PROGRAM_LD)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(call link_program,$<,$(addprefix $(O)/target/,$($*_OBJECTS)) $(PROGRAM_LIBS))
