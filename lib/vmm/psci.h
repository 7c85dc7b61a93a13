/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/vmm/psci.h: power control that a guest asks for by HVC or SMC (Arm DEN 0022D, version 1.1). What is not known is
 * answered with "not supported", as the convention for such calls (Arm DEN 0028) says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum psci_what {
    PSCI_ANSWER,  /* nothing but the answer */
    PSCI_SUSPEND, /* the CPU waits for an interrupt, then gets the answer */
    PSCI_OFF,     /* the CPU stops; there is no answer */
    PSCI_ON,      /* another CPU starts: `cpu`, at `entry`, with `context` in x0 */
    PSCI_POWER_OFF,
    PSCI_RESET,
};

struct psci {
    enum psci_what what;
    uint64_t answer; /* for x0 */
    unsigned cpu;
    uint64_t entry, context;
};

/* A call with x0 to x3 in `registers`. `on` has a bit for each CPU that runs. */
struct psci psci_call(const uint64_t registers[4], unsigned cpus, unsigned on);
