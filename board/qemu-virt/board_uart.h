/* SPDX-License-Identifier: BSD-2-Clause */
/* board/qemu-virt/board_uart.h: the console's serial port. */
#pragma once

#include "board/drivers/pl011.h"
