/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/guests/lib/card.c: see card.h. */
#include "tests/guests/lib/card.h"

#define FEATURES (1u << 5 | 1u << 16) /* an address, a status */
#define HEADER 12u
#define ROOM 2048u

static struct queue queues[2] __attribute__((aligned(4096)));
static uint8_t received[QUEUE_SIZE][ROOM] __attribute__((aligned(4096))), sent[ROOM] __attribute__((aligned(4096)));
uint8_t card_own[CARD_ADDRESS];
uint8_t *const card_frame = sent + HEADER;

void card_start(void)
{
    virtio_reset(CARD, FEATURES);
    for (unsigned number = 0; number < 2; number++)
        virtio_place(CARD, number, &queues[number]);
    put32(CARD + VIRTIO_STATUS, VIRTIO_READY);
    for (unsigned i = 0; i < CARD_ADDRESS; i++)
        card_own[i] = *(volatile uint8_t *)(CARD + 0x100 + i);
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        queue_describe(&queues[0], i, (uint64_t)received[i], ROOM, QUEUE_IN);
        queue_offer(&queues[0], i, CARD, 0);
    }
}

void card_send(unsigned length)
{
    const uint16_t before = queues[1].used.index;

    queue_describe(&queues[1], 0, (uint64_t)sent, HEADER + length, 0);
    queue_offer(&queues[1], 0, CARD, 1);
    while (queues[1].used.index == before)
        continue;
}

void card_take(void (*came)(const uint8_t *frame, unsigned length))
{
    static uint16_t seen;

    for (; seen != queues[0].used.index; seen++) {
        const unsigned index = queues[0].used.ring[seen % QUEUE_SIZE].id % QUEUE_SIZE;
        const unsigned length = queues[0].used.ring[seen % QUEUE_SIZE].length;

        came(received[index] + HEADER, length >= HEADER && length <= ROOM && received[index][10] == 1 ? length - HEADER : 0);
        queue_offer(&queues[0], index, CARD, 0);
    }
}
