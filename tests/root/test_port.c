/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/root/test_port.c: the control channel through a serial port whose FIFOs have 64 bytes (root/channel/port_uart.c). */
#include <board_uart.h>

#include "root/channel/port.h"
#include "tests/harness/unit.h"

#define PIECE 1000u

struct fake_uart fake_uart;

static uint32_t registers[1];
static char output[PIECE * (PORT_PIECES + 1)], input[PAGE_SIZE];

static void start(void)
{
    static bool started;

    memset(&fake_uart, 0, sizeof fake_uart);
    for (size_t i = 0; i < sizeof output; i++)
        output[i] = (char)(i * 7 + i / 256);
    if (!started)
        CHECK(port_start(registers, (struct dma_page){output, 0}, (struct dma_page){input, 0}));
    started = true;
    port_receive();
    CHECK(fake_uart.listens);
}

static bool send_piece(uint32_t number)
{
    return port_send((struct dma_page){output, 0}, number * PIECE, PIECE, number);
}

/* The other side takes what is in the FIFO; returns whether there was anything. */
static bool drain(size_t *taken)
{
    bool any = fake_uart.out.count > 0;

    while (fake_uart.out.count > 0)
        CHECK_EQUAL(fifo_take(&fake_uart.out), output[(*taken)++]);
    return any;
}

static void test_output(void)
{
    uint32_t tag, done = 0;
    size_t taken = 0;

    start();
    for (uint32_t i = 0; i < PORT_PIECES; i++)
        CHECK(send_piece(i));
    CHECK(!send_piece(PORT_PIECES));
    port_notify();
    do {
        CHECK(fake_uart.tells_sent);
        while (port_retired(&tag) != 0) {
            CHECK_EQUAL(tag, done++);
            CHECK(taken + FIFO >= done * PIECE);
        }
        CHECK(done < PORT_PIECES);
        drain(&taken);
        port_notify();
    } while (fake_uart.tells_sent);
    CHECK_EQUAL(taken, PORT_PIECES * PIECE);
    CHECK_EQUAL(port_retired(&tag), PIECE);
    CHECK_EQUAL(tag, PORT_PIECES - 1);
    CHECK_EQUAL(port_retired(&tag), 0);
}

/* A machine that waits for the end of its output may switch itself off then. */
static void test_last_byte(void)
{
    size_t taken = 0;
    uint32_t tag;

    start();
    CHECK(port_send((struct dma_page){output, 0}, 0, 10, 5));
    port_notify();
    CHECK_EQUAL(port_retired(&tag), 0);
    CHECK(fake_uart.tells_sent);
    CHECK(drain(&taken));
    port_notify();
    CHECK(!fake_uart.tells_sent);
    CHECK_EQUAL(port_retired(&tag), 10);
    CHECK_EQUAL(tag, 5);
}

static void arrive(char byte)
{
    CHECK(fake_uart.in.count < FIFO);
    fake_uart.in.bytes[fake_uart.in.count++] = byte;
}

/* While the page is lent, bytes stay in the FIFO, and nobody is woken for them. */
static void test_input(void)
{
    start();
    CHECK_EQUAL(port_received(), 0);
    CHECK(fake_uart.listens);
    for (char c = 'a'; c <= 'e'; c++)
        arrive(c);
    CHECK_EQUAL(port_received(), 5);
    CHECK(memcmp(input, "abcde", 5) == 0);
    CHECK(!fake_uart.listens);
    for (unsigned i = 0; i < FIFO; i++)
        arrive((char)i);
    CHECK(memcmp(input, "abcde", 5) == 0);
    port_receive();
    CHECK(fake_uart.listens);
    CHECK_EQUAL(port_received(), FIFO);
    for (unsigned i = 0; i < FIFO; i++)
        CHECK_EQUAL(input[i], i);
}

static void test_loss(void)
{
    start();
    port_acknowledge();
    CHECK(!port_has_lost());
    fake_uart.lost = true;
    port_acknowledge();
    fake_uart.lost = false;
    port_acknowledge();
    CHECK(port_has_lost());
}

static const struct unit_test tests[] = {
    {"port.output", test_output}, {"port.last-byte", test_last_byte}, {"port.input", test_input}, {"port.loss", test_loss}};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
