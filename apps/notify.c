/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/notify.c: notifications between PDs.
 *
 *   notify          signals through handles of its own and of children, and prints which bits came
 *   notify steal    has a child that may only signal try to wait, which ends the child
 *   notify mute     has a child that may only wait try to signal, which has no effect
 *
 * Children are the same program with one word; they find the handle that they were given.
 */
#include "apps/given.h"

#include <cell/idl/handle.h>
#include <cell/idl/ntfn.h>
#include <cell/idl/pd.h>
#include <lib/client/signals.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <string.h>

static cell_cap_t own;

/* Prints which bits have come, if any. */
static void show(const char *what)
{
    seL4_Word badge = 0;

    seL4_Poll(own, &badge);
    printf("notify: %s:", what);
    for (unsigned bit = 0; bit < SIGNAL_HANDLE_BITS; bit++)
        if ((badge & SIGNAL_BIT(bit)) != 0)
            printf(" %u", bit);
    printf("%s\n", badge == 0 ? " nothing" : (badge & SIGNAL_MARK) == 0 ? " unmarked"
                                                                        : "");
}

static cell_cap_t bring(unsigned bit)
{
    cell_cap_t handle = 0;
    cell_error_t error = ntfn_bring(own, bit, &handle);

    if (error != CELL_OK)
        printf("notify: bit %u: %s\n", bit, cell_error_text(error));
    return handle;
}

/* Runs a child with a handle until it ends. */
static void run_child(char *word, cell_cap_t handle, const char *rights)
{
    struct spawn spawn;
    struct spawned spawned;
    uint64_t cause = 0, code = 0;

    spawn_begin(&spawn, "notify-child", "process", "program=notify");
    spawn_edges(&spawn);
    spawn_line(&spawn, "give %#lx rights=%s", handle, rights);
    spawn_arguments(&spawn, 1, &word);
    cell_error_t error = spawn_run(&spawn, &spawned);

    if (error == CELL_OK)
        error = pd_wait(spawned.pd, spawned.id, &cause, &code);
    printf("notify: %s: %s, cause %lu, code %lu\n", word, cell_error_text(error), cause, code);
    handle_drop(spawned.pd);
}

static void all(void)
{
    cell_cap_t five = bring(5);
    cell_error_t error = ntfn_bring(five, 60, &five);

    show("at first");
    seL4_Signal(own);
    seL4_Signal(five);
    show("own");
    printf("notify: bit 60: %s\n", cell_error_text(error));
    run_child("signal", bring(7), "w");
    show("child");
    run_child("end", bring(9), "w");
    show("ended");
    run_child("end", bring(11), "r");
    show("reader ended");
}

/* The notification that is bound to the thread, on which it also gets signals of the system. */
static void bound(void)
{
    cell_cap_t mine = 0, thirty = 0;
    seL4_Word badge = 0;
    cell_error_t error = ntfn_bound(&mine);

    if (error == CELL_OK)
        error = ntfn_bring(mine, 30, &thirty);
    seL4_Signal(thirty);
    seL4_Wait(CSPACE_NOTIFICATION, &badge);
    printf("notify: bound: %s, %#lx\n", cell_error_text(error), badge);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    bool steals = strcmp(word, "steal") == 0;

    if (strcmp(word, "signal") == 0) {
        seL4_Signal(given("NTFN"));
        return 3;
    }
    if (strcmp(word, "wait") == 0) {
        seL4_Wait(given("NTFN"), NULL);
        return 4;
    }
    if (strcmp(word, "end") == 0)
        return 5;
    cell_error_t error = ntfn_allocate(cell_rde("NTFN"), &own);

    if (error != CELL_OK) {
        printf("notify: %s\n", cell_error_text(error));
        return 1;
    }
    if (steals || strcmp(word, "mute") == 0) {
        run_child(steals ? "wait" : "signal", bring(2), steals ? "w" : "r");
        show(word);
        return 0;
    }
    all();
    bound();
    return 0;
}
