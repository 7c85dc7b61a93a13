/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/monitor.h: the monitor, a thread of the root task with a higher
 * priority, and what it shares with the main thread.
 *
 * It drives the control channel, sends the heartbeat, and handles the main
 * thread's faults by writing a report. The two share an output ring, an input
 * page and a few numbers; each number has one writer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RING_SIZE 65536u

struct monitor_shared {
    /* Output: bytes `tail` to `head` - 1, modulo RING_SIZE, are whole frames. */
    char *ring;
    volatile uint64_t head;       /* main */
    volatile uint64_t tail;       /* monitor */
    volatile bool want_room;      /* main: signal when there is room for `room` bytes */
    volatile uint32_t room;
    /* Input: bytes in `input`, until main has taken them. */
    char *input;
    volatile uint32_t input_size; /* monitor sets it, main zeroes it */
    /* Seconds that the monitor counted, and the last one that main has seen. */
    volatile uint64_t second;
    volatile uint64_t seen;
};

extern struct monitor_shared monitor_shared;

/* Badges of the monitor's notification and endpoint. */
#define MONITOR_KICK 1u
#define MONITOR_CLOCK 2u
#define MONITOR_CONTROL 4u
#define MONITOR_NOTIFIED (UINT64_C(1) << 63)
#define MONITOR_FAULT_MAIN 1u

/* Makes and starts the monitor. The registers of the channel's device and of the clock are
 * mapped. `heartbeat`: send one each second. False: no memory. */
bool monitor_start(bool heartbeat);

/* Starts the second-by-second alarm if it does not run for the heartbeat. */
void monitor_need_seconds(void);

/* Is there a control channel? */
bool monitor_has_channel(void);

/* Where the page with the registers of the channel's device is mapped. */
#define MONITOR_PORT (SPACE_DEVICES + 0x8000)
