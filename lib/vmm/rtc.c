/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/rtc.c: see rtc.h. */
#include "lib/vmm/rtc.h"

enum { DR = 0x00,
       MR = 0x04,
       LR = 0x08,
       CR = 0x0c,
       IMSC = 0x10,
       ID = 0xfe0 };

uint32_t rtc_read(const struct rtc *rtc, uint64_t offset, uint64_t now)
{
    static const uint8_t id[] = {0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    if (offset >= ID && offset < ID + 4 * sizeof id)
        return id[(offset - ID) / 4];
    switch (offset) {
    case DR:
    case LR:
        return (uint32_t)now + rtc->offset;
    case MR:
        return rtc->match;
    case CR:
        return 1; /* it runs */
    case IMSC:
        return rtc->mask;
    default:
        return 0;
    }
}

void rtc_write(struct rtc *rtc, uint64_t offset, uint32_t value, uint64_t now)
{
    if (offset == LR)
        rtc->offset = value - (uint32_t)now;
    else if (offset == MR)
        rtc->match = value;
    else if (offset == IMSC)
        rtc->mask = value & 1;
}
