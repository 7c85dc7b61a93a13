/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vcpu.c: switching virtual CPUs.
 *
 * Most registers of EL1 do not matter while threads without a virtual CPU run, so they stay in the
 * processor until another virtual CPU needs them (`core.vcpu_loaded`). The few that do matter are changed
 * when the processor goes between a guest and other threads (`core.vcpu_running`): configuration, traps,
 * interrupt delivery, debugging, the timers.
 *
 * A guest's debugging and its use of the PMU's interrupts touch nobody else: those registers are changed with the
 * others. The physical timer is user level's (cpu.c), so a guest that touches it traps.
 *
 * Bottom-up: registers, the two kinds of switch, binding, events.
 */
#include "nucleus/vcpu.h"

#include <board_kernel.h>
#include "nucleus/arch.h"
#include "nucleus/cpu.h"
#include "nucleus/fault.h"
#include "nucleus/gic.h"
#include "nucleus/scheduler.h"

/* For a guest: stage 1 is its own; WFI, WFE and SMC trap. */
#define HCR_GUEST (HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TWI | HCR_TWE | HCR_TSC | HCR_RW)

/* What a new one starts with: MMU and caches off. */
#define SCTLR_NEW UINT64_C(0x34d58820)

#define OSLSR_LOCKED_SHIFT 1

/* Registers that stay in the processor: field of seL4_VCPUReg and name. */
#define FOR_EACH_LAZY(R)                                                                              \
    R(TTBR0, ttbr0_el1)                                                                               \
    R(TTBR1, ttbr1_el1)                                                                               \
    R(TCR, tcr_el1)                                                                                   \
    R(MAIR, mair_el1)                                                                                 \
    R(AMAIR, amair_el1)                                                                               \
    R(CIDR, contextidr_el1)                                                                           \
    R(ACTLR, actlr_el1)                                                                               \
    R(AFSR0, afsr0_el1)                                                                               \
    R(AFSR1, afsr1_el1)                                                                               \
    R(ESR, esr_el1)                                                                                   \
    R(FAR, far_el1)                                                                                   \
    R(PAR, par_el1)                                                                                   \
    R(VBAR, vbar_el1)                                                                                 \
    R(TPIDR_EL1, tpidr_el1)                                                                           \
    R(VMPIDR_EL2, vmpidr_el2)                                                                         \
    R(SP_EL1, sp_el1)                                                                                 \
    R(ELR_EL1, elr_el1)                                                                               \
    R(SPSR_EL1, spsr_el1)

/* ---- Registers ---- */

#define STORE(field, name) registers[seL4_VCPUReg_##field] = READ_REGISTER(name);
#define LOAD(field, name) WRITE_REGISTER(name, registers[seL4_VCPUReg_##field]);

static void store_lazy(struct vcpu *vcpu)
{
    uint64_t *registers = vcpu->registers;

    FOR_EACH_LAZY(STORE)
    vcpu->hidden[HIDDEN_CSSELR] = READ_REGISTER(csselr_el1);
    vcpu->hidden[HIDDEN_MDCCINT] = READ_REGISTER(mdccint_el1);
    vcpu->hidden[HIDDEN_OSLSR] = READ_REGISTER(oslsr_el1);
    vcpu_debug_store(vcpu);
    vgic_store(&vcpu->vgic);
}

static void load_lazy(const struct vcpu *vcpu)
{
    const uint64_t *registers = vcpu->registers;

    FOR_EACH_LAZY(LOAD)
    WRITE_REGISTER(csselr_el1, vcpu->hidden[HIDDEN_CSSELR]);
    WRITE_REGISTER(mdccint_el1, vcpu->hidden[HIDDEN_MDCCINT]);
    WRITE_REGISTER(oslar_el1, vcpu->hidden[HIDDEN_OSLSR] >> OSLSR_LOCKED_SHIFT & 1);
    vcpu_debug_load(vcpu);
    vgic_load(&vcpu->vgic);
}

/* ---- Between a guest and other threads ---- */

static void enter_guest(struct vcpu *vcpu)
{
    const uint64_t *registers = vcpu->registers;

    WRITE_REGISTER(hcr_el2, HCR_GUEST);
    LOAD(SCTLR, sctlr_el1)
    LOAD(CPACR, cpacr_el1)
    LOAD(CNTKCTL_EL1, cntkctl_el1)
    LOAD(CNTVOFF, cntvoff_el2)
    LOAD(CNTV_CVAL, cntv_cval_el0)
    LOAD(CNTV_CTL, cntv_ctl_el0)
    WRITE_REGISTER(mdscr_el1, vcpu->hidden[HIDDEN_MDSCR]);
    WRITE_REGISTER(pmuserenr_el0, vcpu->hidden[HIDDEN_PMUSERENR]);
    WRITE_REGISTER(pmintenset_el1, vcpu->hidden[HIDDEN_PMINTENSET]);
    WRITE_REGISTER(cnthctl_el2, CPU_CNTHCTL_GUEST);
    if (vcpu->timer_masked)
        gic_mask(BOARD_IRQ_VIRTUAL_TIMER);
    else
        gic_unmask(BOARD_IRQ_VIRTUAL_TIMER);
    vgic_enable(&vcpu->vgic);
    core.vcpu_running = true;
    core.special |= SPECIAL_PROCESSOR_VCPU;
}

