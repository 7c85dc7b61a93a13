/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vcpu_debug.c: the breakpoints and watchpoints of virtual CPUs (Arm ARM D2.8, D2.9). Their numbers are part
 * of the instructions that reach them; ID_AA64DFR0_EL1 tells how many there are.
 */
#include "nucleus/arch.h"
#include "nucleus/vcpu.h"

static unsigned breakpoints(void)
{
    return (READ_REGISTER(id_aa64dfr0_el1) >> 12 & 15) + 1;
}

static unsigned watchpoints(void)
{
    return (READ_REGISTER(id_aa64dfr0_el1) >> 20 & 15) + 1;
}

/* All of `kind`, from the last one down. */
#define FROM(number, kind, DO)          \
    case (number) + 1:                  \
        DO(kind, number)                \
        __attribute__((fallthrough));
#define EACH(count, kind, DO)                                                                                 \
    switch (count) {                                                                                          \
        FROM(15, kind, DO) FROM(14, kind, DO) FROM(13, kind, DO) FROM(12, kind, DO) FROM(11, kind, DO)        \
        FROM(10, kind, DO) FROM(9, kind, DO) FROM(8, kind, DO) FROM(7, kind, DO) FROM(6, kind, DO)            \
        FROM(5, kind, DO) FROM(4, kind, DO) FROM(3, kind, DO) FROM(2, kind, DO) FROM(1, kind, DO)             \
        FROM(0, kind, DO)                                                                                     \
    default:                                                                                                  \
        break;                                                                                                \
    }

#define STORE(kind, number)                                          \
    points[number].value = READ_REGISTER(dbg##kind##vr##number##_el1); \
    points[number].control = READ_REGISTER(dbg##kind##cr##number##_el1);
#define LOAD(kind, number)                                             \
    WRITE_REGISTER(dbg##kind##vr##number##_el1, points[number].value); \
    WRITE_REGISTER(dbg##kind##cr##number##_el1, points[number].control);

void vcpu_debug_store(struct vcpu *vcpu)
{
    struct debug_point *points = vcpu->breakpoints;

    EACH(breakpoints(), b, STORE)
    points = vcpu->watchpoints;
    EACH(watchpoints(), w, STORE)
}

void vcpu_debug_load(const struct vcpu *vcpu)
{
    const struct debug_point *points = vcpu->breakpoints;

    EACH(breakpoints(), b, LOAD)
    points = vcpu->watchpoints;
    EACH(watchpoints(), w, LOAD)
}
