# SPDX-License-Identifier: BSD-2-Clause
BOARD_CFLAGS := -mcpu=cortex-a53
BOARD_PORT := virtio
