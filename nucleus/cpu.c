/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/cpu.c: settings of the processor for threads without a virtual CPU (Arm ARM D13). What user
 * level can do with them agrees with the configuration that nucleus stands in for: counters, CNTP and
 * PMU are user level's; cache maintenance by address too; DC ZVA and the other timers trap.
 */
#include "nucleus/arch.h"
#include "nucleus/boot.h"
#include "nucleus/cpu.h"

void cpu_load_native(void)
{
    WRITE_REGISTER(sctlr_el1, CPU_SCTLR_NATIVE);
    WRITE_REGISTER(cntkctl_el1, CPU_CNTKCTL_NATIVE);
    WRITE_REGISTER(cpacr_el1, CPU_CPACR_NATIVE);
    WRITE_REGISTER(cntvoff_el2, 0);
    WRITE_REGISTER(cntv_ctl_el0, 0);
    WRITE_REGISTER(cnthctl_el2, CPU_CNTHCTL_NATIVE);
    WRITE_REGISTER(mdscr_el1, 0);
    WRITE_REGISTER(pmuserenr_el0, CPU_PMUSERENR_NATIVE);
    WRITE_REGISTER(pmintenclr_el1, ~UINT64_C(0));
    WRITE_REGISTER(hcr_el2, CPU_HCR_NATIVE);
}

void cpu_boot(void)
{
    cpu_load_native();
    WRITE_REGISTER(hstr_el2, 0);
    WRITE_REGISTER(cntp_ctl_el0, 0);
    WRITE_REGISTER(vpidr_el2, READ_REGISTER(midr_el1));
    WRITE_REGISTER(vmpidr_el2, READ_REGISTER(mpidr_el1));
    isb();
}
