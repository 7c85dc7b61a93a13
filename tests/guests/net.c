/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/guests/net.c: a guest that looks for another one on its network, by frames to all, and then talks to it alone. It also sends what
 * nobody may get: frames from an address that is not its own, and frames that are too short or too long.
 */
#include "tests/guests/lib/guest.h"

#define CARD UINT64_C(0x0a000600)
#define SIZE 8u /* entries of a queue */
#define IN 2u   /* a flag of a descriptor: the device writes there */
#define HEADER 12u
#define ADDRESS 6u
#define ROOM 2048u

struct queue {
    struct {
        uint64_t address;
        uint32_t length;
        uint16_t flags, next;
    } descriptors[SIZE];
    struct {
        volatile uint16_t flags, index, ring[SIZE];
    } available;
    struct {
        volatile uint16_t flags, index;
        struct {
            volatile uint32_t id, length;
        } ring[SIZE];
    } used __attribute__((aligned(16)));
};

static struct queue queues[2] __attribute__((aligned(4096)));
static uint8_t received[SIZE][ROOM] __attribute__((aligned(4096))), sent[ROOM] __attribute__((aligned(4096)));
static uint8_t own[ADDRESS], peer[ADDRESS];
static const uint8_t everybody[ADDRESS] = {255, 255, 255, 255, 255, 255};

static void barrier(void)
{
    __asm__ volatile("dmb sy"
                     :
                     :
                     : "memory");
}

static void copy(uint8_t *to, const uint8_t *from, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        to[i] = from[i];
}

static bool same(const uint8_t *one, const uint8_t *other)
{
    for (unsigned i = 0; i < ADDRESS; i++)
        if (one[i] != other[i])
            return false;
    return true;
}

/* ---- The card -------------------------------------------------------------------------- */

static void start(void)
{
    put32(CARD + 0x70, 0);
    put32(CARD + 0x70, 3);
    put32(CARD + 0x24, 0);
    put32(CARD + 0x20, 1 << 5 | 1 << 16);
    put32(CARD + 0x24, 1);
    put32(CARD + 0x20, 1);
    put32(CARD + 0x70, 11);
    for (unsigned number = 0; number < 2; number++) {
        put32(CARD + 0x30, number);
        put32(CARD + 0x38, SIZE);
        put32(CARD + 0x80, (uint32_t)(uint64_t)&queues[number].descriptors);
        put32(CARD + 0x90, (uint32_t)(uint64_t)&queues[number].available);
        put32(CARD + 0xa0, (uint32_t)(uint64_t)&queues[number].used);
        put32(CARD + 0x44, 1);
    }
    put32(CARD + 0x70, 15);
    for (unsigned i = 0; i < ADDRESS; i++)
        own[i] = *(volatile uint8_t *)(CARD + 0x100 + i);
}

static void offer(unsigned number, unsigned index)
{
    struct queue *queue = &queues[number];

    queue->available.ring[queue->available.index % SIZE] = (uint16_t)index;
    barrier();
    queue->available.index++;
    barrier();
    put32(CARD + 0x50, number);
}

/* A frame with a letter behind its type; it is gone when this returns. */
static void transmit(const uint8_t *to, const uint8_t *from, uint8_t letter, unsigned length)
{
    const uint16_t before = queues[1].used.index;

    copy(sent + HEADER, to, ADDRESS);
    copy(sent + HEADER + ADDRESS, from, ADDRESS);
    sent[HEADER + 14] = letter;
    queues[1].descriptors[0].address = (uint64_t)sent;
    queues[1].descriptors[0].length = HEADER + length;
    queues[1].descriptors[0].flags = 0;
    offer(1, 0);
    while (queues[1].used.index == before)
        continue;
}

/* ---- The other one ------------------------------------------------------------------------ */

static struct {
    uint32_t to_all, to_me, wrong;
} got;

static void take(void)
{
    static uint16_t seen;

    for (; seen != queues[0].used.index; seen++) {
        const unsigned index = queues[0].used.ring[seen % SIZE].id % SIZE;
        const uint8_t *frame = received[index] + HEADER;
        const bool is_whole = queues[0].used.ring[seen % SIZE].length == HEADER + 60 && received[index][10] == 1;

        if (is_whole && frame[14] == 'a' && same(frame, everybody) && !same(frame + ADDRESS, own)) {
            got.to_all++;
            copy(peer, frame + ADDRESS, ADDRESS);
        } else if (is_whole && frame[14] == 'm' && same(frame, own) && same(frame + ADDRESS, peer)) {
            got.to_me++;
        } else {
            got.wrong++;
        }
        offer(0, index);
    }
}

int main(void)
{
    static const uint8_t other[ADDRESS] = {0x52, 0x54, 1, 2, 3, 4};
    unsigned rounds = 0;

    gic_start();
    interrupts_on();
    start();
    check("card", get32(CARD) == 0x74726976 && get32(CARD + 8) == 1 && get32(CARD + 0x70) == 15 && own[0] == 0x52);
    check("connected", get32(CARD + 0x104) >> 16 == 1);
    for (unsigned i = 0; i < SIZE; i++) {
        queues[0].descriptors[i].address = (uint64_t)received[i];
        queues[0].descriptors[i].length = ROOM;
        queues[0].descriptors[i].flags = IN;
        offer(0, i);
    }
    say("net: looks for another one\n");
    while (rounds < 50) {
        transmit(everybody, own, 'a', 60);
        transmit(everybody, other, 's', 60);
        transmit(everybody, own, 't', 13);
        transmit(everybody, own, 'l', 1519);
        if (got.to_all != 0)
            transmit(peer, own, 'm', 60);
        take();
        rounds += got.to_me != 0;
    }
    check("nothing wrong", got.wrong == 0);
    finish();
}
