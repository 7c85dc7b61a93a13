/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/handler.c: deals with the faults of PDs whose configurations name it (`fault handler badge=N`).
 *
 *   handler                it answers for memory that is not there: a load of 32 bits at ADDRESS gets ADDRESS / 256 + badge.
 *                          What else faults ends.
 *   handler signal         the same, by signals
 *   handler leave          it is told of a fault, and exits
 *   handler again          it lets a PD go on as it stands three times, which faults again, and lets that end then
 *   handler deaf           it asks for no faults
 *   handler try            it tries what it has no authority for on the PD that waits in a fault, and others, and then deals with it
 */
#include <cell/idl/fault.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/vcpu.h>
#include <lib/client/client.h>
#include <lib/client/signals.h>
#include <sel4/sel4.h>
#include <stdio.h>
#include <string.h>

enum { SIGNALLED = 1,
       AGAIN = 2 };

struct fault {
    uint64_t pd, badge, kind, address, access, why, syndrome, number;
    union {
        seL4_UserContext registers;
        uint64_t words[sizeof(seL4_UserContext) / sizeof(uint64_t)];
        char bytes[sizeof(seL4_UserContext) + 1];
    };
};

static cell_error_t next(uint64_t flags, struct fault *fault)
{
    uint64_t bytes = 0;
    cell_error_t error = fault_next(flags, &fault->pd, &fault->badge, &fault->kind, &fault->address, &fault->access, &fault->why,
                                    &fault->syndrome, &fault->number, fault->bytes, &bytes);

    return error == CELL_OK && bytes != sizeof fault->registers ? CELL_BAD_REQUEST : error;
}

static cell_error_t next_by_signal(struct fault *fault)
{
    cell_error_t error;

    while ((error = next(SIGNALLED, fault)) == CELL_LATER)
        seL4_Wait(CSPACE_NOTIFICATION, NULL);
    return error;
}

static void say(const struct fault *fault)
{
    printf("handler: PD_%lx, badge %lu: kind %lu at %lx, access %lu, why %lu\n", (unsigned long)fault->pd, (unsigned long)fault->badge,
           (unsigned long)fault->kind, (unsigned long)fault->address, (unsigned long)fault->access, (unsigned long)fault->why);
}

static cell_error_t resume(const struct fault *fault)
{
    return fault_resume(fault->pd, fault->bytes, sizeof fault->registers);
}

/* The program's load has its target in x0 (apps/mended.c). */
static cell_error_t deal_with(struct fault *fault)
{
    if (fault->kind != seL4_Fault_VMFault || fault->access != CELL_READ)
        return fault_end(fault->pd);
    fault->registers.x0 = fault->address / 256 + fault->badge;
    fault->registers.pc += 4;
    /* Where the IPC buffer is stays. */
    fault->registers.tpidrro_el0 = 0;
    return resume(fault);
}

/* ---- What it has no authority for --------------------------------------- */

static unsigned got;

static void refused(const char *what, cell_error_t error, cell_error_t wanted)
{
    if (error != wanted)
        printf("handler: %s: %s\n", what, cell_error_text(error));
    got += error != wanted;
}

static void try_other(const struct fault *fault)
{
    uint64_t any, words[8];
    char text[40];

    refused("look", pd_info(CSPACE_SELF, fault->pd, &any, &any, &any, &any, &any, &any, text), CELL_DENIED);
    refused("end", pd_terminate(CSPACE_SELF, fault->pd, 255, 255), CELL_DENIED);
    refused("wait", pd_wait(CSPACE_SELF, fault->pd, &any, &any), CELL_DENIED);
    refused("name", pd_set_name(CSPACE_SELF, fault->pd, "mine"), CELL_DENIED);
    refused("hold", handle_held(CSPACE_SELF, fault->pd, 0, &any, &any, &any, &any, &any, text), CELL_DENIED);
    refused(
        "registers",
        vcpu_registers(CSPACE_SELF, fault->pd, 0, &words[0], &words[1], &words[2], &words[3], &words[4], &words[5], &words[6], &words[7]),
        CELL_DENIED);
    /* Those that it handles no faults of: itself, the root task, its maker, and what comes next. */
    for (uint64_t id = 0; id < fault->pd + 8; id++) {
        if (id == fault->pd)
            continue;
        refused("another's resume", fault_resume(id, fault->bytes, sizeof fault->registers), CELL_NOT_FOUND);
        refused("another's end", fault_end(id), CELL_NOT_FOUND);
    }
}

static int try(struct fault *fault)
{
    uint64_t id = fault->pd;

    try_other(fault);
    /* The kernel's level, with interrupts masked. */
    fault->registers.spsr = 0x3c5;
    refused("goes on", deal_with(fault), CELL_OK);
    /* It does not stand any more: it says what it has read, and faults once more, which is told when it is asked for. */
    refused("next", next(0, fault), CELL_OK);
    refused("none is left", next(SIGNALLED, fault), CELL_LATER);
    refused("told again", next(SIGNALLED | AGAIN, fault), CELL_OK);
    refused("end", fault_end(id), CELL_OK);
    refused("resume what has ended", resume(fault), CELL_NOT_FOUND);
    refused("end what has ended", fault_end(id), CELL_NOT_FOUND);
    printf("handler: got %u that it should not\n", got);
    return 0;
}

/* ---- How it deals with them ---------------------------------------------- */

static cell_error_t again(struct fault *fault)
{
    for (unsigned i = 0; i < 3; i++) {
        cell_error_t error = resume(fault);

        if (error == CELL_OK)
            error = next(0, fault);
        if (error != CELL_OK)
            return error;
        say(fault);
    }
    return fault_end(fault->pd);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    struct fault fault;
    cell_error_t error = CELL_OK;

    cell_ready();
    if (strcmp(how, "deaf") == 0)
        return (int)cell_sleep(UINT64_MAX);
    while (error == CELL_OK) {
        error = strcmp(how, "signal") == 0 ? next_by_signal(&fault) : next(0, &fault);
        if (error != CELL_OK)
            break;
        say(&fault);
        if (strcmp(how, "leave") == 0)
            return 0;
        if (strcmp(how, "try") == 0)
            return try(&fault);
        error = strcmp(how, "again") == 0 ? again(&fault) : deal_with(&fault);
    }
    printf("handler: %s\n", cell_error_text(error));
    return 1;
}
