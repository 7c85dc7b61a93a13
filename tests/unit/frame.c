/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/frame.c: the parser of control frames, whole, in pieces, and on
 * garbage. */
#include "lib/control/frame.h"
#include "tests/harness/unit.h"

/* The parser's calls, as text: "<kind:length" at the start of a frame, its
 * payload, ">" at the end, "!" for bytes outside any frame. */
static char said[4096];
static size_t said_size;

static void say(const char *bytes, size_t size)
{
    CHECK(said_size + size < sizeof said);
    memcpy(said + said_size, bytes, size);
    said_size += size;
    said[said_size] = 0;
}

static void feed(struct frame_parser *parser, const char *bytes, size_t size)
{
    enum frame_event event;
    char text[64];

    do {
        size_t used = frame_parse(parser, (const uint8_t *)bytes, size, &event);

        CHECK(used <= size);
        bytes += used;
        size -= used;
        if (event == FRAME_START)
            say(text, (size_t)snprintf(text, sizeof text, "<%s:%ju ", parser->kind,
                                       (uintmax_t)parser->remaining));
        else if (event == FRAME_DATA)
            say((const char *)parser->data, parser->data_size);
        else if (event == FRAME_END || event == FRAME_BAD)
            say(event == FRAME_END ? ">" : "!", 1);
    } while (event != FRAME_MORE);
    CHECK_EQUAL(size, 0);
}

/* Parses `bytes` in pieces of `step`. */
static void expect_in_steps(const char *bytes, const char *expected, size_t step)
{
    struct frame_parser parser;
    size_t size = strlen(bytes);

    said_size = 0;
    said[0] = 0;
    frame_parser_init(&parser);
    for (size_t at = 0; at < size; at += step)
        feed(&parser, bytes + at, size - at < step ? size - at : step);
    if (strcmp(said, expected) != 0)
        printf("# '%s' gives '%s' in steps of %zu\n", bytes, said, step);
    CHECK(strcmp(said, expected) == 0);
}

static void expect(const char *bytes, const char *expected)
{
    for (size_t step = 1; step <= strlen(bytes); step++)
        expect_in_steps(bytes, expected, step);
}

static void test_frames(void)
{
    expect("@heartbeat 2\n17", "<heartbeat:2 17>");
    expect("@poweroff 0\n", "<poweroff:0 >");
    expect("@model 5\na@b\nc@model-end 2\nok", "<model:5 a@b\nc><model-end:2 ok>");
    expect("@exit 1\n0@exit 1\n0", "<exit:1 0><exit:1 0>");
}

static void test_incomplete(void)
{
    expect("@model 5\nabc", "<model:5 abc");
    expect("@mod", "");
}

static void test_bad(void)
{
    expect("garbage@exit 1\n0", "!<exit:1 0>");
    expect("@ 1\n0@exit 1\n0", "!<exit:1 0>");
    expect("@exit\n0@exit 1\n0", "!<exit:1 0>");
    expect("@exit \n@exit 1\n0", "!<exit:1 0>");
    expect("@exit 1x\n@exit 1\n0", "!<exit:1 0>");
    expect("@exit -1\n@exit 1\n0", "!<exit:1 0>");
    expect("@EXIT 1\n0@exit 1\n0", "!<exit:1 0>");
    expect("@abcdefghijklmno 0\n", "<abcdefghijklmno:0 >");
    expect("@abcdefghijklmnop 0\n", "!");
    expect("@model 9999999999\n", "<model:9999999999 ");
    expect("@model 10000000000\n", "!");
}

static void test_header(void)
{
    char text[FRAME_HEADER_SIZE];

    CHECK_EQUAL(frame_header(text, "model", 0), 9);
    CHECK(memcmp(text, "@model 0\n", 9) == 0);
    CHECK_EQUAL(frame_header(text, "heartbeat", 1234567890), 22);
    CHECK(memcmp(text, "@heartbeat 1234567890\n", 22) == 0);
    CHECK_EQUAL(frame_header(text, "abcdefghijklmno", UINT64_MAX), FRAME_HEADER_SIZE - 1);
}

/* On any bytes the parser stays inside them and uses them all. */
static void test_random(void)
{
    static const char alphabet[] = "@@@  \n\n0123456789modelexit-\xff";
    uint64_t state = 88172645463325252;
    int rounds = unit_long() ? 5000000 : 50000;
    struct frame_parser parser;

    frame_parser_init(&parser);
    for (int round = 0; round < rounds; round++) {
        char bytes[32];
        size_t size;

        for (size_t i = 0; i < sizeof bytes; i++) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            bytes[i] = alphabet[state % (sizeof alphabet - 1)];
        }
        size = state >> 59;
        said_size = 0;
        feed(&parser, bytes, size);
        if (parser.remaining > 100)
            frame_parser_init(&parser);
    }
}

static const struct unit_test tests[] = {
    {"frames", test_frames}, {"incomplete", test_incomplete}, {"bad", test_bad},
    {"header", test_header}, {"random", test_random},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
