/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox: everything that drivers can reach comes from one untyped, `master`, or is a copy of a capability that
 * they cannot do harm with. Its slots: 1 is left empty, 2 the CNode itself, 3 the address space, 4 ASID control,
 * 5 the initial ASID pool, 6 an SMC capability for the version call alone, from 8 the drivers' threads, from 16 untypeds,
 * from 32 endpoints and notifications, 40 an interrupt's handler, 41 the signal of a software-generated one.
 *
 * A driver's thread, stack, buffer and state page are the harness's; the pages are mapped in the sandbox's address space
 * as well, and so is this program, read-only. */
#include "tests/nucleus/fuzz/fuzz.h"

enum {
    master_bits = 22,
    patience = 4,
    program_address = 0x400000,
    program_pages_maximum = 64,
    driver_priority = 100,
    sgi = 9,
    first_irq = 60,
    plausible = 100000
};

struct driver {
    seL4_CPtr memory; /* an untyped for the TCB */
    seL4_CPtr tcb;
    seL4_IPCBuffer *buffer;
    char *stack;
    seL4_CPtr pages[3]; /* buffer, stack, state */
    int stuck;          /* checks since its last progress */
};

struct driver_state *driver_states[driver_count];

static struct driver drivers[driver_count];
static seL4_CPtr master;
static seL4_CPtr cnode;
static seL4_CPtr space;
static seL4_CPtr tables;
static seL4_CPtr copies;
static seL4_CPtr handler;
static seL4_CPtr signal;
static seL4_CPtr smc;
static seL4_CPtr whole;
static seL4_Word random;
static seL4_Word copy_count;
static seL4_Word table_count;
static seL4_Word steps;
static seL4_Word succeeded;
static seL4_Word by_label[label_limit];

enum { tables_maximum = 16, copies_maximum = program_pages_maximum + 3 * driver_count };

void sandbox_open(seL4_Word seed)
{
    random = seed * 0x9e3779b97f4a7c15 + 1;
    master = untyped_new(master_bits);
    cnode = slot_new();
    space = slot_new();
    whole = slot_new();
    tables = slots_new(tables_maximum);
    copies = slots_new(copies_maximum);
    handler = slot_new();
    signal = slot_new();
    must("handler", seL4_IRQControl_Get(seL4_CapIRQControl, first_irq, fuzz_root, handler, fuzz_deep));
    must("signal", seL4_IRQControl_IssueSGISignal(seL4_CapIRQControl, sgi, 0, fuzz_root, signal, fuzz_deep));
    smc = slot_new();
    if (seL4_CNode_Mint(fuzz_root, smc, fuzz_deep, fuzz_root, seL4_CapSMC, fuzz_deep, seL4_AllRights, 0x84000000) !=
        seL4_NoError) {
        smc = 0;
    }
    for (int i = 0; i < driver_count; i++) {
        struct driver *driver = &drivers[i];
        driver->memory = untyped_new(seL4_TCBBits);
        driver->tcb = slot_new();
        driver->buffer = page_new(&driver->pages[0]);
        driver->stack = page_new(&driver->pages[1]);
        driver_states[i] = page_new(&driver->pages[2]);
    }
}

/* Maps a copy in the sandbox's space, with tables from `master`. */
static void map_there(seL4_CPtr frame, seL4_Word address, seL4_CapRights_t rights)
{
    if (copy_count == copies_maximum) {
        stop("the program is too large");
    }
    seL4_CPtr copy = copies + copy_count++;
    must("copy", seL4_CNode_Copy(fuzz_root, copy, fuzz_deep, fuzz_root, frame, fuzz_deep, seL4_AllRights));
    seL4_Error error;
    while ((error = seL4_ARM_Page_Map(copy, space, address, rights, seL4_ARM_Default_VMAttributes)) ==
           seL4_FailedLookup) {
        if (table_count == tables_maximum) {
            stop("too many tables");
        }
        seL4_CPtr table = tables + table_count++;
        must("table", seL4_Untyped_Retype(master, seL4_ARM_PageTableObject, 0, fuzz_root, 0, 0, table, 1));
        must("map table", seL4_ARM_PageTable_Map(table, space, address, seL4_ARM_Default_VMAttributes));
    }
    must("map", error);
}

