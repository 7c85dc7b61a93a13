# SPDX-License-Identifier: BSD-2-Clause
# The benchmark of the system: two programs, run by systems/bench.

PROGRAMS += bench bench-child
bench_OBJECTS := bench/system/main.o bench/system/extract.o bench/system/many.o bench/system/measure.o \
                 bench/system/presets.o
PROGRAMS += bench-fairness
bench-fairness_OBJECTS := bench/system/fairness.o bench/system/measure.o
PROGRAMS += bench-files
bench-files_OBJECTS = bench/system/files.o bench/system/measure.o $(FILE_OBJECTS)
bench-child_OBJECTS := bench/system/child.o
