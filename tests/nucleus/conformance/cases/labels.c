/* SPDX-License-Identifier: BSD-2-Clause */
/* Every invocation label on every kind of capability, with too few words or capabilities and with empty arguments: what
 * is checked first shows in the error. A row is an object and a shape of message, a column a label; a letter stands for
 * the result, and a label that works says so. Each attempt has a fresh object, since some succeed. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, last_label = 58 };

struct kind {
    const char *name;
    seL4_Word type;
    seL4_Word bits;
};

static const struct kind objects[] = {
    {"untyped", seL4_UntypedObject, 12},
    {"TCB", seL4_TCBObject, 0},
    {"CNode", seL4_CapTableObject, 4},
    {"VSpace", seL4_ARM_VSpaceObject, 0},
    {"frame", seL4_ARM_SmallPageObject, 0},
    {"page table", seL4_ARM_PageTableObject, 0},
    {"VCPU", seL4_ARM_VCPUObject, 0},
};

static char letter(seL4_Word error)
{
    /* ok, argument, capability, illegal, range, alignment, lookup, truncated, delete first, revoke first, memory */
    return error < seL4_NumErrors ? ".acirALtdrm"[error] : '?';
}

static seL4_Word attempt(seL4_CPtr cap, seL4_Word label, seL4_Word caps, seL4_Word length)
{
    for (int i = 0; i < 10; i++) {
        seL4_SetMR(i, 0);
    }
    for (int i = 0; i < 3; i++) {
        seL4_SetCap(i, 0);
    }
    return seL4_MessageInfo_get_label(seL4_Call(cap, seL4_MessageInfo_new(label, 0, caps, length)));
}

static const struct {
    const char *name;
    seL4_Word caps;
    seL4_Word length;
} shapes[] = {
    {"nothing", 0, 0}, {"1 word", 0, 1}, {"10 words", 0, 10}, {"1 capability", 1, 0}, {"3 capabilities", 3, 10},
};

enum { shape_count = sizeof shapes / sizeof shapes[0] };

/* Objects that may be used up: a fresh one for each attempt, from an untyped that is revoked behind each row. */
static void fresh_rows(const struct kind *kind)
{
    seL4_CPtr untyped = untyped_new(20);
    seL4_CPtr slot = slot_new();
    for (seL4_Word s = 0; s < shape_count; s++) {
        char row[last_label + 2];
        for (seL4_Word label = 0; label <= last_label; label++) {
            seL4_Untyped_Retype(untyped, kind->type, kind->bits, root, 0, 0, slot, 1);
            row[label] = letter(attempt(slot, label, shapes[s].caps, shapes[s].length));
            seL4_CNode_Revoke(root, untyped, deep);
        }
        row[last_label + 1] = '\0';
        print(kind->name);
        print(", ");
        print(shapes[s].name);
        print(": ");
        print(row);
        print("\n");
    }
}

/* Capabilities that there is one of, or that cannot be used up so. */
static void fixed_rows(const char *name, seL4_CPtr cap)
{
    for (seL4_Word s = 0; s < shape_count; s++) {
        char row[last_label + 2];
        for (seL4_Word label = 0; label <= last_label; label++) {
            row[label] = letter(attempt(cap, label, shapes[s].caps, shapes[s].length));
        }
        row[last_label + 1] = '\0';
        print(name);
        print(", ");
        print(shapes[s].name);
        print(": ");
        print(row);
        print("\n");
    }
}

void run_case(void)
{
    section("made for each attempt");
    for (seL4_Word i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        fresh_rows(&objects[i]);
    }
    section("kept");
    fixed_rows("IRQ control", seL4_CapIRQControl);
    fixed_rows("ASID control", seL4_CapASIDControl);
    fixed_rows("ASID pool", seL4_CapInitThreadASIDPool);
    fixed_rows("domain", seL4_CapDomain);
    fixed_rows("empty slot", 4001);
    fixed_rows("notification", object_new(seL4_NotificationObject, 0));
    seL4_CPtr handler = slot_new();
    check("handler", seL4_IRQControl_Get(seL4_CapIRQControl, 77, root, handler, deep));
    fixed_rows("IRQ handler", handler);
    seL4_CPtr signal = slot_new();
    check("SGI signal", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, 5, 1, root, signal, deep));
    fixed_rows("SGI signal", signal);
    seL4_CPtr space = object_new(seL4_ARM_VSpaceObject, 0);
    check("assign", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space));
    fixed_rows("assigned VSpace", space);
}
