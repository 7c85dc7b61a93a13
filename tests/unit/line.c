/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/line.c: the line editor, on a terminal that is a row of characters. */
#include "lib/line/editor.h"
#include "tests/harness/unit.h"

/* The terminal: one row, a cursor, and the rows above. */
static char row[EDITOR_LINE_BYTES * 2];
static size_t column, bells, rows;

static void show(void *context, const char *bytes, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            memset(row, 0, sizeof row);
            column = 0;
            rows++;
        } else if (bytes[i] == '\b') {
            CHECK(column > 0);
            column--;
        } else if (bytes[i] == '\a') {
            bells++;
        } else if (((unsigned char)bytes[i] & 0xc0) != 0x80) { /* UTF-8: one column per character */
            if (column < sizeof row - 1)
                row[column] = bytes[i];
            column++;
        }
    }
}

static struct editor editor;
static struct history history;

/* One typed byte. A line that is handed over without a line end leaves the
 * cursor behind it: the next one begins on a new row here. */
static enum editor_event feed(char byte)
{
    enum editor_event event = editor_feed(&editor, byte);

    if (event == EDITOR_LINE && column != 0)
        show(NULL, "\n", 1);
    return event;
}

static void begin(void)
{
    memset(row, 0, sizeof row);
    column = bells = rows = 0;
    for (size_t i = 0; i < HISTORY_LINES; i++)
        free(history.lines[i]);
    history = (struct history){0};
    editor_init(&editor, show, NULL);
    editor.history = &history;
}

static enum editor_event type(const char *bytes)
{
    enum editor_event event = EDITOR_MORE;

    for (; *bytes != 0; bytes++) {
        CHECK_EQUAL(event, EDITOR_MORE);
        event = feed(*bytes);
    }
    return event;
}

/* The text of the row, without blanks at its end, and the cursor's column. */
static void check_row(const char *text, size_t at)
{
    size_t length = strlen(row);

    while (length > 0 && row[length - 1] == ' ')
        length--;
    if (length != strlen(text) || memcmp(row, text, length) != 0)
        printf("# the row shows '%s'\n", row);
    CHECK(length == strlen(text) && memcmp(row, text, length) == 0);
    CHECK_EQUAL(column, at);
}

static void check_line(const char *text)
{
    CHECK_EQUAL(editor.length, strlen(text));
    CHECK(memcmp(editor.line, text, editor.length) == 0);
}

static void test_plain(void)
{
    begin();
    CHECK_EQUAL(type("hello world\n"), EDITOR_LINE);
    check_line("hello world\n");
    CHECK_EQUAL(rows, 1);
    CHECK_EQUAL(type("\n"), EDITOR_LINE);
    check_line("\n");
}

static void test_return_and_line_feed(void)
{
    begin();
    CHECK_EQUAL(type("a\r"), EDITOR_LINE);
    CHECK_EQUAL(type("\n"), EDITOR_MORE);
    CHECK_EQUAL(type("b\r"), EDITOR_LINE);
    check_line("b\n");
    CHECK_EQUAL(type("\r"), EDITOR_LINE);
    check_line("\n");
}

static void test_middle(void)
{
    begin();
    type("helo\x1b[D");
    check_row("helo", 3);
    type("l");
    check_row("hello", 4);
    type("\x01>\x05<");
    check_row(">hello<", 7);
    type("\x02\x02\x7f");
    check_row(">helo<", 4);
    type("\x1b[3~");
    check_row(">hel<", 4);
    CHECK_EQUAL(type("\n"), EDITOR_LINE);
    check_line(">hel<\n");
}

static void test_erase(void)
{
    begin();
    type("run  some program\x17");
    check_row("run  some", 10);
    type("\x17\x17\x17");
    check_row("", 0);
    type("abcdef\x1b[D\x1b[D\x0b");
    check_row("abcd", 4);
    type("\x02\x15");
    check_row("d", 0);
    type("\x7f");
    CHECK_EQUAL(bells, 1);
}

static void test_utf8(void)
{
    begin();
    type("\xc3\xa4x\xe2\x82\xac\x7f");
    CHECK_EQUAL(editor.length, 3);
    type("\x7f\x7f");
    CHECK_EQUAL(editor.length, 0);
    CHECK_EQUAL(type("\xc3\xa4\x1b[Dz\n"), EDITOR_LINE);
    check_line("z\xc3\xa4\n");
    /* Delete, and the right key, go by characters. */
    CHECK_EQUAL(type("\xe2\x82\xacxy\x01\x1b[3~\x1b[C!\n"), EDITOR_LINE);
    check_line("x!y\n");
    CHECK_EQUAL(type("\xe2\x82\xacxy\x01\x1b[C!\n"), EDITOR_LINE);
    check_line("\xe2\x82\xac!xy\n");
}

