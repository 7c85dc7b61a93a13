/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/monitor.c: see monitor.h. Bottom-up: output, input, heartbeat, the
 * thread's loop; at the end, how the main thread makes it.
 *
 * The ring consists of whole frames at any time, because main moves `head` by
 * frames; so the monitor's own frames go in between, from a page of their own.
 */
#include "root/channel/monitor.h"

#include <lib/runtime/runtime.h>
#include <sel4/sel4.h>
#include <stdio.h>
#include <string.h>

#include <board.h>
#include <board_clock.h>
#include "lib/control/frame.h"
#include "root/base/bug.h"
#include "root/base/report.h"
#include "root/channel/port.h"
#include "root/loop/clock_source.h"
#include "root/loop/loop.h"
#include "root/memory/memory.h"

/* The monitor's pages, from SPACE_MONITOR on. */
enum {
    PAGE_DRIVER,
    PAGE_INPUT,
    PAGE_OWN,    /* its own frames: heartbeat, report */
    PAGE_BUFFER, /* IPC buffer */
    PAGE_GUARD,  /* never mapped */
    PAGE_STACK,
    STACK_PAGES = 4,
    PAGE_RING = 16,
    RING_PAGES = RING_SIZE / PAGE_SIZE,
    PAGES = PAGE_RING + RING_PAGES,
};

/* Priorities: main must be below the monitor, and above all PDs. */
#define PRIORITY_MONITOR 254
#define PRIORITY_MAIN 253

/* After this many seconds without a sign of main, the heartbeat stops. */
#define PATIENCE 5u

/* A piece of output that is the monitor's own. */
#define TAG_RING 0u
#define TAG_OWN 1u

struct monitor_shared monitor_shared;

static page_t pages[PAGES];
static bool has_channel, has_heartbeat;
static uint64_t sent; /* of the ring: given to the device */
static bool own_busy; /* PAGE_OWN is under way */

static void *page_address(unsigned page)
{
    return (void *)(SPACE_MONITOR + page * (uint64_t)PAGE_SIZE);
}

static struct dma_page dma_page(unsigned page)
{
    return (struct dma_page){page_address(page), (uint64_t)pages[page] << PAGE_BITS};
}

/* ---- Output ---------------------------------------------------------- */

static void retire(void)
{
    uint32_t tag, length;

    while ((length = port_retired(&tag)) != 0) {
        if (tag == TAG_RING)
            monitor_shared.tail += length;
        else
            own_busy = false;
    }
}

/* Gives the device what is new in the ring, a page at a time. */
static void send_ring(void)
{
    uint64_t head = monitor_shared.head;

    while (sent != head) {
        uint64_t offset = sent % RING_SIZE;
        uint64_t length = PAGE_SIZE - offset % PAGE_SIZE;

        if (length > head - sent)
            length = head - sent;
        if (!port_send(dma_page(PAGE_RING + (unsigned)(offset / PAGE_SIZE)), (uint32_t)(offset % PAGE_SIZE),
                       (uint32_t)length, TAG_RING))
            break;
        sent += length;
    }
}

/* Sends a frame of the monitor's, if the last one is gone and the ring is at the
 * end of a frame for the device. */
static void send_own(const char *kind, const char *payload, size_t size)
{
    char *page = page_address(PAGE_OWN);

    if (own_busy || sent != monitor_shared.head)
        return;
    if (size > PAGE_SIZE - FRAME_HEADER_SIZE)
        size = PAGE_SIZE - FRAME_HEADER_SIZE;
    size_t header = frame_header(page, kind, size);

    memcpy(page + header, payload, size);
    own_busy = port_send(dma_page(PAGE_OWN), 0, (uint32_t)(header + size), TAG_OWN);
}

static void output(void)
{
    if (!has_channel)
        return;
    retire();
    send_ring();
    port_notify();
    /* The device may be done with it by now. */
    retire();
    if (monitor_shared.want_room &&
        RING_SIZE - (monitor_shared.head - monitor_shared.tail) >= monitor_shared.room) {
        monitor_shared.want_room = false;
        seL4_Signal(SLOT_SIGNAL_CONTROL);
    }
}

/* ---- Input ----------------------------------------------------------- */

static bool input_lent; /* the page is with the main thread */

