/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/system/ready.c: what waits until all PDs have said that they are ready: the end of a
 * system without essential PDs (essential.c), and the model of the boot option `extract`.
 */
#include <string.h>

#include "root/base/options.h"
#include "root/channel/control.h"
#include "root/core/events.h"
#include "root/core/pd.h"
#include "root/graph/graph.h"
#include "root/loop/clock.h"
#include "root/system/essential.h"
#include "root/system/system.h"

static bool extracting;
static struct timeout patience;

static void extract_now(void)
{
    if (!extracting)
        return;
    extracting = false;
    timeout_cancel(&patience);
    graph_send_last();
}

/* The next one behind `entry` in the list of all that is yet to say that it is ready. */
static struct pd *next_unready(const struct list *entry)
{
    for (entry = entry->next; entry != &pd_class.all; entry = entry->next) {
        struct pd *pd = pd_of(CONTAINER(entry, struct object, all));

        if (pd_alive(pd) && pd != &pd_root && !pd->ready && pd->state == PD_RUNNING)
            return pd;
    }
    return NULL;
}

static void check(struct pd *pd)
{
    (void)pd;
    essential_check_ready();
    if (extracting && system_is_started() && next_unready(&pd_class.all) == NULL)
        extract_now();
}

/* A system without all of its PDs has no model; with all of them it has one, and the
 * runner gets the names of those that are not ready. */
static void give_up_waiting(struct timeout *timeout)
{
    (void)timeout;
    if (!system_is_started())
        system_give_up();
    for (struct pd *pd = next_unready(&pd_class.all); pd != NULL; pd = next_unready(&pd->object.all))
        control_send("unready", pd->name, strlen(pd->name));
    extract_now();
}

/* In nanoseconds; as many as there can be, if it is more. */
static uint64_t seconds(uint64_t number)
{
    const uint64_t second = UINT64_C(1000000000);

    return number > UINT64_MAX / second ? UINT64_MAX : number * second;
}

void ready_init(void)
{
    event_listen(EVENT_PD_READY, check);
    extracting = option_number("extract", 0) != 0;
    if (extracting)
        timeout_set(&patience, clock_after(seconds(option_number("ready_timeout", 10))),
                    TIMEOUT_FIRST, give_up_waiting);
}
