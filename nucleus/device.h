/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/device.h: the kernel's addresses of the devices that it uses (kernel_map.c maps them).
 */
#pragma once

#include "nucleus/layout.h"

#define DEVICE_GIC_DISTRIBUTOR (DEVICE_VIRTUAL + 0x0000)
#define DEVICE_GIC_CPU (DEVICE_VIRTUAL + 0x1000) /* two pages */
#define DEVICE_GIC_VIRTUAL (DEVICE_VIRTUAL + 0x3000)
#define DEVICE_UART (DEVICE_VIRTUAL + 0x4000)
