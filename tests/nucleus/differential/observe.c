/* SPDX-License-Identifier: BSD-2-Clause */
/* The sum of observations (FNV-1a over words, turned), and their text within the window. */
#include "tests/nucleus/differential/differential.h"

static seL4_Word sum = 0xcbf29ce484222325;
static seL4_Word window_first = ~0ul;
static seL4_Word window_last;
static seL4_Word current;
static seL4_Word memory_base;
static seL4_Word memory_size;

void observe_window(seL4_Word first, seL4_Word last)
{
    window_first = first;
    window_last = last;
}

static int shown(void)
{
    return current >= window_first && current <= window_last;
}

void observe_step(seL4_Word step)
{
    current = step;
    if (shown()) {
        show("step", step);
    }
}

void observe_memory(seL4_Word base, seL4_Word size)
{
    memory_base = base;
    memory_size = size;
}

static seL4_Word add(seL4_Word value)
{
    if (value - memory_base < memory_size) {
        value = value - memory_base + 0x5000000000000000;
    }
    sum = (sum ^ value) * 0x100000001b3;
    sum = sum << 29 | sum >> 35;
    return value;
}

void observe(const char *what, seL4_Word value)
{
    value = add(value);
    if (shown()) {
        print("  ");
        show_hex(what, value);
    }
}

void observe_words(const char *what, const seL4_Word *words, seL4_Word count)
{
    if (shown()) {
        print("  ");
        print(what);
    }
    for (seL4_Word i = 0; i < count; i++) {
        seL4_Word value = add(words[i]);
        if (shown() && value != 0) {
            print(" ");
            print_decimal(i);
            print("=");
            print_hex(value);
        }
    }
    if (shown()) {
        print("\n");
    }
}

seL4_Word observe_sum(void)
{
    return sum;
}
