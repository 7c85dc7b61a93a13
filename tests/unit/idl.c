/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/idl.c: requests with bytes as the generated tables check them. */
#include "lib/idl/serve.h"
#include "tests/harness/unit.h"

/* ---- An operation that takes bytes and gives as many back, with an error as well ------------------------ */

struct echo {
    uint64_t number, count;
    char text[32];
};

static cell_error_t echo(void *request, const void *in, void *out)
{
    (void)request;
    memcpy(out, in, sizeof(struct echo));
    return (cell_error_t)((const struct echo *)in)->number;
}

static const struct idl_range ranges[] = {{1, 0, 32}};
static const struct idl_operation operations[] = {
    {"echo", 1, IDL_SPACE, 2, 2, 2, 1, 0, 1, 1, 2, 1, ranges, 0, echo},
    {"none", 2, IDL_SPACE, 2, 2, 2, 1, 0, 1, 1, 0, 0, ranges, 0, echo},
};
static const struct idl_interface interface = {"test", "TEST", 9, 2, operations};

static cell_error_t ask_for(uint32_t operation, cell_error_t error, uint64_t count, uint32_t length, uint32_t *out_words)
{
    static uint64_t in[IDL_WORDS], out[IDL_WORDS];
    struct idl_target target = {.on = IDL_SPACE, .rights = 3, .type_matches = true};

    in[0] = error;
    in[1] = count;
    return idl_serve(&interface, &target, operation, length, in, NULL, out, out_words);
}

static cell_error_t ask(uint64_t count, uint32_t length, uint32_t *out_words)
{
    return ask_for(1, CELL_OK, count, length, out_words);
}

static void test_bytes(void)
{
    uint32_t words;

    CHECK_EQUAL(ask(0, 2, &words), CELL_OK);
    CHECK_EQUAL(words, 2);
    CHECK_EQUAL(ask(17, 5, &words), CELL_OK);
    CHECK_EQUAL(words, 5);
    CHECK_EQUAL(ask(32, 6, &words), CELL_OK);
    CHECK_EQUAL(ask(17, 4, &words), CELL_BAD_REQUEST);
    CHECK_EQUAL(ask(17, 6, &words), CELL_BAD_REQUEST);
    CHECK_EQUAL(ask(0, 1, &words), CELL_BAD_REQUEST);
    CHECK_EQUAL(ask(33, 7, &words), CELL_BAD_ARGUMENT);
    CHECK_EQUAL(ask(UINT64_MAX, 2, &words), CELL_BAD_REQUEST);
    CHECK_EQUAL(ask(UINT64_MAX - 3, 2, &words), CELL_BAD_REQUEST);
}

/* An error brings the words that its operation says, and CELL_BAD_ARGUMENT one. */
static void test_fault(void)
{
    uint32_t words;

    CHECK_EQUAL(ask_for(1, CELL_NOT_FOUND, 17, 5, &words), CELL_NOT_FOUND);
    CHECK_EQUAL(words, 5);
    CHECK_EQUAL(ask_for(1, CELL_BAD_ARGUMENT, 17, 5, &words), CELL_BAD_ARGUMENT);
    CHECK_EQUAL(words, 1);
    CHECK_EQUAL(ask_for(2, CELL_NOT_FOUND, 17, 5, &words), CELL_NOT_FOUND);
    CHECK_EQUAL(words, 0);
}

static const struct unit_test tests[] = {{"bytes", test_bytes}, {"fault", test_fault}};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
