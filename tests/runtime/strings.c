/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/string against the obvious loops: all lengths up to some hundred bytes, all alignments within 16 of either operand,
 * and the bytes around, which must stay as they were. */
#include "runtime_test.h"
#include "tests/nucleus/conformance/lib/conformance.h"
#include <string.h>

enum { most = 200, room = 512, alignments = 16 };

static unsigned char from[room], to[room], expected[room];

static void fill(void)
{
    unsigned state = 12345;
    for (size_t i = 0; i < room; i++) {
        state = state * 1103515245 + 12345;
        from[i] = (unsigned char)(state >> 16);
        to[i] = expected[i] = (unsigned char)(state >> 8);
    }
}

static bool same(void)
{
    for (size_t i = 0; i < room; i++) {
        if (to[i] != expected[i]) {
            return false;
        }
    }
    return true;
}

static void test_memcpy(void)
{
    for (size_t a = 0; a < alignments; a++) {
        for (size_t b = 0; b < alignments; b++) {
            for (size_t length = 0; length <= most; length++) {
                fill();
                for (size_t i = 0; i < length; i++) {
                    expected[64 + a + i] = from[64 + b + i];
                }
                if (memcpy(to + 64 + a, from + 64 + b, length) != to + 64 + a || !same()) {
                    EXPECT(!"memcpy");
                    return;
                }
            }
        }
    }
}

static void test_memmove(void)
{
    for (size_t target = 0; target < 160; target++) {
        for (size_t length = 0; length <= most; length++) {
            fill();
            unsigned char copy[most];
            for (size_t i = 0; i < length; i++) {
                copy[i] = to[80 + i];
            }
            for (size_t i = 0; i < length; i++) {
                expected[target + i] = copy[i];
            }
            if (memmove(to + target, to + 80, length) != to + target || !same()) {
                EXPECT(!"memmove");
                return;
            }
        }
    }
}

static void test_memset(void)
{
    for (size_t a = 0; a < alignments; a++) {
        for (size_t length = 0; length <= most; length++) {
            fill();
            for (size_t i = 0; i < length; i++) {
                expected[64 + a + i] = (unsigned char)(length | 0x80);
            }
            if (memset(to + 64 + a, (int)(length | 0x7f80), length) != to + 64 + a || !same()) {
                EXPECT(!"memset");
                return;
            }
        }
    }
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void test_memcmp(void)
{
    for (size_t a = 0; a < alignments; a++) {
        for (size_t length = 0; length <= 40; length++) {
            for (size_t at = 0; at <= length; at++) {
                fill();
                memcpy(to + a, from + 3, length);
                to[a + length] = (unsigned char)~from[3 + length]; /* behind the end */
                int wanted = 0;
                if (at < length) {
                    to[a + at] ^= 0x90;
                    wanted = sign(from[3 + at] - to[a + at]);
                }
                if (at + 1 < length) {
                    to[a + at + 1] ^= 0x55; /* what follows the first difference does not count */
                }
                if (sign(memcmp(from + 3, to + a, length)) != wanted) {
                    EXPECT(!"memcmp");
                    return;
                }
            }
        }
    }
}

static void test_strlen(void)
{
    for (size_t a = 0; a < alignments; a++) {
        for (size_t length = 0; length <= 60; length++) {
            memset(to, 0x80, sizeof to); /* neither zero nor below it when 1 is taken away */
            memset(to + a + length, 0, 3);
            if (strlen((char *)to + a) != length) {
                EXPECT(!"strlen");
                return;
            }
        }
    }
}

static void test_strcmp(void)
{
    for (size_t a = 0; a < alignments; a++) {
        for (size_t b = 0; b < alignments; b++) {
            for (size_t length = 0; length <= 24; length++) {
                memset(from, 'x', sizeof from);
                memset(to, 'x', sizeof to);
                from[a + length] = '\0';
                to[b + length] = '\0';
                if (strcmp((char *)from + a, (char *)to + b) != 0) {
                    EXPECT(!"strcmp of equal strings");
                    return;
                }
                to[b + length] = 0xff;
                to[b + length + 1] = '\0';
                if (strcmp((char *)from + a, (char *)to + b) >= 0 || strcmp((char *)to + b, (char *)from + a) <= 0) {
                    EXPECT(!"strcmp of different strings");
                    return;
                }
            }
        }
    }
}

/* A page with nothing mapped behind it: no function may look past the end of what it was given. */
static void test_page_end(void)
{
    char *page = page_new(0);
    memset(page, 'x', 4096);
    for (size_t length = 0; length < 70; length++) {
        char *at = page + 4095 - length;
        page[4095] = '\0';
        EXPECT(strlen(at) == length);
        EXPECT(strcmp(at, "y") < 0);
        EXPECT(strcmp("y", at) > 0);
        page[4095] = 'x';
        EXPECT(memcmp(at, page, length + 1) == 0);
        memcpy(to, at, length + 1);
        memcpy(at, to, length + 1);
        memmove(at, at - 1, length + 1);
        memset(at, 'x', length + 1);
    }
}

const struct runtime_test string_tests[] = {
    {"memcpy", test_memcpy}, {"memmove", test_memmove}, {"memset", test_memset},     {"memcmp", test_memcmp},
    {"strlen", test_strlen}, {"strcmp", test_strcmp},   {"page-end", test_page_end}, {NULL, NULL},
};
