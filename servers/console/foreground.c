/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/console/foreground.c: see foreground.h. */
#include "servers/console/foreground.h"

#include <cell/idl/handle.h>
#include <cell/idl/pd.h>

#define AS_BOOTED 255u

static cell_cap_t foreground; /* 0: none */
static uint64_t foreground_id;
static const struct server_client *controller;

static void drop(void)
{
    if (foreground != 0)
        handle_drop(foreground);
    foreground = 0;
}

void foreground_set(const struct server_client *by, cell_cap_t pd, uint64_t id)
{
    drop();
    foreground = pd;
    foreground_id = id;
    controller = by;
}

bool foreground_is_set(void)
{
    return foreground != 0;
}

void foreground_interrupt(void)
{
    uint64_t ended;

    /* What it made ends with it; if there is no memory for that, it ends alone. */
    if (pd_end_family(foreground, foreground_id, &ended) != CELL_OK)
        pd_terminate(foreground, foreground_id, AS_BOOTED, AS_BOOTED);
    drop();
}

/* pd.info answers only for PDs that the handle covers. */
static bool is_covered(uint64_t id)
{
    uint64_t state, pages, objects, slots, page_limit, time;
    char name[32];

    return pd_info(foreground, id, &state, &pages, &objects, &slots, &page_limit, &time, name) == CELL_OK;
}

bool foreground_reads(const struct server_client *client)
{
    if (controller == NULL)
        return true;
    if (foreground == 0)
        return client == controller;
    return client->entry.id == foreground_id || is_covered(client->entry.id);
}

void foreground_forget(const struct server_client *client)
{
    if (client != controller)
        return;
    drop();
    controller = NULL;
}
