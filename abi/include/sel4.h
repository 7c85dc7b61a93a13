/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's interface for user level. `constants.h` and `types.h` alone serve the kernel. */
#pragma once

#include <sel4/constants.h>
#include <sel4/types.h>

#include <sel4/syscalls.h>

#include <sel4/stubs.h>

#include <sel4/invocations.h>

#include <sel4/faults.h>
