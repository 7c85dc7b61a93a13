/* SPDX-License-Identifier: BSD-2-Clause */
/* A device whose interrupt can be made to come: the PL031 real-time clock (Arm PrimeCell RTC PL031 manual, DDI 0224). Data
 * 0x00, match 0x04, load 0x08, control 0x0c, mask 0x10, raw 0x14, masked 0x18, clear 0x1c. */
#pragma once

static volatile unsigned *rtc;

/* Makes the interrupt pending: it matches the time that it is. */
static inline void fire(void)
{
    rtc[7] = 1;
    rtc[4] = 1;
    rtc[1] = rtc[0];
}

static inline void quiet(void)
{
    rtc[4] = 0;
    rtc[7] = 1;
}
