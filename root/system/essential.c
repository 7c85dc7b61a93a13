/* SPDX-License-Identifier: BSD-2-Clause */
/* root/system/essential.c: see essential.h. */
#include "root/system/essential.h"

#include "root/channel/control.h"
#include "root/core/events.h"
#include "root/loop/clock.h"
#include "root/loop/loop.h"
#include "root/pd/fault.h"
#include "root/core/pd.h"
#include "root/system/system.h"

/* How long programs that are not ready are waited for after the end of input. */
#define PATIENCE_SECONDS 10u
/* Exit status of the machine: what a PD's has as its lowest 8 bits. */
#define STATUS_MASK 0xffu

static bool input_ended;
static struct timeout patience;

static _Noreturn void end_with_report(const struct pd *pd)
{
    struct fault_report report = {.text = ""};
    uint64_t after = 0;
    const char *why = "";

    while (fault_report_next(after, &report)) {
        if (report.pd == pd->object.id)
            why = report.text;
        after = report.number;
    }
    control_fail("%s (PD_%lx), without which the system cannot be, %s\n%s", pd->name,
                 (unsigned long)pd->object.id, pd->cause == PD_FAULTED ? "faulted" : "was ended", why);
}

static void pd_ends(struct pd *pd)
{
    if (!pd->essential)
        return;
    if (pd->cause == PD_EXITED)
        control_exit((int)(pd->code & STATUS_MASK));
    end_with_report(pd);
}

/* ---- The end of input ------------------------------------------------ */

void essential_check_ready(void)
{
    if (!input_ended || !system_is_started() || pd_essentials != 0)
        return;
    for (struct pd *pd = pd_next(UINT64_MAX); pd != NULL; pd = pd_next(pd->object.id))
        if (pd->state == PD_RUNNING && !pd->ready)
            return;
    control_exit(0);
}

static void give_up(struct timeout *timeout)
{
    (void)timeout;
    if (pd_essentials == 0)
        control_exit(0);
}

static void on_end_of_input(const char *payload, size_t size)
{
    (void)payload;
    (void)size;
    if (input_ended)
        return;
    input_ended = true;
    timeout_set(&patience, clock_now() + PATIENCE_SECONDS * UINT64_C(1000000000), TIMEOUT_FIRST, give_up);
    essential_check_ready();
}

void essential_init(void)
{
    event_listen(EVENT_PD_ENDS, pd_ends);
    control_register("eof", on_end_of_input);
}
