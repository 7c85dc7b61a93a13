# SPDX-License-Identifier: BSD-2-Clause
# SQLite for programs of this system: fetched as Debian's source package, made one file by its own scripts, compiled for the C
# library of programs, with files that are a file server's (vfs.c). A fragment says:
#   NAME_OBJECTS = … $(SQLITE_OBJECTS)
#   $(O)/programs/NAME.elf: PROGRAM_LIBS += $(SQLITE)
#   $(O)/programs/NAME.elf: $(SQLITE)

SQLITE_FOLDER ?= $(O)/sqlite
SQLITE_SOURCE := $(SQLITE_FOLDER)/made/sqlite3.c
# Compiled once for all boards: it knows nothing of them.
SQLITE_OBJECT := $(SQLITE_FOLDER)/sqlite3.o
SQLITE := $(O)/lib/libsqlite.a
SQLITE_OBJECTS = $(patsubst %.c,%.o,$(wildcard lib/sqlite/*.c))
# For what includes <sqlite3.h>, which needs $(SQLITE_SOURCE) to be there.
SQLITE_CFLAGS := -isystem $(SQLITE_FOLDER)/made

# Without threads, shared memory between processes and loading of code, all of which need more of a system than files.
SQLITE_OPTIONS := -DSQLITE_OS_OTHER=1 -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION \
    -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_OMIT_LOCALTIME -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_SHARED_CACHE \
    -DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_TEMP_STORE=3 -DSQLITE_DQS=0 -DLONGDOUBLE_TYPE=double

$(SQLITE_FOLDER)/version:
	@tools/debian-package --source sqlite3 $(SQLITE_FOLDER)

$(SQLITE_SOURCE): $(SQLITE_FOLDER)/version
	@mkdir -p $(@D)
	$(call quiet,GEN,$@)cd $(@D) && { ../tree/configure --disable-tcl --disable-readline && $(MAKE) sqlite3.c; } >log 2>&1 || \
	    { tail -n 20 log; exit 1; }

$(SQLITE_OBJECT): $(SQLITE_SOURCE) lib/sqlite/sqlite.mk $(PICOLIBC_FETCHED)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) $(TARGET_CFLAGS) $(USER_CFLAGS) -w $(SQLITE_OPTIONS) -c $< -o $@

$(SQLITE): $(SQLITE_OBJECT)
	@mkdir -p $(@D)
	$(call quiet,AR,$@)rm -f $@ && $(CROSS_AR) rcs $@ $^

$(O)/target/lib/sqlite/vfs.o: EXTRA_CFLAGS += $(SQLITE_CFLAGS)
$(O)/target/lib/sqlite/vfs.o: $(SQLITE_SOURCE)
