/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/machine.h: a virtual machine: its memory, its devices, and the PD that is its CPU.
 *
 *   0x08000000  interrupt distributor        (lib/vmm/gic.h)
 *   0x08010000  interrupt interface of the CPU, the hardware's
 *   0x09000000  serial port, interrupt 33    (lib/vmm/pl011.h)
 *   0x09010000  clock, interrupt 34          (lib/vmm/rtc.h)
 *   0x40000000  memory
 */
#pragma once

#include <lib/server/server.h>

#include "lib/vmm/gic.h"
#include "lib/vmm/pl011.h"
#include "lib/vmm/rtc.h"

#define MACHINE_GIC UINT64_C(0x08000000)
#define MACHINE_GIC_CPU UINT64_C(0x08010000)
#define MACHINE_GIC_CPU_BYTES 0x2000u
#define MACHINE_SERIAL UINT64_C(0x09000000)
#define MACHINE_RTC UINT64_C(0x09010000)
#define MACHINE_MEMORY UINT64_C(0x40000000)

#define MACHINE_TIMER_IRQ 27u /* the virtual timer, of each CPU */
#define MACHINE_SERIAL_IRQ 33u
#define MACHINE_RTC_IRQ 34u

#define MACHINE_MEBIBYTE (UINT64_C(1) << 20)

enum machine_state { MACHINE_RUNS,
                     MACHINE_OFF,
                     MACHINE_CRASHED,
                     MACHINE_ENDED };

struct machine {
    struct id_entry entry;    /* its id is the resource's number */
    struct id_entry by_badge; /* its id is the badge of its messages */
    struct machine *next;     /* of all */
    char image[32];
    uint64_t bytes; /* of memory */
    cell_cap_t mo, pd;
    char *memory; /* where the server has it */
    uint64_t id;  /* of its PD; 0: there is none any more */
    enum machine_state state;
    struct gic gic;
    struct pl011 serial;
    struct rtc rtc;
    bool in_line;                /* what it has printed does not end with a line's end */
    struct server_reply waiting; /* its CPU waits for an interrupt */
    uint64_t slept, wakes;       /* since when, until when, by the clock; UINT64_MAX: for as long as it takes */
    uint64_t exits, accesses, waits;
};

/* Makes a machine with a kernel from the boot archive (load.h) and starts it. All or nothing. */
cell_error_t machine_start(uint64_t mebibytes, const char *text, size_t length, struct machine **machine);
/* Ends its PD and gives everything back. */
void machine_free(struct machine *machine);

/* NULL: there is none. */
struct machine *machine_find(uint64_t number);
struct machine *machine_of_badge(uint64_t badge);

/* What a guest's message says is done; see server.h. */
bool machine_message(struct server_request *request, uint64_t badge, uint64_t label, uint64_t *words, uint32_t *count);

/* The CPU waits for an interrupt, its request is answered when one has come. False: it need not wait. */
bool machine_sleep(struct machine *machine, struct server_request *request);
/* Lets machines go on that wait for an interrupt which has come, or for a time that has. */
void machine_wake_due(void);
/* An interrupt line may have changed: what waits goes to the CPU. */
void machine_update(struct machine *machine);

/* Its CPU stops for good; the memory stays until it is freed. */
void machine_halt(struct machine *machine, enum machine_state state);
