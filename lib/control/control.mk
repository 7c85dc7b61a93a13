# SPDX-License-Identifier: BSD-2-Clause
# The frame parser for both sides: link one of these objects.

FRAME_TARGET_OBJECT := $(O)/target/lib/control/frame.o
FRAME_HOST_OBJECT := $(O)/hostobj/lib/control/frame.o
