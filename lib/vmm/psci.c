/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/psci.c: see psci.h. */
#include "lib/vmm/psci.h"

/* Functions; WIDE: of the convention for 64-bit arguments. */
#define WIDE 0x40000000u
enum {
    VERSION = 0x84000000,
    CPU_SUSPEND = 0x84000001,
    CPU_OFF = 0x84000002,
    CPU_ON = 0x84000003,
    AFFINITY_INFO = 0x84000004,
    MIGRATE_INFO_TYPE = 0x84000006,
    SYSTEM_OFF = 0x84000008,
    SYSTEM_RESET = 0x84000009,
    FEATURES = 0x8400000a,
};

/* Return values. */
#define SUCCESS 0
#define NOT_SUPPORTED (-1)
#define INVALID_PARAMETERS (-2)
#define ALREADY_ON (-4)

#define IS_OFF 1
#define NO_TRUSTED_OS 2 /* so nothing has to migrate */
#define VERSION_1_1 0x10001

static struct psci answer(int64_t value)
{
    return (struct psci){.answer = (uint64_t)value};
}

/* The CPU that an affinity names: those of a guest are numbered at level 0. False: none. */
static bool find(uint64_t affinity, unsigned cpus, unsigned *cpu)
{
    *cpu = (unsigned)affinity & 0xff;
    return (affinity & UINT64_C(0xff00ffffff)) < cpus;
}

static bool is_known(uint32_t function)
{
    switch (function) {
    case CPU_SUSPEND | WIDE:
    case CPU_ON | WIDE:
    case AFFINITY_INFO | WIDE:
        return true;
    default:
        return (function >= VERSION && function <= AFFINITY_INFO) || function == MIGRATE_INFO_TYPE ||
               (function >= SYSTEM_OFF && function <= FEATURES);
    }
}

static struct psci cpu_on(const uint64_t registers[4], unsigned cpus, unsigned on)
{
    unsigned cpu;

    if (!find(registers[1], cpus, &cpu))
        return answer(INVALID_PARAMETERS);
    if ((on >> cpu & 1) != 0)
        return answer(ALREADY_ON);
    return (struct psci){
        .what = PSCI_ON, .answer = SUCCESS, .cpu = cpu, .entry = registers[2], .context = registers[3]};
}

static struct psci affinity_info(const uint64_t registers[4], unsigned cpus, unsigned on)
{
    unsigned cpu;

    if (registers[2] != 0 || !find(registers[1], cpus, &cpu))
        return answer(INVALID_PARAMETERS);
    return answer((on >> cpu & 1) != 0 ? SUCCESS : IS_OFF);
}

struct psci psci_call(const uint64_t registers[4], unsigned cpus, unsigned on)
{
    const uint32_t function = (uint32_t)registers[0];

    if (!is_known(function))
        return answer(NOT_SUPPORTED);
    switch (function & ~WIDE) {
    case VERSION:
        return answer(VERSION_1_1);
    case CPU_SUSPEND:
        return (struct psci){.what = PSCI_SUSPEND, .answer = SUCCESS};
    case CPU_OFF:
        return (struct psci){.what = PSCI_OFF};
    case CPU_ON:
        return cpu_on(registers, cpus, on);
    case AFFINITY_INFO:
        return affinity_info(registers, cpus, on);
    case MIGRATE_INFO_TYPE:
        return answer(NO_TRUSTED_OS);
    case SYSTEM_OFF:
        return (struct psci){.what = PSCI_POWER_OFF};
    case SYSTEM_RESET:
        return (struct psci){.what = PSCI_RESET};
    default:
        return answer(is_known((uint32_t)registers[1]) ? SUCCESS : NOT_SUPPORTED);
    }
}
