# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += rttest
rttest_OBJECTS := apps/rttest/main.o
