/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/words.c: how the shell splits a line. */
#include "apps/shell/words.h"
#include "tests/harness/unit.h"

/* The words with bars around them; & at the end. */
static void expect(const char *line, const char *expected)
{
    struct words words;
    char text[256] = "";
    enum words_result result = words_split(line, &words);

    if (result != WORDS_OK)
        snprintf(text, sizeof text, "%s", words_text(result, &words));
    for (int i = 0; result == WORDS_OK && i < words.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "|%s|", words.word[i]);
    if (result == WORDS_OK) {
        if (words.background)
            strcat(text, "&");
        CHECK(words.word[words.count] == NULL);
        words_free(&words);
    }
    if (strcmp(text, expected) != 0)
        printf("# '%s' gives %s\n", line, text);
    CHECK(strcmp(text, expected) == 0);
}

static void test_words(void)
{
    expect("", "");
    expect(" \t\n", "");
    expect("ps", "|ps|");
    expect("  run hello  you\n", "|run||hello||you|");
    expect("a b c d e f g", "|a||b||c||d||e||f||g|");
}

static void test_quotes(void)
{
    expect("echo 'a b' \"c d\"", "|echo||a b||c d|");
    expect("echo '' \"\"", "|echo|||||");
    expect("a'b c'd\"e\"", "|ab cde|");
    expect("'a\\b' \"a\\\"b\\\\\" a\\ b", "|a\\b||a\"b\\||a b|");
    expect("echo 'open", "a quote is not closed");
    expect("echo \"open\\\"", "a quote is not closed");
    expect("echo \"open\\", "a quote is not closed");
    expect("echo \\", "the line ends in a backslash");
}

static void test_comments(void)
{
    expect("# all", "");
    expect("ps # rest 'of", "|ps|");
    expect("echo a#b '#'", "|echo||a#b||#|");
}

static void test_background(void)
{
    expect("run spin &", "|run||spin|&");
    expect("run spin&", "|run||spin|&");
    expect("run '&' \\&", "|run||&||&|");
    expect("run spin & more", "& may only stand at the end of a command");
    expect("run spin &&", "& may only stand at the end of a command");
    expect("&", "& may only stand at the end of a command");
    expect("run spin & # why", "|run||spin|&");
}

/* Characters reserved for operators are refused everywhere; in quotes they are ordinary characters. */
static void test_operators(void)
{
    expect("run hello | cat", "'|' is not an operator here; in quotes it is an ordinary character");
    expect("ps;ps", "';' is not an operator here; in quotes it is an ordinary character");
    expect("; ps", "';' is not an operator here; in quotes it is an ordinary character");
    expect("run spin & | x", "'|' is not an operator here; in quotes it is an ordinary character");
    expect("echo '|' \">\" \\; a\\<b # |", "|echo|||||>||;||a<b|");
}

static void expect_files(const char *line, const char *expected)
{
    struct words words;
    char text[256];
    enum words_result result = words_split(line, &words);

    snprintf(text, sizeof text, "%s", result != WORDS_OK ? words_text(result, &words) : "");
    if (result == WORDS_OK) {
        snprintf(text, sizeof text, "%d %s < %s %s %s", words.count, words.word[0], words.input == NULL ? "-" : words.input,
                 words.append ? ">>" : ">", words.output == NULL ? "-" : words.output);
        words_free(&words);
    }
    if (strcmp(text, expected) != 0)
        printf("# '%s' gives %s\n", line, text);
    CHECK(strcmp(text, expected) == 0);
}

static void test_files(void)
{
    static const char wrong[] = "< and > may each stand once, behind a command, and need a path behind them";

    expect_files("ps >file", "1 ps < - > file");
    expect_files("a b>c<d e", "3 a < d > c");
    expect_files("a >> 'x y' b &", "2 a < - >> x y");
    expect_files("a '>' b", "3 a < - > -");
    expect_files("ps >", wrong);
    expect_files("ps > # x", wrong);
    expect_files("ps > a > b", wrong);
    expect_files("ps > < b", wrong);
    expect_files("> a", wrong);
    expect_files("ps & > a", "& may only stand at the end of a command");
}

static const struct unit_test tests[] = {
    {"words", test_words},
    {"quotes", test_quotes},
    {"comments", test_comments},
    {"background", test_background},
    {"operators", test_operators},
    {"files", test_files},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
