/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/guests/checks.c: a guest that checks its machine: power, interrupts, timers, clock, accesses that the hardware
 * does not describe, and further CPUs, as many as it has. A line for each; then it powers off.
 */
#include "tests/guests/lib/guest.h"

#define NOT_SUPPORTED UINT64_C(0xffffffffffffffff)
#define INVALID UINT64_C(0xfffffffffffffffe)
#define ALREADY_ON UINT64_C(0xfffffffffffffffc)

/* ---- Power ---------------------------------------------------------------------- */

static void power(void)
{
    check("psci version", hvc(0x84000000, 0, 0, 0) == 0x10001);
    check("psci version by smc", smc(0x84000000, 0, 0, 0) == 0x10001);
    check("psci features", hvc(0x8400000a, 0xc4000003, 0, 0) == 0 && hvc(0x8400000a, 0x8400ffff, 0, 0) == NOT_SUPPORTED);
    check("psci unknown", hvc(0x84000020, 0, 0, 0) == NOT_SUPPORTED && smc(0xc2000000, 0, 0, 0) == NOT_SUPPORTED);
    check("psci on already", hvc(0xc4000003, 0, 0, 0) == ALREADY_ON && hvc(0xc4000003, 0x700, 0, 0) == INVALID);
    check("psci affinity", hvc(0xc4000004, 0, 0, 0) == 0 && hvc(0xc4000004, 99, 0, 0) == INVALID);
    check("psci suspend", hvc(0xc4000001, 0, 0, 0) == 0);
}

/* ---- Interrupts ------------------------------------------------------------------- */

static volatile uint32_t *mine(unsigned interrupt)
{
    return &taken[cpu_number()][interrupt];
}

static void software_interrupts(void)
{
    bool all = true;

    for (unsigned i = 0; i < 16; i++) {
        put32(GUEST_GIC + 0xf00, 2u << 24 | i);
        all = all && wait_until(mine(i), 1, 100);
    }
    check("gic sgi to itself", all);
    put32(GUEST_GIC + 0xf00, 1u << 16 | 5);
    check("gic sgi by list", wait_until(mine(5), 2, 100));
    put32(GUEST_GIC + 0xf00, 1u << 24 | 5); /* to the others */
    check("gic sgi to others", !wait_until(mine(5), 3, 5));
}

static void once_disabled(unsigned interrupt)
{
    if (interrupt == GUEST_SERIAL_IRQ)
        gic_disable(interrupt);
}

static void shared_interrupts(void)
{
    const uint32_t bit = 1u << (GUEST_SERIAL_IRQ - 32);

    put32(GUEST_GIC + 0x204, bit);
    check("gic pending", (get32(GUEST_GIC + 0x204) & bit) != 0 && !wait_until(mine(GUEST_SERIAL_IRQ), 1, 5));
    on_interrupt = once_disabled;
    gic_enable(GUEST_SERIAL_IRQ);
    check("gic enabled later", wait_until(mine(GUEST_SERIAL_IRQ), 1, 100));
    check("gic disabled", (get32(GUEST_GIC + 0x104) & bit) == 0);
    put32(GUEST_GIC + 0x204, bit);
    gic_enable(GUEST_SERIAL_IRQ);
    check("gic again after the end of one that was disabled", wait_until(mine(GUEST_SERIAL_IRQ), 2, 100));
    on_interrupt = NULL;
    gic_disable(GUEST_SERIAL_IRQ);
}

static void priorities(void)
{
    put8(GUEST_GIC + 0x400 + 3, 0xa0);
    put32(GUEST_GIC_CPU + 4, 0x80);
    put32(GUEST_GIC + 0xf00, 2u << 24 | 3);
    check("gic masked by priority", !wait_until(mine(3), 2, 5));
    put32(GUEST_GIC_CPU + 4, 0xff);
    check("gic unmasked", wait_until(mine(3), 2, 100));
}

static void distributor(void)
{
    *(volatile uint16_t *)(GUEST_GIC + 0x420) = 0x1122;
    put8(GUEST_GIC + 0x423, 0x44);
    check("gic accesses of 8, 16 and 32 bits", get32(GUEST_GIC + 0x420) == 0x40001020);
    check("gic version", (get32(GUEST_GIC + 0xfe8) & 0xf0) == 0x20);
    software_interrupts();
    shared_interrupts();
    priorities();
}

/* ---- Time ---------------------------------------------------------------------------- */

static void timer(void)
{
    const uint64_t millisecond = READ(cntfrq_el0) / 1000;
    uint32_t before = *mine(GUEST_TIMER_IRQ);

    gic_enable(GUEST_TIMER_IRQ);
    WRITE(cntv_cval_el0, 1);
    WRITE(cntv_ctl_el0, 3);
    check("timer masked", !wait_until(mine(GUEST_TIMER_IRQ), before + 1, 5) && (READ(cntv_ctl_el0) & 4) != 0);
    WRITE(cntv_ctl_el0, 1);
    check("timer in the past", wait_until(mine(GUEST_TIMER_IRQ), before + 1, 100));
    const uint64_t start = READ(cntvct_el0);

    interrupts_off();
    timer_set(2 * millisecond);
    while (*mine(GUEST_TIMER_IRQ) == before + 1) {
        wait_for_interrupt();
        interrupts_on();
        interrupts_off();
    }
    interrupts_on();
    check("timer wakes, and not too early", READ(cntvct_el0) - start >= 2 * millisecond);
    bool all = true;

    before = *mine(GUEST_TIMER_IRQ);
    for (uint32_t i = 1; i <= 100 && all; i++) {
        timer_set(millisecond / 20);
        all = wait_until(mine(GUEST_TIMER_IRQ), before + i, 10000);
    }
    check("timer none lost of 100", all);
    check("clock", get32(GUEST_RTC) > 1600000000);
}

