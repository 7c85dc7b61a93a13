/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/guests/lib/guest.h: the parts that the guests of tests/guests share: the machine's addresses, output, interrupts, power. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_GIC UINT64_C(0x08000000)
#define GUEST_GIC_CPU UINT64_C(0x08010000)
#define GUEST_SERIAL UINT64_C(0x09000000)
#define GUEST_RTC UINT64_C(0x09010000)
#define GUEST_CPUS 8u
#define GUEST_TIMER_IRQ 27u
#define GUEST_SERIAL_IRQ 33u

#define READ(name) \
    ({ uint64_t value_; __asm__ volatile("mrs %0, " #name : "=r"(value_)); value_; })
#define WRITE(name, value) __asm__ volatile("msr " #name ", %0; isb" \
                                            :                        \
                                            : "r"((uint64_t)(value)) \
                                            : "memory")

static inline uint32_t get32(uint64_t address)
{
    return *(volatile uint32_t *)address;
}
static inline void put32(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}
static inline void put8(uint64_t address, uint8_t value)
{
    *(volatile uint8_t *)address = value;
}

static inline void interrupts_on(void)
{
    __asm__ volatile("msr daifclr, #2; isb"
                     :
                     :
                     : "memory");
}
static inline void interrupts_off(void)
{
    __asm__ volatile("msr daifset, #2; isb"
                     :
                     :
                     : "memory");
}
static inline void wait_for_interrupt(void)
{
    __asm__ volatile("dsb sy; wfi"
                     :
                     :
                     : "memory");
}
static inline unsigned cpu_number(void)
{
    return (unsigned)READ(mpidr_el1) & 0xff;
}

/* The number behind a word, anywhere in the device tree; `otherwise`: the word is not there. */
uint64_t number_of(const char *tree, const char *word, uint64_t otherwise);

void say(const char *text);
void say_hex(uint64_t number);
/* Prints "ok NAME" or "FAILED NAME"; the first check of a group prints the group's name before it. */
void check(const char *name, bool holds);
/* The last line: "checks: all ok", or how many failed. Then the power goes off. */
_Noreturn void finish(void);

uint64_t hvc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
uint64_t smc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* The distributor and this CPU's interface are on; all shared interrupts are off. */
void gic_start(void);
void gic_enable(unsigned interrupt);
void gic_disable(unsigned interrupt);

/* By CPU and number: how often it was taken. */
extern volatile uint32_t taken[GUEST_CPUS][128];
/* Called for each, before its end is reported; NULL: nothing. */
extern void (*volatile on_interrupt)(unsigned interrupt);
/* Exceptions other than interrupts so far, and the syndrome of the last. */
extern volatile uint32_t exceptions;
extern volatile uint64_t last_syndrome;

/* Waits until *count is at least `value`, or about that many milliseconds have passed. */
bool wait_until(const volatile uint32_t *count, uint32_t value, unsigned milliseconds);
void timer_set(uint64_t ticks);

/* The function of a further CPU, on a stack of its own. */
extern void (*volatile secondary_work)(void);
uint64_t cpu_on(unsigned cpu);
