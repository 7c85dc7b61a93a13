/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/upcall.c: see upcall.h. */
#include "root/pd/upcall.h"

#include <sel4/types.h>
#include <stddef.h>
#include <string.h>

#include "lib/client/signals.h"

/* Registers, what the fault was, and whether somebody interrupts (idl/pd.idl). */
#define FRAME_WORDS (CPU_REGISTERS + 4)
#define FRAME_MARK (FRAME_WORDS * sizeof(uint64_t))
#define FRAME_BYTES (FRAME_MARK + sizeof(uint64_t))

enum { REGISTER_PC = 0,
       REGISTER_X0 = offsetof(seL4_UserContext, x0) / sizeof(seL4_Word),
       REGISTER_BUFFER = offsetof(seL4_UserContext, tpidrro_el0) / sizeof(seL4_Word) };

/* The memory of the frame of a PD; NULL: it is not there, or cannot be written by the PD. */
static struct mo *frame_of(const struct pd *pd, uint64_t *offset)
{
    const struct ads *ads = pd->place->ads;
    const struct vmr *vmr = ads == NULL ? NULL : ads_find(ads, pd->upcall_frame);

    if (vmr == NULL || vmr->mo == NULL || pd->upcall_frame < vmr->start || (vmr->rights & HANDLE_WRITE) == 0 ||
        (vmr->mo->flags & MO_FOREIGN) != 0 || vmr_end(vmr) - pd->upcall_frame < FRAME_BYTES)
        return NULL;
    *offset = vmr_offset(vmr, pd->upcall_frame);
    return vmr->mo;
}

static bool has_upcall(const struct pd *pd)
{
    return pd->upcall != 0 && pd->calls == NULL;
}

bool upcall_deliver(struct pd *pd, const struct fault_facts *facts)
{
    uint64_t frame[FRAME_WORDS], offset;
    struct mo *mo = has_upcall(pd) && facts->registers[REGISTER_PC] != pd->upcall ? frame_of(pd, &offset) : NULL;

    if (mo == NULL)
        return false;
    memcpy(frame, facts->registers, sizeof facts->registers);
    frame[CPU_REGISTERS] = facts->label;
    frame[CPU_REGISTERS + 1] = facts->address;
    frame[CPU_REGISTERS + 2] = facts->syndrome;
    frame[CPU_REGISTERS + 3] = facts->number;
    if (mo_write(mo, offset, frame, sizeof frame) != CELL_OK)
        return false;
    frame[REGISTER_PC] = pd->upcall;
    frame[REGISTER_X0] = pd->upcall_frame;
    cpu_write(pd->cpu, frame, true);
    return true;
}

/* Whether it is running below an address, where it asks for nothing. A CPU that stands is about to end, or somebody moves it. */
static bool is_below(struct pd *pd, uint64_t below, struct fault_facts *facts)
{
    *facts = (struct fault_facts){.label = seL4_Fault_NullFault};
    return pd->cpu->running && cpu_read(pd->cpu, facts->registers) == CELL_OK && facts->registers[REGISTER_PC] < below;
}

cell_error_t upcall_interrupt(struct pd *pd, uint64_t below)
{
    const uint64_t mark = 1;
    struct fault_facts facts;
    uint64_t offset;
    struct mo *mo = pd->state == PD_RUNNING && pd->cpu != NULL && has_upcall(pd) ? frame_of(pd, &offset) : NULL;

    if (mo == NULL)
        return CELL_NOT_FOUND;
    if (is_below(pd, below, &facts) && upcall_deliver(pd, &facts))
        return CELL_OK;
    cell_error_t error = pd_notification(pd);

    if (error == CELL_OK)
        error = mo_write(mo, offset + FRAME_MARK, &mark, sizeof mark);
    if (error == CELL_OK)
        ntfn_signal(pd->cpu->ntfn, SIGNAL_LOOK_BIT);
    return error;
}

cell_error_t upcall_resume(struct pd *pd)
{
    uint64_t frame[CPU_REGISTERS], offset, mark = 0;
    struct mo *mo = pd->upcall_frame == 0 || pd->calls != NULL ? NULL : frame_of(pd, &offset);

    if (mo == NULL || mo_read(mo, offset, frame, sizeof frame) != CELL_OK ||
        mo_read(mo, offset + FRAME_MARK, &mark, sizeof mark) != CELL_OK)
        return CELL_NOT_FOUND;
    if (mark != 0)
        return CELL_INTERRUPTED;
    frame[REGISTER_BUFFER] = pd->cpu->buffer;
    cpu_stop(pd->cpu);
    cpu_write(pd->cpu, frame, true);
    return CELL_OK;
}
