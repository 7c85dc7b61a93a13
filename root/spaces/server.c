/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/spaces/server.c: what makes a PD a resource server, see resspc.h: an endpoint to
 * receive requests from, a notification that wakes it when there is work, and room
 * for the callers that it answers later (replies.h). Made with its first space.
 */
#include "lib/client/signals.h"
#include "root/base/bug.h"
#include "root/memory/heap.h"
#include "root/spaces/resspc.h"

/* ---- Making ---------------------------------------------------------- */

static cell_error_t make_signal(struct pd *pd, struct server *server)
{
    cell_error_t error = pd_notification(pd);

    if (error != CELL_OK)
        return error;
    server->signal = slot_allocate();
    if (server->signal == 0)
        return CELL_NO_MEMORY;
    must(kernel_copy_badged(server->signal, pd->cpu->ntfn->notification.slot, RIGHT_SEND,
                            SIGNAL_MARK | SIGNAL_WORK),
         "server: signal");
    return CELL_OK;
}

static void unmake(struct pd *pd, struct server *server)
{
    static const unsigned slots[] = {CSPACE_SLOT_REPLY, CSPACE_SLOT_ENDPOINT};

    for (unsigned i = 0; i < sizeof slots / sizeof slots[0]; i++)
        if (pd->cspace.direct[slots[i]] == SLOT_BARE)
            cspace_remove_direct(&pd->cspace, slots[i]);
    if (server->signal != 0) {
        must(kernel_delete(server->signal), "server: drop a signal");
        slot_free(server->signal);
    }
    if (server->endpoint != NULL) {
        ep_close(server->endpoint);
        object_release(&server->endpoint->object);
    }
    replies_free(&server->replies, pd);
    pd->server = NULL;
    heap_free(server, sizeof *server);
}

cell_error_t server_ensure(struct pd *pd)
{
    if (pd->server != NULL)
        return CELL_OK;
    if (pd->cpu == NULL)
        return CELL_BUSY;
    struct server *server = heap_allocate(sizeof *server);

    if (server == NULL)
        return CELL_NO_MEMORY;
    server->pd = pd;
    list_init(&server->spaces);
    list_init(&server->queue);
    list_init(&server->given);
    list_init(&server->kept);
    cell_error_t error = ep_create(pd->account, &server->endpoint);

    if (error == CELL_OK)
        error = cspace_put_direct(&pd->cspace, CSPACE_SLOT_ENDPOINT,
                                  server->endpoint->endpoint.slot, RIGHT_RECEIVE, 0);
    if (error == CELL_OK)
        error = replies_make(&server->replies, pd);
    if (error == CELL_OK)
        error = make_signal(pd, server);
    if (error != CELL_OK) {
        unmake(pd, server);
        return error;
    }
    pd->server = server;
    return CELL_OK;
}

/* ---- Its end --------------------------------------------------------- */

/* Units of work of deleting a space, and of what was kept for a client. */
#define SPACE_UNITS 30u
#define KEPT_UNITS 2u

bool server_finish(struct pd *pd, uint32_t *units)
{
    struct server *server = pd->server;

    /* Callers that it has received are answered by its thread (life.c), those that it keeps waiting here; those in the endpoint's
     * queue get an error from the kernel. */
    if (!server->ends)
        replies_answer_gone(&server->replies);
    server->ends = true;
    while (!list_empty(&server->spaces)) {
        if (reap_take(units, SPACE_UNITS) == 0)
            return false;
        space_delete(CONTAINER(server->spaces.next, struct space, of_server));
    }
    if (!work_drop_all(server, units))
        return false;
    while (!list_empty(&server->kept)) {
        if (reap_take(units, KEPT_UNITS) == 0)
            return false;
        gift_end(CONTAINER(server->kept.next, struct gift, of_server));
    }
    unmake(pd, server);
    return true;
}
