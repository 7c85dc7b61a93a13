/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/tree.c: records by a word (servers/switch/tree.h). */
#include "servers/switch/tree.h"
#include "tests/harness/unit.h"

static uint32_t state = 1;

static uint32_t random_below(uint32_t limit)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)state * limit >> 32);
}

#define WORDS 3000u

/* Words that are the beginning of another one, that differ in one bit, the empty one, and those that are too long. */
static void test_in_and_out(void)
{
    static struct record {
        int number;
        struct tree_entry entry;
    } records[WORDS];
    static bool in[WORDS];
    struct tree tree = {0};

    for (unsigned i = 1; i < WORDS; i++) {
        char word[64];

        for (unsigned bit = 0; bit < 12; bit++)
            word[bit] = i >> bit & 1 ? 'a' : 'c';
        word[12] = 0;
        if (i % 3 != 0)
            snprintf(word, sizeof word, i % 3 == 1 ? "%x" : "%028u-too-long", i);
        tree_word(records[i].entry.word, word);
        records[i].number = (int)i;
    }
    for (unsigned round = 0; round < 40 * WORDS; round++) {
        unsigned mostly_in = round / (4 * WORDS) % 2 == 0, i = random_below(WORDS);
        struct tree_entry *found = tree_find(&tree, records[i].entry.word);

        CHECK(found == (in[i] ? &records[i].entry : NULL));
        CHECK(found == NULL || TREE_RECORD(found, struct record, entry)->number == (int)i);
        if (!in[i] && (mostly_in || random_below(4) == 0)) {
            CHECK(tree_add(&tree, &records[i].entry));
            in[i] = true;
        } else if (in[i] && (!mostly_in || random_below(4) == 0)) {
            tree_remove(&tree, &records[i].entry);
            in[i] = false;
        }
    }
    for (unsigned i = 0; i < WORDS; i++)
        if (in[i]) {
            CHECK(tree_find(&tree, records[i].entry.word) == &records[i].entry);
            tree_remove(&tree, &records[i].entry);
        }
    CHECK(tree.root.node == NULL && tree.root.entry == NULL);
}

/* What does not fit is cut off, so two of these are one. */
static void test_long(void)
{
    struct tree_entry entry;
    struct tree tree = {0};

    tree_word(entry.word, "0123456789012345678901234567890123");
    CHECK(entry.word[TREE_WORD - 2] == '0' && entry.word[TREE_WORD - 1] == 0);
    CHECK(tree_find(&tree, "a") == NULL && tree_add(&tree, &entry));
    CHECK(tree_find(&tree, "012345678901234567890123456789012") == &entry);
    CHECK(tree_find(&tree, "01234567890123456789012345678") == NULL && tree_find(&tree, "") == NULL);
    tree_remove(&tree, &entry);
}

static const struct unit_test tests[] = {{"in-and-out", test_in_and_out}, {"long", test_long}};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
