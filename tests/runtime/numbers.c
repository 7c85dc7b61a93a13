/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers to text and back, compared with the C standard (the values are glibc's), and the errors of this C library that
 * docs/limitations.md lists: a version that corrects one is noticed here. */
#include "runtime_test.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text_case {
    const char *format;
    double value;
    const char *text;
};

static const struct text_case right_texts[] = {
    {"%.0f", 0.48, "0"}, {"%.0f", 0.5, "0"}, {"%.0f", 1.5, "2"}, {"%.0f", 2.5, "2"}, {"%.0f", 99.5, "100"},
    {"%.1f", 0.046, "0.0"}, {"%.1f", 0.25, "0.2"}, {"%.1f", 0.75, "0.8"}, {"%.2f", 0.0046, "0.00"}, {"%.2f", 9.995, "9.99"},
    {"%f", 0.1, "0.100000"}, {"%f", 999999.5, "999999.500000"}, {"%.3f", 0.0046, "0.005"}, {"%f", -0.0, "-0.000000"},
    {"%g", 0.0001, "0.0001"}, {"%g", 0.00001, "1e-05"}, {"%g", 999999.5, "1e+06"}, {"%g", 123456, "123456"},
    {"%.15g", 0.3, "0.3"}, {"%.17g", 2.2250738585072014e-308, "2.2250738585072014e-308"},
    {"%e", 2.2250738585072014e-308, "2.225074e-308"}, {"%.0e", 2.5, "2e+00"}, {"%E", 1e100, "1.000000E+100"},
    {"%a", 1.0, "0x1p+0"}, {"%.0a", 1.5, "0x2p+0"}, {"%.1a", 0.1, "0x1.ap-4"}, {"%.13a", 0.1, "0x1.999999999999ap-4"},
    {"%.15a", 0.1, "0x1.999999999999a00p-4"}, {"%A", 255.5, "0X1.FFP+7"}, {"%012.3f", -3.14159, "-0000003.142"},
};

/* Wrong results; the right ones are in the comments. */
static const struct text_case wrong_texts[] = {
    {"%.17g", 0.1, "0.1"},                    /* 0.10000000000000001: digits are those of the shortest text */
    {"%.20e", 0.1, "1.00000000000000000000e-01"}, /* 1.00000000000000005551e-01: behind these come zeroes */
    {"%.0f", 1e23, "100000000000000000000000"}, /* 99999999999999991611392 */
    {"%e", 5e-324, "5.000000e-324"},          /* 4.940656e-324 */
    {"%.3f", 1002913382075562.125, "1002913382075562.100"}, /* …562.125 */
    {"%#g", 999999.5, "1.00000e+06"},         /* the same: glibc writes 1.e+06, wrongly */
};

static bool texts_are(const struct text_case *cases, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        char text[400];
        snprintf(text, sizeof text, cases[i].format, cases[i].value);
        if (strcmp(text, cases[i].text) != 0) {
            printf("  %s: '%s' instead of '%s'\n", cases[i].format, text, cases[i].text);
            all = false;
        }
    }
    return all;
}

static void test_texts(void)
{
    EXPECT(texts_are(right_texts, sizeof right_texts / sizeof *right_texts));
}

struct number_case {
    const char *text;
    double value;
    int read; /* characters */
    int error;
};

static const struct number_case right_numbers[] = {
    {"0x.8", 0.5, 4, 0}, {"0x.8p1", 1, 6, 0}, {"0x1.8p+1", 3, 8, 0}, {"0x1p", 1, 3, 0}, {"0x1p-1075", 0, 9, ERANGE},
    {"1e", 1, 1, 0}, {"1e5x", 1e5, 3, 0}, {"e5", 0, 0, 0}, {".", 0, 0, 0}, {" +.5", 0.5, 4, 0}, {"-.5e1", -5, 5, 0},
    {"inf", __builtin_inf(), 3, 0}, {"-INFINITY", -__builtin_inf(), 9, 0}, {"infinityx", __builtin_inf(), 8, 0},
    {"1e400", __builtin_inf(), 5, ERANGE}, {"1e-400", 0, 6, ERANGE}, {"123456789012345678", 123456789012345678., 18, 0},
    {"9007199254740993", 9007199254740992., 16, 0}, {"0.1234567890123456789", 0.12345678901234568, 21, 0},
    {"1.7976931348623159e308", __builtin_inf(), 22, ERANGE}, {"2.5e-324", 5e-324, 8, ERANGE}, {"2.4e-324", 0, 8, ERANGE},
    {"0x1.00000000000008p0", 1, 20, 0}, {"0x1.000000000000081p0", 1.0000000000000002, 21, 0},
};

static const struct number_case wrong_numbers[] = {
    {"INFIN", 0, 0, 0},  /* infinity, 3 characters */
    {"nan(", 0, 0, 0},   /* not a number, 3 characters */
    {"0x", 0, 2, 0},     /* 1 character */
    {"0xg", 0, 2, 0},    /* 1 character */
};

