/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/kv.c: instructions of the key-value store, from the client's call to the answer. It stands in for the client of
 * systems/kv1 and so on (apps/kvclient/client.c), so what is measured is those configurations.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/kvclient/kv.h"
#include "bench/system/measure.h"

#define KEYS 64u

static void set_all(const struct kv_way *way, uint64_t store, const char *name, uint64_t round)
{
    uint64_t value[2] = {0, round}, start = measure_now();

    for (value[0] = 0; value[0] < KEYS; value[0]++)
        measure_need(way->set(store, value[0], value, sizeof value), name);
    measure_row(name, measure_now() - start, KEYS);
}

static void get_all(const struct kv_way *way, uint64_t store, const char *name, uint64_t round)
{
    uint64_t value[KV_VALUE_MOST / 8], bytes, start = measure_now();

    for (uint64_t key = 0; key < KEYS; key++) {
        measure_need(way->get(store, key, value, &bytes), name);
        if (bytes != 16 || value[0] != key || value[1] != round)
            measure_fail(CELL_CORRUPT, name);
    }
    measure_row(name, measure_now() - start, KEYS);
}

int client_run(const struct kv_way *way, int argc, char **argv)
{
    uint64_t store;

    (void)argc;
    (void)argv;
    measure_init();
    measure_need(way->open("bench", &store), "open");
    set_all(way, store, "set, a new key", 1);
    set_all(way, store, "set, a key that is there", 2);
    get_all(way, store, "get", 2);
    exit(0);
}
