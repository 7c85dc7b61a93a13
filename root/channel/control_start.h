/* SPDX-License-Identifier: BSD-2-Clause */
/* root/channel/control_start.h: start-up of the control channel's main side, when the monitor runs. */
#pragma once

void control_init(void);
