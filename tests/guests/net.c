/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/guests/net.c: a guest that looks for another one on its network, by frames to all, and then talks to it alone. It also sends what
 * nobody may get: frames from an address that is not its own, and frames that are too short or too long.
 */
#include "tests/guests/lib/virtio.h"

#define CARD UINT64_C(0x0a000600)
#define FEATURES (1u << 5 | 1u << 16) /* an address, a status */
#define HEADER 12u
#define ADDRESS 6u
#define ROOM 2048u

static struct queue queues[2] __attribute__((aligned(4096)));
static uint8_t received[QUEUE_SIZE][ROOM] __attribute__((aligned(4096))), sent[ROOM] __attribute__((aligned(4096)));
static uint8_t own[ADDRESS], peer[ADDRESS];
static const uint8_t everybody[ADDRESS] = {255, 255, 255, 255, 255, 255};

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
    virtio_reset(CARD, FEATURES);
    for (unsigned number = 0; number < 2; number++)
        virtio_place(CARD, number, &queues[number]);
    put32(CARD + VIRTIO_STATUS, VIRTIO_READY);
    for (unsigned i = 0; i < ADDRESS; i++)
        own[i] = *(volatile uint8_t *)(CARD + 0x100 + i);
}

/* A frame with a letter behind its type; it is gone when this returns. */
static void transmit(const uint8_t *to, const uint8_t *from, uint8_t letter, unsigned length)
{
    const uint16_t before = queues[1].used.index;

    copy(sent + HEADER, to, ADDRESS);
    copy(sent + HEADER + ADDRESS, from, ADDRESS);
    sent[HEADER + 14] = letter;
    queue_describe(&queues[1], 0, (uint64_t)sent, HEADER + length, 0);
    queue_offer(&queues[1], 0, CARD, 1);
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
        const unsigned index = queues[0].used.ring[seen % QUEUE_SIZE].id % QUEUE_SIZE;
        const uint8_t *frame = received[index] + HEADER;
        const bool is_whole = queues[0].used.ring[seen % QUEUE_SIZE].length == HEADER + 60 && received[index][10] == 1;

        if (is_whole && frame[14] == 'a' && same(frame, everybody) && !same(frame + ADDRESS, own)) {
            got.to_all++;
            copy(peer, frame + ADDRESS, ADDRESS);
        } else if (is_whole && frame[14] == 'm' && same(frame, own) && same(frame + ADDRESS, peer)) {
            got.to_me++;
        } else {
            got.wrong++;
        }
        queue_offer(&queues[0], index, CARD, 0);
    }
}

int main(void)
{
    static const uint8_t other[ADDRESS] = {0x52, 0x54, 1, 2, 3, 4};
    unsigned rounds = 0;

    gic_start();
    interrupts_on();
    start();
    check("card", get32(CARD) == 0x74726976 && get32(CARD + VIRTIO_DEVICE) == 1 && get32(CARD + VIRTIO_STATUS) == VIRTIO_READY &&
                      own[0] == 0x52);
    check("connected", get32(CARD + 0x104) >> 16 == 1);
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        queue_describe(&queues[0], i, (uint64_t)received[i], ROOM, QUEUE_IN);
        queue_offer(&queues[0], i, CARD, 0);
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
