/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/arch.h: the instructions that C has no words for: system registers, barriers, caches,
 * TLB maintenance. Source: Arm Architecture Reference Manual (DDI 0487), C5, D7, D13.
 */
#pragma once

#include "nucleus/base.h"

#define READ_REGISTER(name)                                                   \
    ({                                                                        \
        uint64_t value_;                                                      \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                    \
        value_;                                                               \
    })
#define WRITE_REGISTER(name, value) \
    __asm__ volatile("msr " #name ", %x0" : : "rZ"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
    __asm__ volatile("isb" : : : "memory");
}

static inline void dsb(void)
{
    __asm__ volatile("dsb ish" : : : "memory");
}

/* Makes table entries that were written visible to table walks. */
static inline void dsb_store(void)
{
    __asm__ volatile("dsb ishst" : : : "memory");
}

static inline void wait_for_interrupt(void)
{
    __asm__ volatile("dsb sy\n wfi" : : : "memory");
}

/* ---- Caches: one line of 64 bytes at a kernel address ---- */

static inline void line_clean(uint64_t address)
{
    __asm__ volatile("dc cvac, %0" : : "r"(address) : "memory");
}

static inline void line_clean_unification(uint64_t address)
{
    __asm__ volatile("dc cvau, %0" : : "r"(address) : "memory");
}

static inline void line_clean_invalidate(uint64_t address)
{
    __asm__ volatile("dc civac, %0" : : "r"(address) : "memory");
}

static inline void line_invalidate_instructions(uint64_t address)
{
    __asm__ volatile("ic ivau, %0" : : "r"(address) : "memory");
}

static inline void line_zero(uint64_t address)
{
    __asm__ volatile("dc zva, %0" : : "r"(address) : "memory");
}

static inline void instructions_invalidate_all(void)
{
    __asm__ volatile("ic ialluis" : : : "memory");
}

/* ---- TLB ---- */

/* What the current VTTBR_EL2's VMID has cached of one page of its stage 2, and all that was made
 * of it. */
static inline void tlb_invalidate_page(uint64_t address)
{
    __asm__ volatile("dsb ishst\n tlbi ipas2e1is, %0\n dsb ish\n tlbi vmalle1is\n dsb ish\n isb"
                     : : "r"(address >> 12) : "memory");
}

/* All of the current VMID, both stages. */
static inline void tlb_invalidate_space(void)
{
    __asm__ volatile("dsb ishst\n tlbi vmalls12e1is\n dsb ish\n isb" : : : "memory");
}

/* All of every VMID. */
static inline void tlb_invalidate_users(void)
{
    __asm__ volatile("dsb ishst\n tlbi alle1is\n dsb ish\n isb" : : : "memory");
}

static inline void tlb_invalidate_kernel(void)
{
    __asm__ volatile("dsb ishst\n tlbi alle2\n dsb ish\n isb" : : : "memory");
}

/* ---- Bits of registers ---- */

#define HCR_VM (UINT64_C(1) << 0)   /* stage 2 on */
#define HCR_SWIO (UINT64_C(1) << 1)
#define HCR_FMO (UINT64_C(1) << 3)  /* FIQ, IRQ, SError to EL2 */
#define HCR_IMO (UINT64_C(1) << 4)
#define HCR_AMO (UINT64_C(1) << 5)
#define HCR_DC (UINT64_C(1) << 12)  /* no stage 1: memory is normal, cached */
#define HCR_TWI (UINT64_C(1) << 13) /* WFI traps */
#define HCR_TWE (UINT64_C(1) << 14)
#define HCR_TSC (UINT64_C(1) << 19) /* SMC traps */
#define HCR_TDZ (UINT64_C(1) << 28) /* DC ZVA traps */
#define HCR_TGE (UINT64_C(1) << 27) /* EL0's exceptions come to EL2 */
#define HCR_RW (UINT64_C(1) << 31)  /* EL1 is AArch64 */

#define CPTR_RES1 UINT64_C(0x33ff)
#define CPTR_TFP (UINT64_C(1) << 10) /* floating point traps to EL2 */

/* An interrupt waits (ISR_EL1.I). */
static inline bool interrupt_waits(void)
{
    return (READ_REGISTER(isr_el1) & (1 << 7)) != 0;
}

/* Exception classes (ESR_EL2.EC). */
enum {
    CLASS_UNKNOWN = 0x00,
    CLASS_WFX = 0x01,
    CLASS_FPU = 0x07,
    CLASS_ILLEGAL_STATE = 0x0e,
    CLASS_SVC = 0x15,
    CLASS_HVC = 0x16,
    CLASS_SMC = 0x17,
    CLASS_SYSTEM = 0x18,
    CLASS_FETCH = 0x20,
    CLASS_PC_ALIGNMENT = 0x22,
    CLASS_DATA = 0x24,
};
