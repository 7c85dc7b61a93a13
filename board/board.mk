# SPDX-License-Identifier: BSD-2-Clause
# The machine: BOARD names a folder here. It has board.h (addresses), board_kernel.h (what nucleus knows besides),
# board_qemu.h (how the runner starts it), and board.mk, which sets
#   BOARD_CFLAGS   the compiler's flags for its processor
BOARD ?= qemu-virt
ifeq ($(wildcard board/$(BOARD)/board.mk),)
$(error there is no board '$(BOARD)'; there are: $(patsubst board/%/board.mk,%,$(wildcard board/*/board.mk)))
endif
include board/$(BOARD)/board.mk
BOARD_INCLUDE := -Iboard/$(BOARD)
