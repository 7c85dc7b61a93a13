/* SPDX-License-Identifier: BSD-2-Clause */
/* Cancelling the sends of one badge: who loses its place, who stays, and how it goes on for them (reference manual,
 * seL4_CNode_CancelBadgedSends). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, senders = 6 };

static seL4_CPtr endpoint;

struct sender {
    seL4_CPtr through;
    seL4_Word number;
    int calls;
};

static struct sender list[senders];

static void send(void *argument)
{
    struct sender *sender = argument;
    seL4_SetMR(0, sender->number);
    if (sender->calls) {
        seL4_MessageInfo_t info = seL4_Call(sender->through, seL4_MessageInfo_new(1, 0, 0, 1));
        print("  caller ");
        print_decimal(sender->number);
        show_message(" got", info, 0);
    } else {
        seL4_Send(sender->through, seL4_MessageInfo_new(1, 0, 0, 1));
        print("  sender ");
        print_decimal(sender->number);
        print(" went on\n");
    }
}

static seL4_CPtr one;
static seL4_CPtr two;
static seL4_CPtr ones_copy;
static seL4_CPtr fault_endpoint;

/* Senders 0, 2, 4 through badge 1 (4 through a copy), 1, 3, 5 through badge 2; the last two call. */
static void queue(void)
{
    fault_endpoint = object_new(seL4_EndpointObject, 0);
    endpoint = object_new(seL4_EndpointObject, 0);
    one = cap_mint(endpoint, seL4_AllRights, 1);
    two = cap_mint(endpoint, seL4_AllRights, 2);
    ones_copy = cap_copy(one, seL4_AllRights);
    for (seL4_Word i = 0; i < senders; i++) {
        list[i] = (struct sender){i == 4 ? ones_copy : i % 2 == 0 ? one : two, i, i >= 4};
        thread_start(thread_new(255, cap_mint(fault_endpoint, seL4_AllRights, 0x100 + i)), send, &list[i]);
        seL4_Yield();
    }
}

static void show_queue(void)
{
    for (int i = 0; i < senders + 1; i++) {
        seL4_Word badge = 0;
        seL4_MessageInfo_t info = seL4_NBRecv(endpoint, &badge);
        show_message("queued", info, badge);
        if (seL4_MessageInfo_get_label(info) == 0) {
            break;
        }
        seL4_SetMR(0, 7);
        seL4_Reply(seL4_MessageInfo_new(9, 0, 0, 1));
    }
    for (int i = 0; i < senders; i++) {
        seL4_Yield();
    }
}

void run_case(void)
{
    section("nothing cancelled");
    queue();
    show_queue();
    section("cancel badge 1, all may try again");
    queue();
    check("cancel", seL4_CNode_CancelBadgedSends(root, one, deep));
    show_queue();
    section("through the copy");
    queue();
    check("cancel", seL4_CNode_CancelBadgedSends(root, ones_copy, deep));
    for (int i = 0; i < senders; i++) {
        seL4_Yield();
    }
    show_queue();
    section("copies revoked first");
    queue();
    check("revoke", seL4_CNode_Revoke(root, one, deep));
    check("cancel", seL4_CNode_CancelBadgedSends(root, one, deep));
    for (int i = 0; i < senders; i++) {
        seL4_Yield();
    }
    show_queue();
    show_fault("a fault of a sender", fault_endpoint);
    section("moved away");
    queue();
    seL4_CPtr moved = slot_new();
    check("move", seL4_CNode_Move(root, moved, deep, root, one, deep));
    check("cancel", seL4_CNode_CancelBadgedSends(root, moved, deep));
    for (int i = 0; i < senders; i++) {
        seL4_Yield();
    }
    show_queue();
    show_fault("a fault of a sender", fault_endpoint);
    section("with rights missing");
    for (seL4_Word rights = 0; rights < 16; rights++) {
        endpoint = object_new(seL4_EndpointObject, 0);
        seL4_CPtr cap = slot_new();
        seL4_CNode_Mint(root, cap, deep, root, endpoint, deep, (seL4_CapRights_t){{rights}}, 3);
        show_hex("rights", rights);
        check("  cancel", seL4_CNode_CancelBadgedSends(root, cap, deep));
    }
    section("receivers wait");
    endpoint = object_new(seL4_EndpointObject, 0);
    one = cap_mint(endpoint, seL4_AllRights, 1);
    check("idle", seL4_CNode_CancelBadgedSends(root, one, deep));
    check("a notification", seL4_CNode_CancelBadgedSends(root, object_new(seL4_NotificationObject, 0), deep));
    check("a CNode", seL4_CNode_CancelBadgedSends(root, root, deep));
    check("a reply or nothing", seL4_CNode_CancelBadgedSends(root, 4003, deep));
    check("depth 3", seL4_CNode_CancelBadgedSends(root, one, 3));
    check("depth 65", seL4_CNode_CancelBadgedSends(root, one, 65));
}