static void build_space(void)
{
    copy_count = 0;
    table_count = 0;
    must("space", seL4_Untyped_Retype(master, seL4_ARM_VSpaceObject, 0, fuzz_root, 0, 0, space, 1));
    must("ASID", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space));
    seL4_Word address = program_address;
    for (seL4_CPtr frame = boot_info->userImageFrames.start; frame < boot_info->userImageFrames.end; frame++) {
        map_there(frame, address, seL4_CanRead);
        address += 1ul << seL4_PageBits;
    }
    for (int i = 0; i < driver_count; i++) {
        map_there(drivers[i].pages[0], (seL4_Word)drivers[i].buffer, seL4_ReadWrite);
        map_there(drivers[i].pages[1], (seL4_Word)drivers[i].stack, seL4_ReadWrite);
        map_there(drivers[i].pages[2], (seL4_Word)driver_states[i], seL4_ReadWrite);
    }
}

/* Puts a capability into a slot of the sandbox. */
static void give(seL4_CPtr cap, seL4_Word slot, enum kind kind)
{
    must("give", seL4_CNode_Copy(cnode, slot, sandbox_bits, fuzz_root, cap, fuzz_deep, seL4_AllRights));
    for (int i = 0; i < driver_count; i++) {
        driver_states[i]->hints[slot] = (unsigned char)kind;
    }
}

static void make(seL4_Word type, seL4_Word bits, seL4_Word slot)
{
    must("make", seL4_Untyped_Retype(master, type, bits, fuzz_root, cnode, fuzz_deep, slot, 1));
    for (int i = 0; i < driver_count; i++) {
        driver_states[i]->hints[slot] = (unsigned char)kind_of_type(type);
    }
}

static void fill_cnode(void)
{
    static const unsigned char untyped_bits[] = {12, 12, 13, 14, 15, 16, 17, 18, 11, 10};
    must("CNode", seL4_Untyped_Retype(master, seL4_CapTableObject, sandbox_bits, fuzz_root, 0, 0, whole, 1));
    must("guard", seL4_CNode_Mutate(fuzz_root, cnode, fuzz_deep, fuzz_root, whole, fuzz_deep,
                                    seL4_CNode_CapData_new(0, seL4_WordBits - sandbox_bits).words[0]));
    /* Addressed with the depth of the sandbox's own bits alone: this capability has no guard. */
    must("guard", seL4_CNode_Mint(fuzz_root, whole, fuzz_deep, fuzz_root, cnode, fuzz_deep, seL4_AllRights, 0));
    seL4_CPtr guarded = cnode;
    cnode = whole;
    give(guarded, 2, kind_cnode);
    give(space, 3, kind_space);
    give(seL4_CapASIDControl, 4, kind_asid_control);
    give(seL4_CapInitThreadASIDPool, 5, kind_asid_pool);
    if (smc != 0) {
        give(smc, 6, kind_smc);
    }
    for (seL4_Word i = 0; i < sizeof untyped_bits; i++) {
        make(seL4_UntypedObject, untyped_bits[i], 16 + i);
    }
    for (seL4_Word i = 0; i < 4; i++) {
        make(seL4_EndpointObject, 0, 32 + 2 * i);
        make(seL4_NotificationObject, 0, 33 + 2 * i);
    }
    give(handler, 40, kind_irq_handler);
    give(signal, 41, kind_sgi);
    cnode = guarded;
}

extern char conformance_thread_entry[];

/* Sends a driver to its start. */
static seL4_Error driver_go(int number)
{
    struct driver *driver = &drivers[number];
    static struct thread threads[driver_count];
    struct thread *thread = &threads[number];
    seL4_UserContext context = {0};
    thread->tcb = driver->tcb;
    thread->buffer = driver->buffer;
    thread->function = driver_run;
    thread->argument = driver_states[number];
    context.pc = (seL4_Word)conformance_thread_entry;
    context.sp = (seL4_Word)driver->stack + (1ul << seL4_PageBits);
    context.x0 = (seL4_Word)thread;
    context.tpidr_el0 = (seL4_Word)driver->stack;
    driver->stuck = 0;
    return seL4_TCB_WriteRegisters(driver->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context);
}

static void driver_make(int number)
{
    struct driver *driver = &drivers[number];
    must("revoke driver", seL4_CNode_Revoke(fuzz_root, driver->memory, fuzz_deep));
    must("TCB", seL4_Untyped_Retype(driver->memory, seL4_TCBObject, 0, fuzz_root, 0, 0, driver->tcb, 1));
    must("configure", seL4_TCB_Configure(driver->tcb, 32 + (seL4_Word)number, cnode, 0, space, 0,
                                         (seL4_Word)driver->buffer, driver->pages[0]));
    must("priority", seL4_TCB_SetSchedParams(driver->tcb, seL4_CapInitThreadTCB, driver_priority + 8, driver_priority));
    /* In the sandbox if its slot there is free. */
    seL4_CNode_Copy(cnode, 8 + (seL4_Word)number, seL4_WordBits, fuzz_root, driver->tcb, fuzz_deep, seL4_AllRights);
    driver_states[number]->hints[8 + number] = kind_tcb;
    must("go", driver_go(number));
}

