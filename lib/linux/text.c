/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/text.c: small texts, and the console. */
#include <cell/idl/console.h>

#include "lib/linux/linux.h"
#include "lib/words/number.h"

uint64_t text_length(const char *words)
{
    uint64_t length = 0;

    while (words[length] != 0)
        length++;
    return length;
}

bool text_same(const char *a, const char *b)
{
    while (*a == *b && *a != 0)
        a++, b++;
    return *a == *b;
}

void text_bytes(struct text *text, const char *bytes, uint64_t count)
{
    uint64_t room = (uint64_t)(text->end - text->at);

    if (count > room)
        count = room;
    __builtin_memcpy(text->at, bytes, count);
    text->at += count;
}

void text_add(struct text *text, const char *words)
{
    text_bytes(text, words, text_length(words));
}

void text_number(struct text *text, uint64_t number)
{
    char digits[20];

    text_bytes(text, digits, (uint64_t)(number_put(digits, number) - digits));
}

void text_hex(struct text *text, uint64_t number)
{
    char digits[18] = "0x";

    text_bytes(text, digits, (uint64_t)(number_put_hex(digits + 2, number) - digits));
}

/* Bytes that the console keeps in one piece. */
#define PIECE 4096u

bool console_put(const char *bytes, uint64_t count)
{
    cell_cap_t console = process_edge("CONSOLE");
    uint64_t done = 0;

    while (console != 0 && done < count) {
        uint64_t part = count - done < CONSOLE_WRITE_TEXT_MOST ? count - done : CONSOLE_WRITE_TEXT_MOST;
        bool more = done + part < count && (done + part) % PIECE != 0;

        if (console_write(console, more, bytes + done, part) != CELL_OK)
            return false;
        done += part;
    }
    return console != 0;
}
