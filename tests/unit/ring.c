/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/ring.c: rings between two sides, honest ones and ones that lie about all that they can write. */
#include "lib/ring/ring.h"

#include <pthread.h>
#include <semaphore.h>

#include "tests/harness/unit.h"

#define PAGE 4096u

/* Memory of exactly that size, so that an access behind it is found. */
static void *memory_of(size_t bytes)
{
    void *memory = aligned_alloc(RING_LINE, bytes);

    CHECK(memory != NULL);
    memset(memory, 0, bytes);
    return memory;
}

static struct ring_entry entry_of(uint64_t number)
{
    struct ring_entry entry = {.tag = number, .label = number * 3, .length = RING_WORDS};

    for (unsigned i = 0; i < RING_WORDS; i++)
        entry.words[i] = number << 8 | i;
    return entry;
}

static bool is_entry(const struct ring_entry *entry, uint64_t number)
{
    struct ring_entry expected = entry_of(number);

    return memcmp(entry, &expected, sizeof expected) == 0;
}

static void test_room(void)
{
    struct ring ring;

    CHECK_EQUAL(ring_room(0), 0);
    CHECK_EQUAL(ring_room(4 * RING_LINE + 255), 0);
    CHECK_EQUAL(ring_room(4 * RING_LINE + 256), 1);
    CHECK_EQUAL(ring_room(PAGE), 15);
    CHECK_EQUAL(ring_room(SIZE_MAX) > 1, 1);
    _Alignas(RING_LINE) char small[RING_LINE];
    CHECK(!ring_client(&ring, small, 0) && !ring_server(&ring, small, 0));
}

static void test_order(void)
{
    void *memory = memory_of(PAGE);
    struct ring client, server;
    struct ring_entry entry;
    uint64_t put = 0, taken = 0;
    bool signal;

    CHECK(ring_client(&client, memory, PAGE) && ring_server(&server, memory, PAGE));
    CHECK(ring_take(&server.in, &entry) == RING_NONE && ring_may_wait(&server.in));
    for (unsigned round = 0; round < 100; round++) {
        for (unsigned i = 0; i <= round % 15; i++, put++) {
            entry = entry_of(put);
            CHECK(ring_put(&client.out, &entry, &signal) == RING_OK);
            CHECK_EQUAL(signal, i == 0);
        }
        CHECK(!ring_may_wait(&server.in));
        for (; taken < put; taken++) {
            CHECK(ring_take(&server.in, &entry) == RING_OK && is_entry(&entry, taken));
            CHECK(ring_put(&server.out, &entry, &signal) == RING_OK);
        }
        CHECK(ring_may_wait(&server.in));
        for (unsigned i = 0; i <= round % 15; i++)
            CHECK(ring_take(&client.in, &entry) == RING_OK && entry.tag == taken - round % 15 - 1 + i);
        CHECK(ring_take(&client.in, &entry) == RING_NONE);
    }
    free(memory);
}

static void test_full(void)
{
    void *memory = memory_of(PAGE);
    struct ring client, server;
    struct ring_entry entry = entry_of(0);
    bool signal;

    CHECK(ring_client(&client, memory, PAGE) && ring_server(&server, memory, PAGE));
    for (unsigned i = 0; i < 15; i++)
        CHECK(ring_put(&client.out, &entry, &signal) == RING_OK);
    CHECK(ring_put(&client.out, &entry, &signal) == RING_NONE && !signal);
    CHECK(ring_take(&server.in, &entry) == RING_OK);
    CHECK(ring_put(&client.out, &entry, &signal) == RING_OK && !signal);
    free(memory);
}

/* ---- Peers that lie -------------------------------------------------------- */