static void input(void)
{
    if (!has_channel)
        return;
    if (input_lent && monitor_shared.input_size == 0) {
        input_lent = false;
        port_receive();
    }
    uint32_t size = input_lent ? 0 : port_received();

    if (size != 0) {
        input_lent = true;
        monitor_shared.input_size = size;
        seL4_Signal(SLOT_SIGNAL_CONTROL);
    }
}

/* ---- Heartbeat ------------------------------------------------------- */

static void alarm_next(void)
{
    board_clock_alarm((volatile uint32_t *)CLOCK_REGISTERS);
}

static void second(void)
{
    char text[24];

    alarm_next();
    monitor_shared.second++;
    seL4_Signal(SLOT_SIGNAL_CONTROL);
    if (!has_channel || !has_heartbeat || monitor_shared.second - monitor_shared.seen > PATIENCE)
        return;
    output();
    int length = snprintf(text, sizeof text, "%lu", (unsigned long)monitor_shared.second);

    send_own("heartbeat", text, (size_t)length);
    port_notify();
    retire();
}

/* ---- The thread ------------------------------------------------------ */

/* Sends a frame of the monitor's that ends the run, whatever is under way. */
static void send_last(const char *kind, const char *payload, size_t size)
{
    output();
    own_busy = false;
    send_own(kind, payload, size);
    port_notify();
}

/* Main has faulted: says all there is to say, and never runs it again. */
static void report(seL4_MessageInfo_t info)
{
    static char text[3500];
    size_t length = report_write(text, sizeof text, info, SLOT_TCB, root_bug_text);

    if (has_channel)
        send_last("report", text, length);
}

/* What the runner said is incomplete: the run counts for nothing. */
static void check_loss(void)
{
    static const char text[] = "root task: the control channel lost bytes from the runner\n";
    static bool told;

    if (told || !port_has_lost())
        return;
    told = true;
    send_last("report", text, sizeof text - 1);
}

static void notified(uint64_t bits)
{
    if ((bits & MONITOR_CLOCK) != 0) {
        second();
        seL4_IRQHandler_Ack(SLOT_IRQ_CLOCK);
    }
    if ((bits & MONITOR_CONTROL) != 0) {
        port_acknowledge();
        check_loss();
    }
    input();
    output();
    if ((bits & MONITOR_CONTROL) != 0)
        seL4_IRQHandler_Ack(SLOT_IRQ_CONTROL_CHANNEL);
}

static _Noreturn void monitor_main(void)
{
    seL4_SetIPCBuffer(page_address(PAGE_BUFFER));
    for (;;) {
        seL4_Word badge;
        seL4_MessageInfo_t info = seL4_Recv(SLOT_MONITOR_ENDPOINT, &badge);

        if ((badge & MONITOR_NOTIFIED) != 0)
            notified(badge);
        else
            report(info);
    }
}

/* ---- Start-up, in the main thread ------------------------------------ */

/* Moves a fresh kernel object into a fixed slot; it is never freed. */
static bool fixed_object(unsigned type, unsigned size_bits, slot_t slot)
{
    struct kernel_object object;

    if (object_allocate(type, size_bits, &object) != CELL_OK)
        return false;
    must(kernel_move(slot, object.slot), "monitor: fixed slot");
    return true;
}

static bool map_pages(void)
{
    if (frames_allocate(PAGES, pages) != CELL_OK)
        return false;
    for (unsigned i = 0; i < PAGES; i++)
        if (i != PAGE_GUARD &&
            !space_map((uint64_t)page_address(i), frame_slot(pages[i]), true, false))
            return false;
    return true;
}

/* An interrupt handler in a fixed slot that signals a badge of the monitor. */
static void bind_interrupt(unsigned irq, slot_t handler, slot_t signal, unsigned bit)
{
    must((int)seL4_IRQControl_Get(SLOT_IRQ_CONTROL, irq, SLOT_ROOT_CNODE, handler,
                                  (seL4_Uint8)(kernel_root_bits + LEAF_BITS)),
         "monitor: interrupt");
    must(kernel_copy_badged(signal, SLOT_MONITOR_NOTIFICATION, RIGHTS_ALL, MONITOR_NOTIFIED | bit),
         "monitor: interrupt's signal");
    must((int)seL4_IRQHandler_SetNotification(handler, signal), "monitor: bind an interrupt");
    seL4_IRQHandler_Ack(handler);
}

