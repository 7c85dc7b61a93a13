/* SPDX-License-Identifier: BSD-2-Clause */
/* root/options.h: where option_text() and option_number() (boot.h) look. */
#pragma once

#include <stdint.h>

/* The boot options: `length` bytes that stay where they are. */
void options_init(const char *text, uint32_t length);
