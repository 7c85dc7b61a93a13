/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/idtable.c: the hash table of ids. */
#include "lib/idtable/idtable.h"
#include "tests/harness/unit.h"

static uint32_t state = 1;

static uint32_t random_below(uint32_t limit)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)state * limit >> 32);
}

#define IDS 20000u

/* Grows and shrinks, with all kinds of numbers; two may have the same. */
static void test_in_and_out(void)
{
    static struct id_entry entries[IDS];
    static bool in[IDS];
    struct id_table table = {0};
    unsigned count = 0;

    for (unsigned i = 0; i < IDS; i++)
        entries[i].id = i % 3 == 0 ? i : i % 3 == 1 ? (uint64_t)i << 32
                                                    : UINT64_MAX - i;
    for (unsigned round = 0; round < 20 * IDS; round++) {
        unsigned mostly_in = round / (2 * IDS) % 2 == 0, i = random_below(IDS);

        CHECK(id_table_find(&table, entries[i].id) == (in[i] ? &entries[i] : NULL));
        if (!in[i] && (mostly_in || random_below(4) == 0)) {
            CHECK(id_table_add(&table, &entries[i]));
            in[i] = true;
            count++;
        } else if (in[i] && (!mostly_in || random_below(4) == 0)) {
            id_table_remove(&table, &entries[i]);
            in[i] = false;
            count--;
        }
        CHECK_EQUAL(table.count, count);
        CHECK(table.count <= table.size && (table.size <= 8 || table.size <= 8 * (table.count + 4 * IDS / 10)));
    }
    for (unsigned i = 0; i < IDS; i++)
        if (in[i]) {
            CHECK(id_table_find(&table, entries[i].id) == &entries[i]);
            id_table_remove(&table, &entries[i]);
        }
    CHECK(table.size == 0 && table.first == NULL && table.more == NULL);
}

/* All are taken out by "any", which does not look at chains again that it emptied, and a record is found again from its entry. */
static void test_any(void)
{
    static struct record {
        int value;
        struct id_entry entry;
    } records[5000];
    struct id_table table = {0};
    uint64_t sum = 0;

    CHECK(id_table_any(&table) == NULL);
    for (unsigned i = 0; i < 5000; i++) {
        records[i].entry.id = (uint64_t)i << 32 | i % 7;
        records[i].value = (int)i;
        CHECK(id_table_add(&table, &records[i].entry));
    }
    for (struct id_entry *entry; (entry = id_table_any(&table)) != NULL; id_table_remove(&table, entry)) {
        CHECK(table.size <= 2 * table.count + 100);
        sum += (uint64_t)ID_RECORD(entry, struct record, entry)->value;
    }
    CHECK_EQUAL(sum, 4999 * 5000 / 2);
    CHECK(table.size == 0 && table.count == 0);
}

/* The hash puts a power of two many running numbers into chains of their own, mostly. */
static void test_chains(void)
{
    static struct id_entry entries[IDS];
    struct id_table table = {0};
    unsigned longest = 0;

    for (unsigned i = 0; i < IDS; i++) {
        entries[i].id = i;
        CHECK(id_table_add(&table, &entries[i]));
    }
    for (unsigned i = 0; i < IDS; i++) {
        unsigned length = 0;

        for (const struct id_entry *at = &entries[i]; at != NULL; at = at->next)
            length++;
        longest = length > longest ? length : longest;
    }
    CHECK(longest < 10);
    id_table_clear(&table);
}

static const struct unit_test tests[] = {{"in-and-out", test_in_and_out}, {"any", test_any}, {"chains", test_chains}};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