static void start_devices(void)
{
    volatile uint32_t *registers = (volatile uint32_t *)(MONITOR_PORT + BOARD_CONTROL % PAGE_SIZE);

    has_channel = port_start(registers, dma_page(PAGE_DRIVER), dma_page(PAGE_INPUT));
    if (has_channel)
        bind_interrupt(BOARD_CONTROL_IRQ, SLOT_IRQ_CONTROL_CHANNEL, SLOT_MONITOR_CONTROL, MONITOR_CONTROL);
}

static bool alarm_runs;

void monitor_need_seconds(void)
{
    if (alarm_runs)
        return;
    alarm_runs = true;
    bind_interrupt(BOARD_CLOCK_IRQ, SLOT_IRQ_CLOCK, SLOT_MONITOR_CLOCK, MONITOR_CLOCK);
    alarm_next();
}

static void start_thread(void)
{
    static char tls[1024] __attribute__((aligned(64)));
    seL4_UserContext registers = {
        .pc = (uint64_t)monitor_main,
        .sp = (uint64_t)page_address(PAGE_STACK + STACK_PAGES),
    };

    if (runtime_tls_size() > sizeof tls)
        root_bug("thread-local storage of %zu bytes", runtime_tls_size());
    registers.tpidr_el0 = (uint64_t)runtime_tls_make(tls);
    must((int)seL4_TCB_Configure(
             SLOT_MONITOR_TCB, 0, SLOT_ROOT_CNODE,
             seL4_CNode_CapData_new(0, 64 - kernel_root_bits - LEAF_BITS).words[0], SLOT_VSPACE, 0,
             (seL4_Word)page_address(PAGE_BUFFER), frame_slot(pages[PAGE_BUFFER])),
         "monitor: configure");
    must((int)seL4_TCB_SetSchedParams(SLOT_MONITOR_TCB, SLOT_TCB, seL4_MaxPrio, PRIORITY_MONITOR),
         "monitor: priority");
    must((int)seL4_TCB_BindNotification(SLOT_MONITOR_TCB, SLOT_MONITOR_NOTIFICATION), "monitor: bind");
    must((int)seL4_TCB_WriteRegisters(SLOT_MONITOR_TCB, 1, 0, CPU_CONTEXT_WORDS, &registers),
         "monitor: start");
}

/* From here on, main's faults go to the monitor, which preempts it. */
static void watch_main(void)
{
    must(kernel_copy_badged(SLOT_ROOT_FAULT, SLOT_MONITOR_ENDPOINT, RIGHTS_ALL, MONITOR_FAULT_MAIN),
         "monitor: fault endpoint");
    must((int)seL4_TCB_SetSpace(
             SLOT_TCB, SLOT_ROOT_FAULT, SLOT_ROOT_CNODE,
             seL4_CNode_CapData_new(0, 64 - kernel_root_bits - LEAF_BITS).words[0], SLOT_VSPACE, 0),
         "monitor: fault handler");
    must((int)seL4_TCB_SetPriority(SLOT_TCB, SLOT_TCB, PRIORITY_MAIN), "monitor: priority of main");
}

bool monitor_start(bool heartbeat)
{
    if (!fixed_object(seL4_TCBObject, seL4_TCBBits, SLOT_MONITOR_TCB) ||
        !fixed_object(seL4_EndpointObject, seL4_EndpointBits, SLOT_MONITOR_ENDPOINT) ||
        !fixed_object(seL4_NotificationObject, seL4_NotificationBits, SLOT_MONITOR_NOTIFICATION) ||
        !map_pages())
        return false;
    monitor_shared.ring = page_address(PAGE_RING);
    monitor_shared.input = page_address(PAGE_INPUT);
    must(kernel_copy_badged(SLOT_KICK_MONITOR, SLOT_MONITOR_NOTIFICATION, RIGHTS_ALL,
                            MONITOR_NOTIFIED | MONITOR_KICK),
         "monitor: kick");
    has_heartbeat = heartbeat;
    start_devices();
    start_thread();
    watch_main();
    if (heartbeat)
        monitor_need_seconds();
    return true;
}

bool monitor_has_channel(void)
{
    return has_channel;
}
