/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/garbage.c: sends random messages to the root task through every handle that
 * it has. `garbage [COUNT [SEED]]`. Requests that its rights allow may succeed; everything
 * else in the system must go on. */
#include <cell/idl/word.h>
#include <cell/idl/ep.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/random.h"

/* A number that is often just inside or just outside of a valid range. */
static uint64_t random_word(void)
{
    static const uint64_t edges[] = {0, 1, 2, 4095, 4096, 65536, UINT64_MAX, UINT64_C(1) << 63,
                                     CSPACE_SELF, CSPACE_NOTIFICATION, 0xe0000000, 0xf0000000};
    uint64_t number = random_next();

    return number % 3 == 0 ? number >> 8
           : number % 3 == 1 ? (number >> 8) % 300
                             : edges[(number >> 8) % (sizeof edges / sizeof *edges)];
}

/* Leaves out requests that would end this program, as a forged fault does, or would wait forever, as a call on an endpoint of
 * its own does. */
static bool is_left_out(cell_cap_t to, uint64_t label)
{
    static const uint64_t left_out[] = {PD_EXIT_LABEL, PD_WAIT_LABEL, WORD_WAIT_LABEL,
                                        EP_ALLOCATE_LABEL};

    for (unsigned i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (left_out[i] == label)
            return true;
    return to == CSPACE_SELF && label >> 16 == 0;
}

static void send_one(cell_cap_t to)
{
    uint64_t words[120];
    uint64_t label = random_next() % 16 << 16 | random_next() % 26;
    unsigned length = (unsigned)(random_next() % (random_next() % 8 == 0 ? 120 : 6));

    for (unsigned i = 0; i < length; i++)
        words[i] = random_word();
    if (random_next() % 16 == 0)
        label = random_next() & 0xfffffffffffff;
    if (!is_left_out(to, label))
        cell_call(to, label, words, length, 0);
}

/* The handles of the root task, not those of other servers. */
static unsigned handles(cell_cap_t found[], unsigned most)
{
    static const char *const types[] = {"MO", "ADS", "VCPU", "EP", "PD", "RESSPC"};
    unsigned count = 0;

    found[count++] = CSPACE_SELF;
    for (unsigned i = 0; i < sizeof types / sizeof *types && count < most; i++)
        if (cell_rde(types[i]) != 0)
            found[count++] = cell_rde(types[i]);
    for (unsigned i = 0; i < 8 && count < most; i++)
        found[count++] = CSPACE_AT(CSPACE_COMMON, i);
    return count;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    cell_cap_t to[16];
    unsigned number = handles(to, 16);

    random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (unsigned long i = 0; i < count; i++)
        send_one(to[random_next() % number]);
    printf("garbage: %lu messages sent\n", count);
    return 0;
}