static void test_history(void)
{
    begin();
    type("first\n");
    type("second\n");
    type("second\n");
    type("unfini\x1b[A");
    check_row("second", 6);
    type("\x1b[A");
    check_row("first", 5);
    type("\x10");
    CHECK_EQUAL(bells, 1);
    type("\x1b[B\x0e");
    check_row("unfini", 6);
    type("\x1b[B");
    CHECK_EQUAL(bells, 2);
    type("\x1bOAX");
    CHECK_EQUAL(type("\n"), EDITOR_LINE);
    check_line("secondX\n");
    CHECK(strcmp(history_line(&history, 1), "secondX") == 0);
    CHECK(history_line(&history, 4) == NULL);
}

static void test_history_is_bounded(void)
{
    char line[16];

    begin();
    for (unsigned i = 0; i < HISTORY_LINES + 10; i++) {
        snprintf(line, sizeof line, "%u\n", i);
        type(line);
    }
    CHECK(strcmp(history_line(&history, HISTORY_LINES), "10") == 0);
    CHECK(history_line(&history, HISTORY_LINES + 1) == NULL);
}

static void test_end_of_input(void)
{
    begin();
    CHECK_EQUAL(type("\x04"), EDITOR_END);
    /* At a prompt the line stays at first; a second one in a row hands it over. */
    CHECK_EQUAL(type("ab\x04"), EDITOR_MORE);
    CHECK_EQUAL(bells, 1);
    CHECK_EQUAL(type("c\x04"), EDITOR_MORE);
    check_row("abc", 3);
    CHECK_EQUAL(type("\x04"), EDITOR_LINE);
    check_line("abc");
    CHECK_EQUAL(type("\x04"), EDITOR_END);
    editor.history = NULL;
    CHECK_EQUAL(type("ab\x04"), EDITOR_LINE);
    check_line("ab");
    editor.history = &history;
    CHECK_EQUAL(type("ab\x1b[D\x04"), EDITOR_MORE);
    check_row("a", 1);
    CHECK_EQUAL(type("\n"), EDITOR_LINE);
    check_line("a\n");
}

static void test_tab(void)
{
    begin();
    CHECK_EQUAL(type("a\tb\n"), EDITOR_LINE);
    check_line("a b\n");
    editor.tabs = true;
    CHECK_EQUAL(type("ab\x1b[D\t"), EDITOR_TAB);
    check_row("ab", 1);
    CHECK_EQUAL(type("c\n"), EDITOR_LINE);
    check_line("acb\n");
}

static void test_interrupt(void)
{
    begin();
    CHECK_EQUAL(type("abc\x03"), EDITOR_INTERRUPT);
    CHECK_EQUAL(type("x\n"), EDITOR_LINE);
    check_line("x\n");
}

static void test_long_line_comes_in_parts(void)
{
    size_t typed = 0, got = 0;

    begin();
    while (typed < 3 * EDITOR_LINE_BYTES) {
        typed++;
        if (feed('x') == EDITOR_LINE)
            got += editor.length;
    }
    CHECK_EQUAL(feed('\n'), EDITOR_LINE);
    CHECK_EQUAL(got + editor.length, typed + 1);
}

/* Where the cursor must be: characters before it. */
static size_t shown_columns(void)
{
    size_t count = 0;

    for (size_t i = 0; i < editor.cursor; i++)
        count += ((unsigned char)editor.line[i] & 0xc0) != 0x80;
    return count;
}

static void test_garbage(void)
{
    uint32_t seed = 1;

    begin();
    for (unsigned i = 0; i < 1000000; i++) {
        seed = seed * 1664525 + 1013904223;
        feed((char)(seed >> 24));
        CHECK(editor.length <= EDITOR_LINE_BYTES && editor.cursor <= editor.length);
        if (!editor.ready)
            CHECK_EQUAL(column, shown_columns());
    }
}

static const struct unit_test tests[] = {
    {"plain", test_plain},
    {"return-and-line-feed", test_return_and_line_feed},
    {"middle", test_middle},
    {"erase", test_erase},
    {"utf8", test_utf8},
    {"history", test_history},
    {"history-is-bounded", test_history_is_bounded},
    {"end-of-input", test_end_of_input},
    {"tab", test_tab},
    {"interrupt", test_interrupt},
    {"long-line-comes-in-parts", test_long_line_comes_in_parts},
    {"garbage", test_garbage},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
