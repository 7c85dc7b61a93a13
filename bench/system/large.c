/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/system/large.c: a program with much data, for bench/system/reach.c. */
#include <stdint.h>

#define BYTES 0x200000u

/* Not all zeroes, so they are in its file. */
static volatile uint8_t data[BYTES] = {[0] = 1, [BYTES - 1] = 2};
static const volatile uint8_t constants[BYTES] = {[0] = 1, [BYTES - 1] = 2};

int main(void)
{
    return data[0] + data[BYTES - 1] + data[BYTES / 2] + constants[0] + constants[BYTES - 1] == 6 ? 0 : 1;
}
