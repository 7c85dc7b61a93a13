/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/guests/costs.c: a guest that measures what leaving its CPU costs, in nanoseconds of its counter: instructions, where an
 * instruction takes a nanosecond (./cellulos bench vm). */
#include "tests/guests/lib/guest.h"

#define ROUNDS 1000u

static void by_hvc(void)
{
    hvc(0x84000000, 0, 0, 0);
}

static void by_smc(void)
{
    smc(0x84000000, 0, 0, 0);
}

static void device_read(void)
{
    get32(GUEST_GIC);
}

static void device_write(void)
{
    put32(GUEST_GIC, 1);
}

static void pair(void)
{
    __asm__ volatile("ldp w0, w1, [%0]"
                     :
                     : "r"(GUEST_GIC)
                     : "x0", "x1", "memory");
}

static void interrupt_of_its_own(void)
{
    const uint32_t before = taken[0][1];

    put32(GUEST_GIC + 0xf00, 2u << 24 | 1);
    while (taken[0][1] == before) {
    }
}

static void say_number(uint64_t number)
{
    char digits[21] = {0};
    unsigned at = 20;

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    say(&digits[at]);
}

static void measure(const char *name, void (*act)(void))
{
    act();
    const uint64_t start = READ(cntvct_el0);

    for (unsigned i = 0; i < ROUNDS; i++)
        act();
    const uint64_t ticks = READ(cntvct_el0) - start;

    say("cost ");
    say(name);
    say(" ");
    say_number(ticks * (1000000000 / READ(cntfrq_el0)) / ROUNDS);
    say("\n");
}

int main(void)
{
    gic_start();
    interrupts_on();
    measure("hvc", by_hvc);
    measure("smc", by_smc);
    measure("device_read", device_read);
    measure("device_write", device_write);
    measure("device_pair", pair);
    measure("interrupt_to_itself", interrupt_of_its_own);
    hvc(0x84000008, 0, 0, 0);
    for (;;)
        wait_for_interrupt();
}
