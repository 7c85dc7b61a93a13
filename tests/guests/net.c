/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/guests/net.c: a guest that looks for another one on its network, by frames to all, and then talks to it alone. It also sends
 * frames that must not arrive: from an address that is not its own, and too short or too long ones.
 */
#include "tests/guests/lib/card.h"

static uint8_t peer[CARD_ADDRESS];
static const uint8_t everybody[CARD_ADDRESS] = {255, 255, 255, 255, 255, 255};

/* A frame with a letter behind its type. */
static void transmit(const uint8_t *to, const uint8_t *from, uint8_t letter, unsigned length)
{
    copy(card_frame, to, CARD_ADDRESS);
    copy(card_frame + CARD_ADDRESS, from, CARD_ADDRESS);
    card_frame[14] = letter;
    card_send(length);
}

static struct {
    uint32_t to_all, to_me, wrong;
} got;

static void came(const uint8_t *frame, unsigned length)
{
    const uint8_t *from = frame + CARD_ADDRESS;

    if (length == 60 && frame[14] == 'a' && same(frame, everybody, CARD_ADDRESS) && !same(from, card_own, CARD_ADDRESS)) {
        got.to_all++;
        copy(peer, from, CARD_ADDRESS);
    } else if (length == 60 && frame[14] == 'm' && same(frame, card_own, CARD_ADDRESS) && same(from, peer, CARD_ADDRESS)) {
        got.to_me++;
    } else {
        got.wrong++;
    }
}

int main(void)
{
    static const uint8_t other[CARD_ADDRESS] = {0x52, 0x54, 1, 2, 3, 4};
    unsigned rounds = 0;

    gic_start();
    interrupts_on();
    card_start();
    check("card", get32(CARD) == 0x74726976 && get32(CARD + VIRTIO_DEVICE) == 1 && get32(CARD + VIRTIO_STATUS) == VIRTIO_READY &&
                      card_own[0] == 0x52);
    check("connected", get32(CARD + 0x104) >> 16 == 1);
    say("net: looks for another one\n");
    while (rounds < 50) {
        transmit(everybody, card_own, 'a', 60);
        transmit(everybody, other, 's', 60);
        transmit(everybody, card_own, 't', 13);
        transmit(everybody, card_own, 'l', 1519);
        if (got.to_all != 0)
            transmit(peer, card_own, 'm', 60);
        card_take(came);
        rounds += got.to_me != 0;
    }
    check("nothing wrong", got.wrong == 0);
    finish();
}
