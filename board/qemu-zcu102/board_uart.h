/* SPDX-License-Identifier: BSD-2-Clause */
/* board/qemu-zcu102/board_uart.h: the serial ports, of the console and of the control channel. */
#pragma once

#include "board/drivers/cadence_uart.h"
