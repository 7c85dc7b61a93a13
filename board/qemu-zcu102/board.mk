# SPDX-License-Identifier: BSD-2-Clause
BOARD_CFLAGS := -mcpu=cortex-a53
BOARD_PORT := uart
BOARD_FILES := $(O)/board.dtb

$(O)/board.dtb: board/qemu-zcu102/board.dts
	@mkdir -p $(@D)
	$(call quiet,DTC,$<)dtc -q -I dts -O dtb -o $@ $<
