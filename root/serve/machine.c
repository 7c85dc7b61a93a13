/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/machine.c: requests about the machine as a whole (idl/machine.idl): with authority over PD_0, which stands
 * for it, or by whom a configuration allows it.
 */
#include <cell/idl/machine_server.h>

#include <sel4/sel4.h>
#include <string.h>

#include "lib/client/signals.h"
#include "root/base/bug.h"
#include "root/channel/control.h"
#include "root/core/asid.h"
#include "root/core/events.h"
#include "root/memory/archive.h"
#include "root/memory/memory.h"
#include "root/pd/help.h"
#include "root/serve/pd.h"

/* Is the operation about PD_0? Else the id is wrong. */
static bool is_about_root(struct request *request)
{
    request->answer[0] = 2;
    return request->other == &pd_root;
}

cell_error_t machine_figures_serve(void *context, const struct machine_figures_in *in,
                                   struct machine_figures_out *out)
{
    struct memory_figures figures;
    uint64_t pds = 0;

    (void)in;
    if (!is_about_root(context))
        return CELL_BAD_ARGUMENT;
    /* What is on its way back counts as given back. */
    if (help_comes_first(((struct request *)context)->caller))
        return CELL_NO_MEMORY;
    memory_figures(&figures);
    LIST_EACH(entry, &pd_class.all)
        pds += pd_alive(pd_of(CONTAINER(entry, struct object, all)));
    out->total_pages = figures.total_pages;
    out->free_pages = figures.free_pages;
    out->objects = figures.objects;
    out->slots = figures.slots;
    out->handles = handle_count();
    out->spaces = asid_count();
    out->pds = pds;
    return CELL_OK;
}

cell_error_t machine_next_serve(void *context, const struct machine_next_in *in,
                                struct machine_next_out *out)
{
    if (!is_about_root(context))
        return CELL_BAD_ARGUMENT;
    struct pd *pd = pd_next(in->after);

    if (pd == NULL)
        return CELL_NOT_FOUND;
    out->next = pd->object.id;
    return CELL_OK;
}

cell_error_t machine_power_off_serve(void *context, const struct machine_power_off_in *in,
                                     struct machine_power_off_out *out)
{
    (void)out;
    if (!is_about_root(context))
        return CELL_BAD_ARGUMENT;
    control_exit((int)in->status);
}

cell_error_t machine_ready_serve(void *context, const struct machine_ready_in *in,
                                 struct machine_ready_out *out)
{
    struct pd *pd = ((struct request *)context)->caller;

    (void)in;
    (void)out;
    if (pd->ready)
        return CELL_OK;
    pd->ready = true;
    control_send("ready", pd->name, strlen(pd->name));
    event_happened(EVENT_PD_READY, NULL);
    return CELL_OK;
}

/* ---- Interrupts ------------------------------------------------------ */

static bool may_have(const struct pd *pd, uint64_t irq)
{
    for (uint32_t i = 0; i < pd->irq_count; i++)
        if (pd->irqs[i] == irq)
            return true;
    return false;
}

/* Binds a handler capability in `slot` to a badged copy of the PD's notification. */
static cell_error_t bind(struct pd *pd, slot_t slot, uint64_t badge)
{
    cell_error_t error = pd_notification(pd);
    slot_t signal = error == CELL_OK ? slot_allocate() : 0;

    if (error != CELL_OK)
        return error;
    if (signal == 0)
        return CELL_NO_MEMORY;
    must(kernel_copy_badged(signal, pd->cpu->ntfn->notification.slot, RIGHT_SEND,
                            SIGNAL_MARK | badge),
         "machine: copy a notification");
    must((int)seL4_IRQHandler_SetNotification(slot, signal), "machine: set a notification");
    must((int)seL4_IRQHandler_Ack(slot), "machine: acknowledge");
    must(kernel_delete(signal), "machine: drop a notification");
    slot_free(signal);
    return CELL_OK;
}

cell_error_t machine_interrupt_serve(void *context, const struct machine_interrupt_in *in,
                                struct machine_interrupt_out *out)
{
    struct request *request = context;
    struct pd *pd = request->caller;

    if (!may_have(pd, in->irq))
        return CELL_DENIED;
    slot_t slot = slot_allocate();
    cell_error_t error = CELL_OK;

    if (slot == 0)
        return CELL_NO_MEMORY;
    if (seL4_IRQControl_Get(SLOT_IRQ_CONTROL, in->irq, SLOT_ROOT_CNODE, slot,
                            (seL4_Uint8)(kernel_root_bits + LEAF_BITS)) != seL4_NoError) {
        slot_free(slot);
        return CELL_BUSY;
    }
    error = bind(pd, slot, in->badge);
    if (error == CELL_OK)
        error = table_put(pd->cspace.common, slot, RIGHTS_ALL, 0, &out->handler);
    /* The PD's copy is the only one, so that the interrupt is free when that goes. */
    must(kernel_delete(slot), "machine: drop an interrupt");
    slot_free(slot);
    return error;
}

cell_error_t machine_file_serve(void *context, const struct machine_file_in *in, struct machine_file_out *out)
{
    struct archive_file file;
    cell_error_t error = in->index > UINT32_MAX ? CELL_NOT_FOUND : archive_file_at((uint32_t)in->index, &file);

    (void)context;
    if (error != CELL_OK)
        return error;
    out->name_count = strnlen(file.name, sizeof out->name);
    memcpy(out->name, file.name, out->name_count);
    return CELL_OK;
}

cell_error_t serve_machine(struct request *request)
{
    return serve_request(request, &machine_interface, TYPE_PD);
}