static uint64_t random_word(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;

    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Every count that the other side can write, at its edges: nothing is taken that is not there. */
static void test_lies(void)
{
    static const uint64_t lies[] = {0, 1, 14, 15, 16, 17, 30, 1u << 31, UINT32_MAX, INT64_MAX,
                                    UINT64_C(1) << 63, UINT64_MAX - 15, UINT64_MAX - 1, UINT64_MAX};
    void *memory = memory_of(PAGE);
    struct ring client, server;
    struct ring_entry entry;
    bool signal;

    for (unsigned i = 0; i < sizeof lies / sizeof *lies; i++) {
        memset(memory, 0, PAGE);
        CHECK(ring_client(&client, memory, PAGE) && ring_server(&server, memory, PAGE));
        *server.in.other = lies[i];
        enum ring_result result = ring_take(&server.in, &entry);
        CHECK_EQUAL(result, lies[i] == 0 ? RING_NONE : lies[i] <= 15 ? RING_OK
                                                                     : RING_BROKEN);
        CHECK_EQUAL(server.in.count, lies[i] - 1 < 15 ? 1 : 0);
        entry = entry_of(1);
        *client.out.other = lies[i];
        result = ring_put(&client.out, &entry, &signal);
        CHECK_EQUAL(result, lies[i] == 0 || lies[i] >= UINT64_MAX - 14 ? (lies[i] == UINT64_MAX - 14 ? RING_NONE : RING_OK)
                                                                       : RING_BROKEN);
    }
    free(memory);
}

/* All that is shared changes between any two steps: each step does one thing at most, and stays in the memory. */
static void test_fuzz(void)
{
    unsigned long steps = unit_long() ? 50000000 : 500000;
    size_t bytes = PAGE;
    uint64_t *memory = memory_of(bytes);
    struct ring server;
    struct ring_entry entry;
    bool signal;
    unsigned long ok = 0, broken = 0;

    CHECK(ring_server(&server, memory, bytes));
    for (unsigned long i = 0; i < steps; i++) {
        uint64_t word = random_word(), in = server.in.count, out = server.out.count;

        memory[word % 4 * 8] = word >> 8 & 1 ? word >> 16 : (word >> 9 & 1 ? in : out) + (word >> 10) % 20 - 2;
        memory[random_word() % (bytes / 8)] = random_word();
        /* Its own place, whatever the shared count of it says. */
        struct ring_entry there = server.in.entries[in % server.in.room];

        enum ring_result result = word >> 60 & 1 ? ring_take(&server.in, &entry) : ring_put(&server.out, &entry, &signal);
        CHECK_EQUAL(server.in.count + server.out.count, in + out + (result == RING_OK));
        CHECK(server.in.count == in || memcmp(&entry, &there, sizeof entry) == 0);
        ok += result == RING_OK;
        broken += result == RING_BROKEN;
    }
    CHECK(ok > steps / 100 && broken > steps / 100);
    free(memory);
}

/* ---- Two threads ------------------------------------------------------------ */

#define ROUNDS 200000u

static struct ring near, far;
static sem_t near_signal, far_signal;

static void *serve(void *nothing)
{
    struct ring_entry entry;
    bool signal;

    for (unsigned i = 0; i < ROUNDS;) {
        if (ring_take(&far.in, &entry) != RING_OK) {
            if (ring_may_wait(&far.in))
                sem_wait(&far_signal);
            continue;
        }
        entry.words[0]++;
        if (ring_put(&far.out, &entry, &signal) != RING_OK)
            return &far; /* there is room for an answer to each */
        if (signal)
            sem_post(&near_signal);
        i++;
    }
    return nothing;
}

/* No signal is missed: both sides wait whenever they may, and each request is answered once, in order. */
static void test_threads(void)
{
    size_t bytes = 4 * RING_LINE + 3 * 2 * sizeof(struct ring_entry);
    void *memory = memory_of(bytes), *failed;
    unsigned asked = 0, answered = 0;
    struct ring_entry entry;
    pthread_t thread;
    bool signal;

    CHECK(ring_client(&near, memory, bytes) && ring_server(&far, memory, bytes));
    CHECK(sem_init(&near_signal, 0, 0) == 0 && sem_init(&far_signal, 0, 0) == 0);
    CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
    while (answered < ROUNDS) {
        /* Room in the queue of answers, too: what was asked and not taken is at most the room. */
        if (asked < ROUNDS && asked - answered < near.out.room) {
            entry = entry_of(asked);
            CHECK(ring_put(&near.out, &entry, &signal) == RING_OK);
            asked++;
            if (signal)
                sem_post(&far_signal);
            if (asked % 3 != 0)
                continue;
        }
        if (ring_take(&near.in, &entry) == RING_OK) {
            CHECK(entry.tag == answered && entry.words[0] == (entry.tag << 8) + 1);
            answered++;
        } else if (ring_may_wait(&near.in)) {
            sem_wait(&near_signal);
        }
    }
    CHECK(pthread_join(thread, &failed) == 0 && failed == NULL);
    free(memory);
}

static const struct unit_test tests[] = {
    {"room", test_room},
    {"order", test_order},
    {"full", test_full},
    {"lies", test_lies},
    {"fuzz", test_fuzz},
    {"threads", test_threads},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
