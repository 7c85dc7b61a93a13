# SPDX-License-Identifier: BSD-2-Clause
# The machine: BOARD names a folder here (README.md). Its board.mk sets
#   BOARD_CFLAGS   the compiler's flags for its processor
#   BOARD_PORT     the device of the control channel: root/channel/port_$(BOARD_PORT).c
#   BOARD_FILES    further files that the runner needs, if any
BOARD ?= qemu-virt
BOARD_FILES :=
ifeq ($(wildcard board/$(BOARD)/board.mk),)
$(error there is no board '$(BOARD)'; there are: $(patsubst board/%/board.mk,%,$(wildcard board/*/board.mk)))
endif
include board/$(BOARD)/board.mk
BOARD_INCLUDE := -Iboard/$(BOARD)
OTHER_BOARDS := $(filter-out $(BOARD),$(patsubst board/%/board.mk,%,$(wildcard board/*/board.mk)))
