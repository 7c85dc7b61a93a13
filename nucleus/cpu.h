/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/cpu.h: register values for threads without a virtual CPU.
 */
#pragma once

#include "nucleus/arch.h"

#define CPU_HCR_NATIVE                                                                                   \
    (HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_DC | HCR_TGE | HCR_TSC | HCR_TDZ | HCR_RW)

/* RES1 bits; EL0 may use CTR_EL0 (15), WFI (16), WFE (18), cache maintenance by address (26). */
#define CPU_SCTLR_NATIVE (UINT64_C(0x30d00800) | 1 << 15 | 1 << 16 | 1 << 18 | 1 << 26)

/* EL0 reads both counters (0, 1) and has CNTP (9), but not CNTV (8). The plain build: nothing of it. */
#define CPU_CNTKCTL_NATIVE (NUCLEUS_PLAIN ? 0 : UINT64_C(1) << 0 | 1 << 1 | 1 << 9)

/* Both counters (0) and CNTP (1) do not trap to EL2. */
#define CPU_CNTHCTL_NATIVE (UINT64_C(1) << 0 | 1 << 1)
#define CPU_CNTHCTL_GUEST (UINT64_C(1) << 0)

/* Floating point is for everybody as far as EL1 has a say. */
#define CPU_CPACR_NATIVE (UINT64_C(3) << 20)

/* EL0 has the PMU, but not in the plain build. */
#define CPU_PMUSERENR_NATIVE ((uint64_t)!NUCLEUS_PLAIN)

/* Loads them; no debug exceptions, the virtual timer stands still. */
void cpu_load_native(void);
