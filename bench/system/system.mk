# SPDX-License-Identifier: BSD-2-Clause
# The benchmark of the system: two programs, run by systems/bench.

PROGRAMS += bench bench-child
bench_OBJECTS := bench/system/main.o bench/system/extract.o bench/system/many.o bench/system/measure.o \
                 bench/system/presets.o
PROGRAMS += bench-fairness
bench-fairness_OBJECTS := bench/system/fairness.o bench/system/measure.o bench/system/reach.o
PROGRAMS += bench-costs
bench-costs_OBJECTS := bench/system/costs.o bench/system/measure.o
PROGRAMS += bench-files
bench-files_OBJECTS = bench/system/files.o bench/system/measure.o $(FILE_OBJECTS)
bench-child_OBJECTS := bench/system/child.o
PROGRAMS += bench-large
bench-large_OBJECTS := bench/system/large.o
# They stand in for `kvclient` and `kv`.
KV_BENCH_OBJECTS := bench/system/kv.o bench/system/measure.o
PROGRAMS += bench-kvclient bench-kv
bench-kvclient_OBJECTS = $(subst apps/kvclient/client.o,$(KV_BENCH_OBJECTS),$(kvclient_OBJECTS))
bench-kv_OBJECTS = $(subst apps/kvclient/client.o,$(KV_BENCH_OBJECTS),$(kv_OBJECTS))
$(O)/programs/bench-kv.elf: PROGRAM_LIBS += $(SQLITE)
$(O)/programs/bench-kv.elf: PROGRAM_LDFLAGS += -Wl,-u,client
$(O)/programs/bench-kv.elf: $(SQLITE)
