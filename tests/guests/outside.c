/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/guests/outside.c: a guest that asks a gateway outside, 10.0.2.2, as QEMU's network has it: by ARP which address it has, and by an
 * ICMP echo request whether it answers. Requests may get lost, so it repeats them until it gets an answer. With `rounds=N` it does so N
 * times: again when its card was disconnected and is connected again.
 */
#include "tests/guests/lib/card.h"

#define DATA 32u /* bytes of an echo */

static const uint8_t everybody[CARD_ADDRESS] = {255, 255, 255, 255, 255, 255};
static const uint8_t gateway[4] = {10, 0, 2, 2};
static uint8_t own[4] = {10, 0, 2, 15};
static uint8_t gateway_card[CARD_ADDRESS];
static volatile uint32_t answers, echoes, wrong;

static void begin(const uint8_t *to, unsigned type)
{
    for (unsigned i = 0; i < 128; i++)
        card_frame[i] = 0;
    copy(card_frame, to, CARD_ADDRESS);
    copy(card_frame + 6, card_own, CARD_ADDRESS);
    card_frame[12] = (uint8_t)(type >> 8);
    card_frame[13] = (uint8_t)type;
}

static void ask_address(void)
{
    static const uint8_t head[] = {0, 1, 8, 0, 6, 4, 0, 1}; /* Ethernet, IPv4, a request */

    begin(everybody, 0x0806);
    copy(card_frame + 14, head, sizeof head);
    copy(card_frame + 22, card_own, CARD_ADDRESS);
    copy(card_frame + 28, own, 4);
    copy(card_frame + 38, gateway, 4);
    card_send(60);
}

/* RFC 1071, of big-endian words. */
static void set_sum(uint8_t *at, const uint8_t *bytes, unsigned count)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < count; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    at[0] = (uint8_t)(sum >> 8);
    at[1] = (uint8_t)sum;
}

static void ask_echo(void)
{
    static const uint8_t head[] = {0x45, 0, 0, 28 + DATA, 0, 1, 0, 0, 64, 1};
    uint8_t *packet = card_frame + 14, *echo = packet + 20;

    begin(gateway_card, 0x0800);
    copy(packet, head, sizeof head);
    copy(packet + 12, own, 4);
    copy(packet + 16, gateway, 4);
    set_sum(packet + 10, packet, 20);
    echo[0] = 8;
    echo[5] = 77;
    for (unsigned i = 0; i < DATA; i++)
        echo[8 + i] = (uint8_t)(3 * i);
    set_sum(echo + 2, echo, 8 + DATA);
    card_send(14 + 28 + DATA);
}

static void came(const uint8_t *frame, unsigned length)
{
    const uint8_t *packet = frame + 14, *echo = packet + 20;

    wrong += length == 0;
    if (length >= 42 && frame[12] == 8 && frame[13] == 6 && packet[7] == 2 && same(packet + 14, gateway, 4)) {
        copy(gateway_card, packet + 8, CARD_ADDRESS);
        answers++;
    } else if (length >= 42 + DATA && frame[12] == 8 && frame[13] == 0 && packet[9] == 1 && same(packet + 12, gateway, 4)) {
        echoes += echo[0] == 0 && echo[5] == 77 && echo[8 + 1] == 3 && echo[8 + DATA - 1] == (uint8_t)(3 * (DATA - 1));
    }
}

static void say_byte(uint8_t byte)
{
    const char text[] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15], 0};

    say(text);
}

/* Asks until it is answered, ten times in a second. */
static void until(const volatile uint32_t *count, void (*ask)(void))
{
    static const volatile uint32_t never;

    while (*count == 0) {
        ask();
        for (unsigned i = 0; i < 100 && *count == 0; i++) {
            wait_until(&never, 1, 1);
            card_take(came);
        }
    }
}

#define CONFIGURATION_CHANGED 2u /* why there is an interrupt */

static bool is_connected(void)
{
    return get32(CARD + 0x104) >> 16 == 1;
}

static void reach(void)
{
    answers = echoes = 0;
    until(&answers, ask_address);
    say("outside: the gateway is at ");
    for (unsigned i = 0; i < CARD_ADDRESS; i++)
        say_byte(gateway_card[i]);
    say("\n");
    until(&echoes, ask_echo);
}

static bool has_same_address(void)
{
    bool is_same = true;

    for (unsigned i = 0; i < CARD_ADDRESS; i++)
        is_same = is_same && *(volatile uint8_t *)(CARD + 0x100 + i) == card_own[i];
    return is_same;
}

/* The card tells of it, also if that is over when it is looked at. */
static void wait_for_another_connection(void)
{
    while ((get32(CARD + VIRTIO_INTERRUPT) & CONFIGURATION_CHANGED) == 0)
        card_take(came);
    while (!is_connected())
        continue;
    put32(CARD + VIRTIO_ACKNOWLEDGE, CONFIGURATION_CHANGED);
}

int main(const char *tree)
{
    const uint64_t rounds = number_of(tree, "rounds=", 1);

    gic_start();
    interrupts_on();
    card_start();
    own[3] = (uint8_t)(15 + card_own[5]);
    check("connected", is_connected());
    reach();
    for (uint64_t round = 1; round < rounds; round++) {
        say("outside: reached\n");
        wait_for_another_connection();
        check("the same address", has_same_address());
        if (!has_same_address())
            finish();
        reach();
    }
    check("echo", wrong == 0);
    finish();
}
