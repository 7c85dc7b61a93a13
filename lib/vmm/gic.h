/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/vmm/gic.h: the distributor of a guest's interrupt controller, a GICv2 (Arm IHI 0048B, chapters 3 and 4),
 * and the list registers through which interrupts reach the guest.
 *
 * The guest has the CPU interface itself (the hardware's virtual one, chapter 5); the distributor is memory that
 * is not there, so each access is a fault that ends in gic_read() or gic_write(). What is pending goes into free
 * list registers (gic_fill()); the hardware tells by a maintenance interrupt when the guest is done with one
 * (gic_done()).
 *
 * Nothing here knows a kernel or allocates; one owner at a time. There is one group of interrupts; a guest's writes
 * to IGROUPR are kept and change nothing. An interrupt that is in a list register stays there until the guest is done
 * with it, also when one of a higher priority finds all of them taken. The source of a software interrupt, of which
 * a list register tells the guest, is always 0.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GIC_CPUS 8u
#define GIC_PRIVATE 32u /* of each CPU: 16 from software, 16 of its own devices */
#define GIC_SHARED 96u
#define GIC_INTERRUPTS (GIC_PRIVATE + GIC_SHARED)
#define GIC_LISTS 4u      /* list registers of a CPU that are used */
#define GIC_BYTES 0x1000u /* of the distributor's registers */
#define GIC_NO_LIST 0xffu

struct gic_interrupt {
    bool enabled, active, grouped;
    bool pending;     /* an edge has come, or software said so */
    bool edge;        /* its configuration; otherwise its line counts */
    bool line;        /* of its device, as it is now */
    uint8_t priority; /* 0 is the highest; the hardware keeps the upper five bits */
    uint8_t targets;  /* a bit per CPU */
    uint8_t list;     /* index of the list register that it is in; GIC_NO_LIST */
};

struct gic_cpu {
    struct gic_interrupt own[GIC_PRIVATE];
    uint8_t senders[16];       /* of software interrupts that are pending: a bit per CPU */
    uint16_t lists[GIC_LISTS]; /* what is in them; GIC_INTERRUPTS: nothing */
    bool at_work[GIC_LISTS];   /* the guest is at work on it, as gic_again() has found out */
    bool quiet;                /* nothing was ready when it was looked for, and nothing has changed since */
};

struct gic {
    unsigned cpus;
    bool enabled;
    struct gic_cpu cpu[GIC_CPUS];
    struct gic_interrupt shared[GIC_SHARED];
};

/* Puts an interrupt into a list register of a CPU; false: the hardware has not taken it. */
typedef bool (*gic_inject)(void *context, unsigned cpu, unsigned list, unsigned interrupt, uint8_t priority);

/* As after a reset, for 1 to GIC_CPUS CPUs. */
void gic_init(struct gic *gic, unsigned cpus);

/* An access of a CPU to `bytes` (1, 2, 4) at an offset from the distributor's base. False: it is outside, or not
 * aligned; a read gives 0 then. Registers that are not there read as 0 and ignore writes. */
bool gic_read(struct gic *gic, unsigned cpu, uint64_t offset, unsigned bytes, uint32_t *value);
bool gic_write(struct gic *gic, unsigned cpu, uint64_t offset, unsigned bytes, uint32_t value);

/* A device's line. An edge-triggered interrupt becomes pending when it rises. `cpu` is of private ones only; a number
 * that is not there does nothing. */
void gic_line(struct gic *gic, unsigned cpu, unsigned interrupt, bool high);

/* Is the line of one of a CPU's own devices high? */
bool gic_has_line(const struct gic *gic, unsigned cpu, unsigned interrupt);

/* Puts what waits for a CPU into its free list registers, the highest priority first. */
void gic_fill(struct gic *gic, unsigned cpu, gic_inject inject, void *context);
/* Puts what is in the list registers there once more, when it is not known what the hardware has. That does not take one that the
 * guest is at work on. */
void gic_again(struct gic *gic, unsigned cpu, gic_inject inject, void *context);
/* The guest is done with what is in a list register; an index that holds nothing does nothing. Returns the
 * interrupt's number, GIC_INTERRUPTS: none. */
unsigned gic_done(struct gic *gic, unsigned cpu, unsigned list);
/* Does anything wait for the CPU, so that it must not sleep? */
bool gic_waits(const struct gic *gic, unsigned cpu);

/* Bytes that hold the state of one. */
#define GIC_STATE_BYTES (1 + GIC_CPUS * (GIC_PRIVATE * 3 + 16 + GIC_LISTS) + GIC_SHARED * 3)
/* To be called after gic_again() for all CPUs: what the guest is not at work on is pending in the state. */
void gic_save(const struct gic *gic, uint8_t *state);
/* Takes such a state; whatever the bytes are, it is a controller of this many CPUs afterwards. What the guest is at work on is in
 * list registers: gic_again() puts it there, and the guest's CPU has to take it. */
void gic_load(struct gic *gic, unsigned cpus, const uint8_t *state);
