# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += probe
probe_OBJECTS := $(addprefix apps/probe/,main.o sweep.o attacks.o rights.o accounts.o half.o makers.o sharers.o) apps/touch/touch.o
