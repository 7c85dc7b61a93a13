/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/nic-check.c: a client that takes cards of a switch (idl/nic.idl), for tests:
 *
 *   frames     three cards on one network and one on another: each gets the right frames
 *   liar       each wrong request gets an error, and has no other effect
 *   hold       has a card with requests under way until it is killed
 *
 * It says "nic-check: NAME: as it should be", or what was wrong.
 */
#include <cell/idl/handle.h>
#include <cell/idl/nic.h>
#include <lib/nic/link.h>
#include <stdio.h>
#include <string.h>

#define CHECKER "nic-check"
#include "apps/check.h"

#define BROADCAST UINT64_C(0xffffffffffff)
#define LENGTH 60u

static struct cell_memory memory;
static cell_cap_t there;
static struct nic_link links[4];

static void make_memory(void)
{
    expect("memory", cell_memory_make(2, &memory), CELL_OK);
    expect("give", handle_give_to_server(cell_rde("NIC"), memory.mo, CELL_READ | CELL_WRITE, &there), CELL_OK);
}

static void open_link(unsigned number, const char *network)
{
    expect("open", nic_link_open(&links[number], cell_rde("NIC"), network, 0, 3), CELL_OK);
}

static void put_address(uint8_t *at, uint64_t address)
{
    for (unsigned i = 0; i < 6; i++)
        at[i] = (uint8_t)(address >> 8 * (5 - i));
}

/* Sends by a call, so that all receivers have the frame when it returns. */
static cell_error_t send(unsigned from, uint64_t address, uint64_t to)
{
    uint8_t *frame = memory.address;

    memset(frame, 0x5a, LENGTH);
    put_address(frame + FRAME_TO, to);
    put_address(frame + FRAME_FROM, address);
    return nic_send(links[from].card, there, 0, LENGTH);
}

/* How many frames a card has got since the last time. */
static unsigned got(unsigned number)
{
    uint8_t frame[FRAME_MOST];
    unsigned count = 0;
    size_t length;

    while (nic_link_take(&links[number], frame, &length)) {
        equal("length", length, LENGTH);
        equal("contents", frame[LENGTH - 1], 0x5a);
        count++;
    }
    return count;
}

static void all_got(const char *what, uint64_t digits)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < 4; i++)
        sum = sum * 10 + got(i);
    equal(what, sum, digits);
}

static void frames(void)
{
    uint64_t address = 0, sent = 0, received = 0, lost = 0;

    make_memory();
    for (unsigned i = 0; i < 3; i++)
        open_link(i, "check");
    open_link(3, "other");
    expect("to all", send(0, links[0].address, BROADCAST), CELL_OK);
    all_got("all but its sender, on its network", 110);
    expect("to one", send(0, links[0].address, links[2].address), CELL_OK);
    all_got("one", 10);
    expect("to nobody", send(1, links[1].address, 0x020000000001), CELL_OK);
    all_got("whoever it may be", 1010);
    expect("to another network", send(1, links[1].address, links[3].address), CELL_OK);
    all_got("nobody there", 1010);
    expect("to itself", send(1, links[1].address, links[1].address), CELL_OK);
    all_got("nobody", 0);
    for (unsigned i = 0; i < 40; i++)
        expect("many", send(0, links[0].address, links[1].address), CELL_OK);
    equal("no more than there is room for", got(1), 16);
    expect("about", nic_about(links[1].card, &address, &sent, &received, &lost), CELL_OK);
    equal("address", address, links[1].address);
    equal("sent", sent, 3);
    equal("received", received, 17);
    equal("lost", lost, 24);
    nic_link_close(&links[2]);
    expect("to one that has gone", send(0, links[0].address, BROADCAST), CELL_OK);
    equal("the others", got(1), 1);
}

static void liar(void)
{
    const uint64_t endless = UINT64_C(0x6161616161616161);
    uint64_t address = 0;
    cell_cap_t card = 0, ahead[2] = {0};

    make_memory();
    open_link(0, "check");
    open_link(1, "check");
    expect("an address twice", nic_take(cell_rde("NIC"), "check", links[0].address, &card, &address), CELL_OVERLAP);
    expect("the same elsewhere", nic_take(cell_rde("NIC"), "third", links[0].address, &card, &address), CELL_OK);
    handle_drop(card);
    for (unsigned i = 0; i < 2; i++)
        expect("an address ahead", nic_take(cell_rde("NIC"), "check", links[1].address + (i == 0 ? 1 : 5), &ahead[i], &address), CELL_OK);
    expect("one that nobody has", nic_take(cell_rde("NIC"), "check", 0, &card, &address), CELL_OK);
    handle_drop(card);
    handle_drop(ahead[0]);
    handle_drop(ahead[1]);
    for (unsigned i = 0; i < 3; i++)
        expect("an address that is not for cards",
               nic_take(cell_rde("NIC"), "check", (const uint64_t[]){BROADCAST, 0x010000000001, 0x52550a000202}[i], &card, &address),
               CELL_BAD_ARGUMENT);
    expect("a network whose word has no end",
           cell_call(cell_rde("NIC"), NIC_TAKE_LABEL, (uint64_t[]){endless, endless, endless, endless, 0}, 5, 2), CELL_BAD_ARGUMENT);
    expect("another's address", send(0, links[1].address, BROADCAST), CELL_DENIED);
    equal("nobody", got(1), 0);
    expect("too short", nic_send(links[0].card, there, 0, FRAME_LEAST - 1), CELL_BAD_ARGUMENT);
    expect("too long", nic_send(links[0].card, there, 0, FRAME_MOST + 1), CELL_BAD_ARGUMENT);
    expect("beyond the memory", nic_send(links[0].card, there, 2 * CELL_PAGE - 59, LENGTH), CELL_BAD_ARGUMENT);
    expect("far beyond", nic_send(links[0].card, there, UINT64_MAX - 20, LENGTH), CELL_BAD_ARGUMENT);
    expect("no room", nic_receive(links[0].card, there, 2 * CELL_PAGE - FRAME_MOST + 1, &address), CELL_BAD_ARGUMENT);
    expect("no memory", nic_send(links[0].card, 12345, 0, LENGTH), CELL_BAD_HANDLE);
    expect("to all", send(0, links[0].address, BROADCAST), CELL_OK);
    equal("still", got(1), 1);
}

static void hold(void)
{
    make_memory();
    open_link(0, "check");
    printf(CHECKER ": holds\n");
    nic_receive(links[0].card, there, 0, &(uint64_t){0});
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } checks[] = {{"frames", frames}, {"liar", liar}, {"hold", hold}};

    for (size_t i = 0; argc > 1 && i < sizeof checks / sizeof *checks; i++)
        if (strcmp(argv[1], checks[i].name) == 0) {
            checks[i].run();
            return checked(argv[1]);
        }
    return 2;
}
