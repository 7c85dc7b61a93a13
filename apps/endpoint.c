/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/endpoint.c: an endpoint between PDs. Children are the same program with one word; they find the handle that
 * they were given.
 *
 *   endpoint        answers a child, lets others try what their rights do not allow, and frees the endpoint while one waits
 */
#include "apps/given.h"

#include <cell/idl/ep.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <string.h>

#define MILLISECOND UINT64_C(1000000)

static cell_cap_t own;

static int call(cell_cap_t endpoint)
{
    uint64_t word = 20;
    cell_error_t error = cell_call(endpoint, 0, &word, 1, 1);

    printf("endpoint: call: %s, %lu\n", cell_error_text(error), word);
    return 0;
}

static struct spawned start(char *word, const char *rights)
{
    struct spawn spawn;
    struct spawned child = {0};

    spawn_begin(&spawn, "endpoint-child", "process", "program=endpoint");
    spawn_edges(&spawn);
    spawn_line(&spawn, "give %#lx rights=%s", own, rights);
    spawn_arguments(&spawn, 1, &word);
    cell_error_t error = spawn_run(&spawn, &child);

    if (error != CELL_OK)
        printf("endpoint: %s: %s\n", cell_error_text(error), child.fault);
    return child;
}

static void collect(const struct spawned *child, const char *what)
{
    uint64_t cause = 0, code = 0;
    cell_error_t error = pd_wait(child->pd, child->id, &cause, &code);

    printf("endpoint: %s: %s, cause %lu\n", what, cell_error_text(error), cause);
    handle_drop(child->pd);
}

static void answer(void)
{
    seL4_Word badge, word = 0, none = 0;

    seL4_RecvWithMRs(own, &badge, &word, &none, &none, &none);
    printf("endpoint: received %lu, %s\n", word, badge != 0 ? "with a badge" : "without");
    word++;
    seL4_ReplyWithMRs(seL4_MessageInfo_new(CELL_OK, 0, 0, 1), &word, &none, &none, &none);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "call") == 0)
        return call(given("EP"));
    if (strcmp(word, "receive") == 0) {
        seL4_Recv(given("EP"), NULL);
        return 0;
    }
    cell_error_t error = ep_allocate(cell_rde("EP"), &own);

    if (error != CELL_OK) {
        printf("endpoint: %s\n", cell_error_text(error));
        return 1;
    }
    struct spawned child = start("call", "w");

    answer();
    collect(&child, "who may send");
    child = start("call", "r");
    collect(&child, "who may not");
    child = start("receive", "w");
    collect(&child, "who may not receive");
    child = start("call", "w");
    cell_sleep(50 * MILLISECOND);
    printf("endpoint: goes\n");
    handle_drop(own);
    collect(&child, "who waited");
    return 0;
}