/* ---- Accesses that the hardware does not describe --------------------------------------- */

static bool pairs(void)
{
    uint64_t at = GUEST_GIC + 0x440, a, b;

    __asm__ volatile("stp %w1, %w2, [%0], #8"
                     : "+r"(at)
                     : "r"(0x08101820), "r"(0x28303840)
                     : "memory");
    bool all = at == GUEST_GIC + 0x448 && get32(at - 8) == 0x08101820 && get32(at - 4) == 0x28303840;

    __asm__ volatile("ldp %w1, %w2, [%0, #-8]!"
                     : "+r"(at), "=&r"(a), "=&r"(b)
                     :
                     : "memory");
    all = all && at == GUEST_GIC + 0x440 && a == 0x08101820 && b == 0x28303840;
    __asm__ volatile("ldrb %w1, [%0, #1]!"
                     : "+r"(at), "=&r"(a)
                     :
                     : "memory");
    all = all && at == GUEST_GIC + 0x441 && a == 0x18;
    put8(at, 0xf8);
    __asm__ volatile("ldrsb %1, [%0], #-1"
                     : "+r"(at), "=&r"(a)
                     :
                     : "memory");
    all = all && at == GUEST_GIC + 0x440 && a == UINT64_C(0xfffffffffffffff8);
    __asm__ volatile("str %w1, [%0, #4]!"
                     : "+r"(at)
                     : "r"(0x50586068)
                     : "memory");
    return all && at == GUEST_GIC + 0x444 && get32(at) == 0x50586068;
}

/* Two blocks of 1 GiB where they are, devices first. */
static void translation_on(void)
{
    static uint64_t table[512] __attribute__((aligned(4096)));

    table[0] = 0x401 | 0 << 2;
    table[1] = UINT64_C(0x40000000) | 0x701 | 1 << 2;
    WRITE(mair_el1, 0x4400);
    WRITE(tcr_el1, 25 | UINT64_C(1) << 23 | UINT64_C(2) << 32);
    WRITE(ttbr0_el1, (uint64_t)table);
    __asm__ volatile("dsb sy; tlbi vmalle1; dsb sy; isb"
                     :
                     :
                     : "memory");
    WRITE(sctlr_el1, READ(sctlr_el1) | 1);
}

static void accesses(void)
{
    check("pairs and changed addresses", pairs());
    translation_on();
    check("pairs, with translation", pairs());
    WRITE(sctlr_el1, READ(sctlr_el1) & ~UINT64_C(1));
}

/* ---- Further CPUs -------------------------------------------------------------------------- */

#define ROUNDS 50u

static volatile uint32_t here[GUEST_CPUS], goes[GUEST_CPUS];

/* Reports that it runs, takes a timer interrupt of its own, answers each interrupt 1 by interrupt 2 to CPU 0. */
static void answer(unsigned interrupt)
{
    if (interrupt == 1 && cpu_number() != 0)
        put32(GUEST_GIC + 0xf00, 1u << 16 | 2);
}

static void other(void)
{
    const unsigned number = cpu_number();

    gic_start();
    gic_enable(GUEST_TIMER_IRQ);
    here[number] = 1;
    interrupts_on();
    timer_set(READ(cntfrq_el0) / 1000);
    while (goes[number] == 0)
        wait_for_interrupt();
    interrupts_off();
    here[number] = 0;
    hvc(0x84000002, 0, 0, 0);
}

static bool ping(unsigned cpu)
{
    const uint32_t before = taken[0][2];

    for (uint32_t i = 1; i <= ROUNDS; i++) {
        put32(GUEST_GIC + 0xf00, 1u << (16 + cpu) | 1);
        if (!wait_until(&taken[0][2], before + i, 10000))
            return false;
    }
    return true;
}

static void end_other(unsigned cpu)
{
    goes[cpu] = 1;
    put32(GUEST_GIC + 0xf00, 1u << (16 + cpu) | 1);
    check("cpu off", wait_until(&here[cpu], 0, 10000));
    for (unsigned i = 0; hvc(0xc4000004, cpu, 0, 0) == 0 && i < 1000; i++)
        hvc(0xc4000001, 0, 0, 0);
    check("cpu is off", hvc(0xc4000004, cpu, 0, 0) == 1);
    goes[cpu] = 0;
}

static void others(void)
{
    const unsigned cpus = (get32(GUEST_GIC + 4) >> 5 & 7) + 1;

    secondary_work = other;
    on_interrupt = answer;
    check("no more CPUs", hvc(0xc4000003, cpus, 0x40080000, 0) == INVALID);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned cpu = 1; cpu < cpus; cpu++) {
            const uint32_t before = taken[cpu][GUEST_TIMER_IRQ];

            check("cpu on", cpu_on(cpu) == 0 && wait_until(&here[cpu], 1, 10000));
            check("cpu is on", hvc(0xc4000004, cpu, 0, 0) == 0 && cpu_on(cpu) == ALREADY_ON);
            check("cpu has its own timer", wait_until(&taken[cpu][GUEST_TIMER_IRQ], before + 1, 10000));
            check("cpu answers", ping(cpu));
        }
        for (unsigned cpu = 1; cpu < cpus; cpu++)
            end_other(cpu);
    }
    on_interrupt = NULL;
}

int main(void)
{
    say("checks: begin\n");
    power();
    gic_start();
    interrupts_on();
    distributor();
    timer();
    accesses();
    others();
    check("no exceptions", exceptions == 0);
    finish();
}
