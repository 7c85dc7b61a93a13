/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/guests/lib/guest.c: see guest.h. */
#include "tests/guests/lib/guest.h"

#define TREE_BYTES 0x10000u

uint64_t number_of(const char *tree, const char *word, uint64_t otherwise)
{
    for (uint32_t at = 0; at < TREE_BYTES; at++) {
        uint32_t i = 0;

        while (word[i] != 0 && tree[at + i] == word[i])
            i++;
        if (word[i] != 0)
            continue;
        uint64_t number = 0;

        for (at += i; tree[at] >= '0' && tree[at] <= '9'; at++)
            number = number * 10 + (uint64_t)(tree[at] - '0');
        return number;
    }
    return otherwise;
}

#define STACK 4096u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_SYSTEM_OFF 0x84000008u

char boot_stack[4 * STACK] __attribute__((aligned(16)));
static char stacks[GUEST_CPUS][STACK] __attribute__((aligned(16)));
__asm__(".globl boot_stack_end\n.set boot_stack_end, boot_stack + 16384");

volatile uint32_t taken[GUEST_CPUS][128];
void (*volatile on_interrupt)(unsigned interrupt);
volatile uint32_t exceptions;
volatile uint64_t last_syndrome;
void (*volatile secondary_work)(void);

static unsigned failed;

/* ---- Output -------------------------------------------------------------- */

void say(const char *text)
{
    while (*text != 0)
        put32(GUEST_SERIAL, (uint8_t)*text++);
}

void say_hex(uint64_t number)
{
    char digits[17] = {0};

    for (int i = 15; i >= 0; i--, number >>= 4)
        digits[i] = "0123456789abcdef"[number & 0xf];
    say("0x");
    say(digits);
}

void check(const char *name, bool holds)
{
    failed += !holds;
    say(holds ? "ok " : "FAILED ");
    say(name);
    say("\n");
}

_Noreturn void finish(void)
{
    say(failed == 0 ? "checks: all ok\n" : "checks: some failed\n");
    hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
    for (;;)
        wait_for_interrupt();
}

/* ---- Calls ------------------------------------------------------------------ */

#define CALL(instruction)                                     \
    register uint64_t r0 __asm__("x0") = x0;                  \
    register uint64_t r1 __asm__("x1") = x1;                  \
    register uint64_t r2 __asm__("x2") = x2;                  \
    register uint64_t r3 __asm__("x3") = x3;                  \
    register uint64_t r7 __asm__("x7") = 0;                   \
    __asm__ volatile(instruction                              \
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3) \
                     : "r"(r7)                                \
                     : "memory");                             \
    return r0

uint64_t hvc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
    CALL("hvc #0");
}

uint64_t smc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
    CALL("smc #0");
}

/* ---- Interrupts ---------------------------------------------------------------- */

void gic_start(void)
{
    put32(GUEST_GIC, 1);
    for (unsigned i = 1; i < 4; i++)
        put32(GUEST_GIC + 0x180 + 4 * i, UINT32_MAX);
    put32(GUEST_GIC_CPU + 4, 0xff);
    put32(GUEST_GIC_CPU, 1);
}

void gic_enable(unsigned interrupt)
{
    put32(GUEST_GIC + 0x100 + interrupt / 32 * 4, 1u << interrupt % 32);
}

void gic_disable(unsigned interrupt)
{
    put32(GUEST_GIC + 0x180 + interrupt / 32 * 4, 1u << interrupt % 32);
}

void interrupt_taken(void)
{
    const uint32_t word = get32(GUEST_GIC_CPU + 0x0c), number = word & 0x3ff;

    if (number >= 128)
        return;
    taken[cpu_number()][number]++;
    if (number == GUEST_TIMER_IRQ)
        WRITE(cntv_ctl_el0, 0);
    if (on_interrupt != NULL)
        on_interrupt(number);
    put32(GUEST_GIC_CPU + 0x10, word);
}

void exception_taken(uint64_t syndrome)
{
    last_syndrome = syndrome;
    exceptions++;
}

bool wait_until(const volatile uint32_t *count, uint32_t value, unsigned milliseconds)
{
    const uint64_t end = READ(cntvct_el0) + READ(cntfrq_el0) / 1000 * milliseconds;

    while ((int32_t)(*count - value) < 0)
        if (READ(cntvct_el0) > end)
            return false;
    return true;
}

void timer_set(uint64_t ticks)
{
    WRITE(cntv_tval_el0, ticks);
    WRITE(cntv_ctl_el0, 1);
}

/* ---- Further CPUs ------------------------------------------------------------------ */

void secondary(void);

void secondary_main(void)
{
    secondary_work();
    for (;;)
        wait_for_interrupt();
}

uint64_t cpu_on(unsigned cpu)
{
    return hvc(PSCI_CPU_ON, cpu, (uint64_t)&secondary, (uint64_t)&stacks[cpu][STACK]);
}
