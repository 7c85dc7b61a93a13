# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += probe
probe_OBJECTS := apps/probe/main.o apps/probe/sweep.o apps/probe/attacks.o
