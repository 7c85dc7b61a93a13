/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/nic/frame.h: Ethernet frames, without their checksum. */
#pragma once

#include <stdint.h>

#define FRAME_LEAST 14u  /* two addresses and a type */
#define FRAME_MOST 1518u /* with a tag of a virtual network */
#define FRAME_TO 0u      /* where the addresses are */
#define FRAME_FROM 6u

/* An address as a number: its first byte is the highest. */
static inline uint64_t frame_address(const uint8_t *bytes)
{
    uint64_t address = 0;

    for (unsigned i = 0; i < 6; i++)
        address = address << 8 | bytes[i];
    return address;
}