static void leave_guest(struct vcpu *vcpu)
{
    uint64_t *registers = vcpu->registers;

    vgic_disable(&vcpu->vgic);
    STORE(SCTLR, sctlr_el1)
    STORE(CPACR, cpacr_el1)
    STORE(CNTKCTL_EL1, cntkctl_el1)
    STORE(CNTVOFF, cntvoff_el2)
    STORE(CNTV_CVAL, cntv_cval_el0)
    STORE(CNTV_CTL, cntv_ctl_el0)
    vcpu->hidden[HIDDEN_MDSCR] = READ_REGISTER(mdscr_el1);
    vcpu->hidden[HIDDEN_PMUSERENR] = READ_REGISTER(pmuserenr_el0);
    vcpu->hidden[HIDDEN_PMINTENSET] = READ_REGISTER(pmintenset_el1);
    cpu_load_native();
    core.vcpu_running = false;
    core.special &= (uint8_t)~SPECIAL_PROCESSOR_VCPU;
}

void vcpu_switch_guest(struct thread *to)
{
    struct vcpu *vcpu = to->vcpu;

    if (core.vcpu_running && vcpu == core.vcpu_loaded)
        return;
    if (core.vcpu_running)
        leave_guest(core.vcpu_loaded);
    if (vcpu == NULL)
        return;
    if (vcpu != core.vcpu_loaded) {
        if (core.vcpu_loaded != NULL)
            store_lazy(core.vcpu_loaded);
        load_lazy(vcpu);
        core.vcpu_loaded = vcpu;
    }
    enter_guest(vcpu);
}

/* ---- Access from outside ---- */

/* While a guest runs, only its own thread can ask; then it is left for a moment. */
static bool pause(struct vcpu *vcpu)
{
    bool running = core.vcpu_running && vcpu == core.vcpu_loaded;

    if (running)
        leave_guest(vcpu);
    return running;
}

#define GET_CASE(field, name)  \
    case seL4_VCPUReg_##field: \
        return READ_REGISTER(name);
#define SET_CASE(field, name)        \
    case seL4_VCPUReg_##field:       \
        WRITE_REGISTER(name, value); \
        break;

static uint64_t get(const struct vcpu *vcpu, unsigned field)
{
    if (vcpu == core.vcpu_loaded) {
        switch (field) {
            FOR_EACH_LAZY(GET_CASE)
        default:
            break;
        }
    }
    return vcpu->registers[field];
}

uint64_t vcpu_get(struct vcpu *vcpu, unsigned field)
{
    bool running = pause(vcpu);
    uint64_t value = get(vcpu, field);

    if (running)
        enter_guest(vcpu);
    return value;
}

void vcpu_set(struct vcpu *vcpu, unsigned field, uint64_t value)
{
    bool running = pause(vcpu);

    vcpu->registers[field] = value;
    if (vcpu == core.vcpu_loaded) {
        switch (field) {
            FOR_EACH_LAZY(SET_CASE)
        default:
            break;
        }
    }
    if (running)
        enter_guest(vcpu);
}

/* ---- Life ---- */

void vcpu_boot(void)
{
    vgic_boot();
}

void vcpu_create(struct vcpu *vcpu)
{
    vcpu->registers[seL4_VCPUReg_SCTLR] = SCTLR_NEW;
    vcpu->hidden[HIDDEN_OSLSR] = 1 << OSLSR_LOCKED_SHIFT;
    vgic_create(&vcpu->vgic);
}

void vcpu_bind(struct vcpu *vcpu, struct thread *thread)
{
    if (thread->vcpu != NULL)
        vcpu_unbind(thread->vcpu);
    if (vcpu->thread != NULL)
        vcpu_unbind(vcpu);
    vcpu->thread = thread;
    thread->vcpu = vcpu;
    thread->special |= SPECIAL_THREAD_VCPU;
    if (thread == core.current)
        vcpu_switch_guest(thread);
}

void vcpu_unbind(struct vcpu *vcpu)
{
    struct thread *thread = vcpu->thread;

    if (thread == NULL)
        return;
    vcpu->thread = NULL;
    thread->vcpu = NULL;
    thread->special &= (uint8_t)~SPECIAL_THREAD_VCPU;
    thread->context.spsr = spsr_of_user(thread->context.spsr);
    if (thread == core.current) {
        vcpu_switch_guest(thread);
        scheduler_request(); /* its registers have changed */
    }
}

void vcpu_end(struct vcpu *vcpu)
{
    vcpu_unbind(vcpu);
    if (vcpu == core.vcpu_loaded)
        core.vcpu_loaded = NULL;
}

/* ---- Events ---- */

uint64_t vcpu_fault_address(void)
{
    uint64_t address = READ_REGISTER(far_el2);
    uint64_t page = READ_REGISTER(hpfar_el2) << 8;

    return (page & ~mask_bits(PAGE_BITS)) | (address & mask_bits(PAGE_BITS));
}

/* The current thread's guest is stopped with a fault. */
static void tell(uint64_t type, uint64_t word)
{
    if (core.vcpu_running && core.current->vcpu == core.vcpu_loaded && thread_runnable(core.current))
        fault_raise_simple(core.current, type, word, 0);
}

void vcpu_interrupt(unsigned irq)
{
    if (irq == BOARD_IRQ_VIRTUAL_TIMER) {
        gic_mask(irq);
        if (core.vcpu_running)
            core.vcpu_loaded->timer_masked = true;
        tell(seL4_Fault_VPPIEvent, irq);
    } else {
        tell(seL4_Fault_VGICMaintenance, (uint64_t)(int64_t)vgic_ended_list());
    }
}

void vcpu_timer_acknowledge(struct vcpu *vcpu)
{
    vcpu->timer_masked = false;
    if (core.vcpu_running && vcpu == core.vcpu_loaded)
        gic_unmask(BOARD_IRQ_VIRTUAL_TIMER);
}
