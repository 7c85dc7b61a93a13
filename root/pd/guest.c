/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/guest.c: the CPU of a guest. Its CSpace has one capability, by which its messages come to
 * the server that runs it: a guest's calls of the hypervisor are decoded as calls of the kernel.
 */
#include "root/core/vcpu.h"
#include "root/pd/build.h"

/* As with a client's handle, the badge is the handle's number; nothing else is sent there by it. */
static cell_error_t fault_handle(struct pd *pd, const struct server *server)
{
    struct handle *handle;

    return handle_create_direct(&pd->cspace, CSPACE_SLOT_SELF, &pd->object, HANDLE_FAULT, TYPE_PD, 0,
                                server->endpoint->endpoint.slot, RIGHTS_CLIENT, &handle);
}

cell_error_t build_guest(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = build->pd;

    if (pd->handler == NULL || pd->handler->server == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = fault_handle(pd, pd->handler->server);

    if (error == CELL_OK)
        error = cpu_create(pd->account, &pd->cpu);
    if (error == CELL_OK)
        error = cpu_elevate(pd->cpu);
    if (error == CELL_OK)
        error = cpu_set_priority(pd->cpu, operation->cpu.priority);
    pd->ceiling = (uint8_t)operation->cpu.ceiling;
    pd->account->priority = (uint8_t)operation->cpu.priority;
    if (error == CELL_OK)
        cpu_configure_guest(pd->cpu, &pd->cspace, pd_ads(pd));
    return error;
}