static bool numbers_are(const struct number_case *cases, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        char *end;
        errno = 0;
        double value = strtod(cases[i].text, &end);
        if (value != cases[i].value || end - cases[i].text != cases[i].read || errno != cases[i].error) {
            printf("  strtod(\"%s\"): %.17g, %d characters, errno %d\n", cases[i].text, value, (int)(end - cases[i].text), errno);
            all = false;
        }
    }
    return all;
}

static void test_numbers(void)
{
    EXPECT(numbers_are(right_numbers, sizeof right_numbers / sizeof *right_numbers));
}

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* Any double comes back from its text. */
static void test_there_and_back(void)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 2000; i++) {
        uint64_t bits = next(&state);
        double value;
        memcpy(&value, &bits, sizeof value);
        char decimal[40], hexadecimal[40];
        snprintf(decimal, sizeof decimal, "%.17g", value);
        snprintf(hexadecimal, sizeof hexadecimal, "%a", value);
        if (value == value && (strtod(decimal, NULL) != value || strtod(hexadecimal, NULL) != value)) {
            EXPECT(!"comes back");
            printf("  %s %s\n", decimal, hexadecimal);
            return;
        }
    }
}

static void test_scanf(void)
{
    double value = 0;
    int number = 0, length = 0;
    char word[10];
    EXPECT(sscanf("0x1.8p+1", "%la", &value) == 1 && value == 3);
    EXPECT(sscanf("0x.8", "%lf", &value) == 1 && value == 0.5);
    EXPECT(sscanf(" 0x1f 077 99z", "%i %i %d%n", &number, &number, &number, &length) == 3 && number == 99 && length == 12);
    EXPECT(sscanf("abc [x] 7", "%2s%*s [%[^]]] %d", word, word, &number) == 3 && strcmp(word, "x") == 0 && number == 7);
    EXPECT(sscanf("", "%d", &number) == EOF && sscanf("x", "%d", &number) == 0);
}

static void test_inttypes(void)
{
    char text[200];
    uint64_t most = 0;
    int64_t least = 0;
    snprintf(text, sizeof text, "%" PRIu64 " %" PRId64 " %" PRIx64 " %" PRIu32 " %" PRIi8 " %" PRIuPTR " %" PRIdMAX, UINT64_MAX,
             INT64_MIN, UINT64_C(0xbeef), UINT32_MAX, (int8_t)-3, (uintptr_t)5, INTMAX_MIN);
    EXPECT(strcmp(text, "18446744073709551615 -9223372036854775808 beef 4294967295 -3 5 -9223372036854775808") == 0);
    EXPECT(sscanf(text, "%" SCNu64 " %" SCNd64, &most, &least) == 2 && most == UINT64_MAX && least == INT64_MIN);
    EXPECT(strtoimax("-12", NULL, 10) == -12 && strtoumax("0xff", NULL, 0) == 255 && imaxabs(-7) == 7);
}

/* A last line without its end, read by each function that reads lines. */
static void test_last_line(void)
{
    char memory[] = "first\nlast";
    char line[20];
    FILE *file = fmemopen(memory, sizeof memory - 1, "r");
    EXPECT(file != NULL && fgets(line, sizeof line, file) == line && strcmp(line, "first\n") == 0);
    EXPECT(fgets(line, sizeof line, file) == line && strcmp(line, "last") == 0 && fgets(line, sizeof line, file) == NULL);
    fclose(file);
    char *grown = NULL;
    size_t room = 0;
    file = fmemopen(memory, sizeof memory - 1, "r");
    EXPECT(getline(&grown, &room, file) == 6 && strcmp(grown, "first\n") == 0);
    EXPECT(getline(&grown, &room, file) == 4 && strcmp(grown, "last") == 0 && getline(&grown, &room, file) == -1);
    EXPECT(feof(file));
    fclose(file);
    free(grown);
}

/* docs/limitations.md, "Programs". */
static void test_limitations(void)
{
    EXPECT(texts_are(wrong_texts, sizeof wrong_texts / sizeof *wrong_texts));
    EXPECT(numbers_are(wrong_numbers, sizeof wrong_numbers / sizeof *wrong_numbers));
    char text[40];
    const char *format = "%Lf|%ls|%#.0o|"; /* 1.500000|wide|0| */
    snprintf(text, sizeof text, format, 1.5L, L"wide", 0);
    EXPECT(strcmp(text, "0.000000|w||") == 0);
    double value = 7;
    EXPECT(sscanf("-", "%lf", &value) == EOF); /* 0 */
    EXPECT(sscanf("0xg", "%lf", &value) == 1); /* 0 */
}

const struct runtime_test number_tests[] = {
    {"texts", test_texts},         {"numbers", test_numbers},     {"there-and-back", test_there_and_back},
    {"scanf", test_scanf},         {"inttypes", test_inttypes},   {"last-line", test_last_line},
    {"limitations", test_limitations}, {NULL, NULL},
};
