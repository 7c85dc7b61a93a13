# SPDX-License-Identifier: BSD-2-Clause
# The archive reader for both sides: link one of these objects.

ARCHIVE_TARGET_OBJECT := $(O)/target/lib/archive/archive.o
ARCHIVE_HOST_OBJECT := $(O)/hostobj/lib/archive/archive.o
