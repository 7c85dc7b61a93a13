/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/boot.h: start-up, and what the machine told.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of `key=value` in the boot options, copied to `value` (cut to
 * `size` with its zero); `otherwise` if it is not there. Returns `value`. */
const char *option_text(const char *key, char *value, size_t size, const char *otherwise);
uint64_t option_number(const char *key, uint64_t otherwise);

/* A bug of the root task was found: writes a `report` frame with the text and
 * stops. Never for running out of something or for what a PD did. */
_Noreturn void root_bug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Called once when the core is up, before the first request: registers
 * interfaces, starts the system that `system=` names. (pd*.c)
 */
void system_start(void);
