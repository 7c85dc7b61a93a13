/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/rtc.h: a guest's clock, a PL031 (Arm DDI 0224B, chapter 3), in seconds; its alarm never rings. */
#pragma once

#include <stdint.h>

#define RTC_BYTES 0x1000u

struct rtc {
    uint32_t offset; /* that the guest has set, modulo 2^32 */
    uint32_t match, mask;
};

/* `now`: seconds since 1970. */
uint32_t rtc_read(const struct rtc *rtc, uint64_t offset, uint64_t now);
void rtc_write(struct rtc *rtc, uint64_t offset, uint32_t value, uint64_t now);