void sandbox_build(seL4_Word round)
{
    random ^= round * 0xff51afd7ed558ccd;
    random |= 1;
    for (int i = 0; i < driver_count; i++) {
        struct driver_state *state = driver_states[i];
        for (int n = 0; n < sandbox_slots; n++) {
            state->hints[n] = kind_nothing;
        }
        state->random = random_next(&random) | 1;
        state->steps = 0;
        state->succeeded = 0;
        state->entry = (seL4_Word)driver_run;
    }
    build_space();
    fill_cnode();
    for (int i = 0; i < driver_count; i++) {
        driver_make(i);
    }
}

/* Takes a counter's value over into a sum. Threads that were sent into a driver's code with its stack can spoil its
 * page; what cannot be is left out. */
static void collect(volatile seL4_Word *counter, seL4_Word *sum)
{
    if (*counter < plausible) {
        *sum += *counter;
    }
    *counter = 0;
}

/* Adds up what a driver did since the last look; returns its steps. */
static seL4_Word look(int number)
{
    struct driver_state *state = driver_states[number];
    seL4_Word before = steps;
    collect(&state->steps, &steps);
    collect(&state->succeeded, &succeeded);
    for (int label = 0; label < label_limit; label++) {
        collect(&state->by_label[label], &by_label[label]);
    }
    return steps - before;
}

static void disturb_driver(int number)
{
    seL4_CPtr tcb = drivers[number].tcb;
    switch (random_below(&random, 8)) {
    case 0:
        seL4_TCB_Suspend(tcb);
        break;
    case 1:
        seL4_TCB_Resume(tcb);
        break;
    case 2:
        seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, driver_priority - 4 + random_below(&random, 8));
        break;
    case 3:
        seL4_DomainSet_Set(seL4_CapDomain, (seL4_Uint8)random_below(&random, 2), tcb);
        break;
    case 4:
        seL4_CNode_Delete(cnode, random_below(&random, sandbox_slots), seL4_WordBits);
        break;
    case 5:
        seL4_CNode_Revoke(cnode, random_below(&random, sandbox_slots), seL4_WordBits);
        break;
    case 6:
        seL4_IRQControl_Get(seL4_CapIRQControl, first_irq + 1 + random_below(&random, 8), cnode,
                            random_below(&random, sandbox_slots), seL4_WordBits);
        break;
    default:
        driver_make(number);
        break;
    }
}

void sandbox_disturb(void)
{
    disturb_driver((int)random_below(&random, driver_count));
    for (int i = 0; i < driver_count; i++) {
        struct driver *driver = &drivers[i];
        if (look(i) != 0) {
            driver->stuck = 0;
        } else if (++driver->stuck < patience) {
            int stuck = driver->stuck;
            driver_go(i);
            driver->stuck = stuck;
        } else {
            driver_make(i);
        }
    }
}

void sandbox_take_down(void)
{
    for (int i = 0; i < driver_count; i++) {
        must("revoke driver", seL4_CNode_Revoke(fuzz_root, drivers[i].memory, fuzz_deep));
    }
    must("revoke handler", seL4_CNode_Revoke(fuzz_root, handler, fuzz_deep));
    must("revoke master", seL4_CNode_Revoke(fuzz_root, master, fuzz_deep));
    for (seL4_Word i = 0; i < copy_count; i++) {
        must("delete", seL4_CNode_Delete(fuzz_root, copies + i, fuzz_deep));
    }
    must("memory is whole", seL4_Untyped_Retype(master, seL4_UntypedObject, master_bits, fuzz_root, 0, 0, whole, 1));
    must("delete", seL4_CNode_Delete(fuzz_root, whole, fuzz_deep));
}

seL4_Word sandbox_steps(void)
{
    return steps;
}

seL4_Word sandbox_succeeded(void)
{
    return succeeded;
}

void sandbox_show_labels(void)
{
    print("by label:");
    for (int label = 0; label < label_limit; label++) {
        print(" ");
        print_decimal(by_label[label]);
    }
    print("\n");
}
