/* SPDX-License-Identifier: BSD-2-Clause */
/* root/channel/control.c: see control.h. The main thread's side of the control channel. */
#include "root/channel/control.h"

#include <sel4/sel4.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/control/frame.h"
#include "root/base/bug.h"
#include "root/channel/control_start.h"
#include "root/channel/monitor.h"
#include "root/loop/clock.h"
#include "root/loop/clock_source.h"
#include "root/loop/loop.h"

#define KINDS 8u
/* Arm DEN 0022 (PSCI): SYSTEM_OFF. */
#define PSCI_SYSTEM_OFF 0x84000008u
/* How long the machine waits at its end for the runner to take what was sent. */
#define DRAIN_NANOSECONDS (10 * UINT64_C(1000000000))

/* ---- Output ---------------------------------------------------------- */

bool control_present(void)
{
    return monitor_has_channel();
}

static uint64_t room(void)
{
    return RING_SIZE - (monitor_shared.head - monitor_shared.tail);
}

/* Copies into the ring behind its head, without moving that; returns where it ends. */
static uint64_t append(uint64_t at, const char *bytes, size_t size)
{
    uint64_t offset = at % RING_SIZE;
    size_t part = RING_SIZE - offset < size ? RING_SIZE - offset : size;

    memcpy(monitor_shared.ring + offset, bytes, part);
    memcpy(monitor_shared.ring, bytes + part, size - part);
    return at + size;
}

bool control_send(const char *kind, const void *payload, size_t size)
{
    char header[FRAME_HEADER_SIZE];
    size_t length = frame_header(header, kind, size);

    if (!control_present())
        return true;
    if (size > CONTROL_PAYLOAD || room() < length + size)
        return false;
    uint64_t end = append(append(monitor_shared.head, header, length), payload, size);

    __asm__ volatile("dmb ish" : : : "memory");
    monitor_shared.head = end;
    seL4_Signal(SLOT_KICK_MONITOR);
    return true;
}

bool control_ready(void)
{
    return !control_present() || room() >= CONTROL_PAYLOAD + FRAME_HEADER_SIZE;
}

static void (*when_ready)(void *context);
static void *when_ready_context;

void control_when_ready(void (*run)(void *context), void *context)
{
    when_ready = run;
    when_ready_context = context;
    monitor_shared.room = CONTROL_PAYLOAD + FRAME_HEADER_SIZE;
    monitor_shared.want_room = true;
    seL4_Signal(SLOT_KICK_MONITOR);
}

void control_log(const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof text - 1)
        length = sizeof text - 1;
    if (length > 0)
        control_send("log", text, (size_t)length);
}

/* ---- Input ----------------------------------------------------------- */

static struct {
    const char *kind;
    void (*run)(const char *payload, size_t size);
} kinds[KINDS];
static unsigned kind_count;

static struct frame_parser parser;
static char received[CONTROL_TEXT + 1];
static size_t received_size;

void control_register(const char *kind, void (*run)(const char *payload, size_t size))
{
    if (kind_count == KINDS)
        root_bug("too many kinds of frames are registered");
    kinds[kind_count].kind = kind;
    kinds[kind_count++].run = run;
}

static void run_frame(void)
{
    received[received_size] = 0;
    for (unsigned i = 0; i < kind_count; i++)
        if (strcmp(kinds[i].kind, parser.kind) == 0)
            kinds[i].run(received, received_size);
}

static void collect(void)
{
    size_t size = parser.data_size;

    if (size > CONTROL_TEXT - received_size)
        size = CONTROL_TEXT - received_size;
    memcpy(received + received_size, parser.data, size);
    received_size += size;
}

static void take_input(const uint8_t *bytes, size_t size)
{
    for (;;) {
        enum frame_event event;
        size_t used = frame_parse(&parser, bytes, size, &event);

        bytes += used;
        size -= used;
        if (event == FRAME_MORE)
            return;
        if (event == FRAME_START)
            received_size = 0;
        else if (event == FRAME_DATA)
            collect();
        else if (event == FRAME_END)
            run_frame();
    }
}

/* ---- Signals of the monitor ------------------------------------------ */

static void signalled(void)
{
    uint64_t second = monitor_shared.second;

    if (monitor_shared.seen != second) {
        monitor_shared.seen = second;
        clock_second();
    }
    if (monitor_shared.input_size != 0) {
        take_input((const uint8_t *)monitor_shared.input, monitor_shared.input_size);
        monitor_shared.input_size = 0;
        seL4_Signal(SLOT_KICK_MONITOR);
    }
    if (when_ready != NULL && control_ready()) {
        void (*run)(void *) = when_ready;

        when_ready = NULL;
        run(when_ready_context);
    }
}

/* ---- The end --------------------------------------------------------- */

_Noreturn void control_exit(int status)
{
    char number[12];
    int length = snprintf(number, sizeof number, "%d", status);

    control_send("exit", number, (size_t)length);
    for (uint64_t end = clock_after(DRAIN_NANOSECONDS);
         monitor_shared.tail != monitor_shared.head && clock_now() < end;)
        seL4_Yield();
    seL4_ARM_SMCContext off = {.x0 = PSCI_SYSTEM_OFF}, answer;

    /* Where SMC calls are not allowed, the slot is empty, and the runner ends the
     * machine. */
    seL4_ARM_SMC_Call(SLOT_SMC, &off, &answer);
    for (;;)
        seL4_TCB_Suspend(SLOT_TCB);
}

/* Exit status of the runner after a report (STATUS_REPORT of tools/runner.h). */
#define STATUS_REPORT 71

_Noreturn void control_fail(const char *format, ...)
{
    char text[4096];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    control_send("report", text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
    control_exit(STATUS_REPORT);
}

static void poweroff(const char *payload, size_t size)
{
    (void)payload;
    (void)size;
    control_exit(0);
}

void control_init(void)
{
    frame_parser_init(&parser);
    loop_register(SIGNAL_CONTROL, signalled);
    control_register("poweroff", poweroff);
}
