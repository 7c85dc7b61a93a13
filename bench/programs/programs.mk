# SPDX-License-Identifier: BSD-2-Clause
# Executables for Linux that measure what they do; they run on Linux as well, behind init.

BENCH_PROGRAMS := calls file-calls sqlite-calls stamp init
BENCH_QUICK_FILES := $(filter-out %/sqlite-calls,$(BENCH_PROGRAMS:%=$(O)/bench/%))
BENCH_PROGRAM_FILES := $(BENCH_PROGRAMS:%=$(O)/bench/%) $(O)/bench/speedtest1 $(O)/bench/speedtest1-host

$(BENCH_PROGRAMS:%=$(O)/bench/%): $(O)/bench/%: bench/programs/%.c bench/programs/measure.h
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) -O2 $(WARNINGS) -Wno-unused-result -I. $(BENCH_FLAGS) -static $< $(BENCH_OBJECTS) -o $@

# SQLite, and its own benchmark, for Linux here and for that on this computer, with the library's defaults.
$(O)/bench/sqlite-calls: BENCH_FLAGS := -isystem $(dir $(SQLITE_SOURCE))
$(O)/bench/sqlite-calls: BENCH_OBJECTS := $(O)/bench/sqlite3.o
$(O)/bench/sqlite-calls: $(O)/bench/sqlite3.o
$(O)/bench/sqlite3.o: $(SQLITE_SOURCE)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) -O2 -w -DSQLITE_OMIT_LOAD_EXTENSION -c $< -o $@
$(O)/bench/speedtest1: $(O)/bench/sqlite3.o
	$(call quiet,LD,$@)$(CROSS_CC) -O2 -w -static -isystem $(dir $(SQLITE_SOURCE)) $(SQLITE_FOLDER)/tree/test/speedtest1.c $< -lm -o $@
$(O)/bench/speedtest1-host: $(SQLITE_SOURCE)
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) -O2 -w -DSQLITE_OMIT_LOAD_EXTENSION -isystem $(dir $(SQLITE_SOURCE)) \
	    $(SQLITE_FOLDER)/tree/test/speedtest1.c $(SQLITE_SOURCE) -lm -o $@

# Two of one, with the C library as a library.
BENCH_SHARING := $(O)/bench/sharing-1 $(O)/bench/sharing-2
$(BENCH_SHARING): $(O)/bench/sharing-%: bench/programs/sharing.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CROSS_CC) -O2 $(WARNINGS) -DNUMBER=$* $< -o $@
TEST_FILES += $(BENCH_SHARING)

# The others, which take minutes, are made when they are wanted.
TEST_FILES += $(BENCH_QUICK_FILES)

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAM_FILES)

.PHONY: bench-sharing
bench-sharing: $(BENCH_SHARING) $(O)/bench/init $(O)/static/cellmodel-aarch64 $(O)/host/cellmodel
