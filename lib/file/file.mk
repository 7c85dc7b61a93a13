# SPDX-License-Identifier: BSD-2-Clause
# Files that are mapped: FILE_OBJECTS for a program's list of objects.

FILE_OBJECTS := lib/file/map.o
