/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/upcall.c: see upcall.h. */
#include "root/pd/upcall.h"

#include <sel4/types.h>
#include <stddef.h>
#include <string.h>

/* Registers, and what the fault was (idl/pd.idl). */
#define FRAME_WORDS (CPU_REGISTERS + 4)

enum { REGISTER_PC = 0,
       REGISTER_X0 = offsetof(seL4_UserContext, x0) / sizeof(seL4_Word),
       REGISTER_BUFFER = offsetof(seL4_UserContext, tpidrro_el0) / sizeof(seL4_Word) };

/* The memory of the frame of a PD; NULL: it is not there, or cannot be written by the PD. */
static struct mo *frame_of(const struct pd *pd, uint64_t *offset)
{
    const struct ads *ads = pd->place->ads;
    const struct vmr *vmr = ads == NULL ? NULL : ads_find(ads, pd->upcall_frame);

    if (vmr == NULL || vmr->mo == NULL || pd->upcall_frame < vmr->start || (vmr->rights & HANDLE_WRITE) == 0 ||
        (vmr->mo->flags & MO_FOREIGN) != 0 || vmr_end(vmr) - pd->upcall_frame < FRAME_WORDS * sizeof(uint64_t))
        return NULL;
    *offset = vmr_offset(vmr, pd->upcall_frame);
    return vmr->mo;
}

bool upcall_deliver(struct pd *pd, const struct fault_facts *facts)
{
    uint64_t frame[FRAME_WORDS], offset;

    if (pd->upcall == 0 || pd->calls != NULL || facts->registers[REGISTER_PC] == pd->upcall)
        return false;
    struct mo *mo = frame_of(pd, &offset);

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

cell_error_t upcall_resume(struct pd *pd)
{
    uint64_t frame[CPU_REGISTERS], offset;
    struct mo *mo = pd->upcall_frame == 0 || pd->calls != NULL ? NULL : frame_of(pd, &offset);

    if (mo == NULL || mo_read(mo, offset, frame, sizeof frame) != CELL_OK)
        return CELL_NOT_FOUND;
    frame[REGISTER_BUFFER] = pd->cpu->buffer;
    cpu_stop(pd->cpu);
    cpu_write(pd->cpu, frame, true);
    return CELL_OK;
}
