/* SPDX-License-Identifier: BSD-2-Clause */
/* root/base/options.h: the boot options, `key=value` words separated by spaces. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets the boot options: `length` bytes that stay where they are. */
void options_init(const char *text, uint32_t length);

/* Copies the value of the last `key=value` to `value` (cut to `size` with its zero), or
 * `otherwise` if it is missing. Returns `value`. */
const char *option_text(const char *key, char *value, size_t size, const char *otherwise);

/* Whether an option is not given, or its value is a decimal number of 64 bits. */
bool option_is_number(const char *key);

/* Returns the value of the last `key=value` if it is a decimal number, else `otherwise`. */
uint64_t option_number(const char *key, uint64_t otherwise);
