/* SPDX-License-Identifier: BSD-2-Clause */
/* root/loop/longest.c: see longest.h. */
#include "root/loop/longest.h"

#include "root/base/options.h"
#include "root/loop/clock.h"

/* Kinds of steps that are remembered; a further one takes the place of the shortest. */
#define KINDS 32u

bool longest_wanted;

static struct {
    uint64_t what, time;
} kinds[KINDS];
static uint64_t began; /* 0: the step does not count */

void longest_init(void)
{
    char value[2];

    longest_wanted = option_text("longest", value, sizeof value, "")[0] != 0;
}

void longest_begin(void)
{
    began = clock_now();
}

void longest_end(uint64_t what)
{
    uint64_t time = clock_now() - began;
    unsigned place = 0;

    for (unsigned i = 0; i < KINDS && kinds[place].what != what; i++)
        if (kinds[i].what == what || kinds[i].time < kinds[place].time)
            place = i;
    if (began == 0 || time <= kinds[place].time)
        return;
    kinds[place].what = what;
    kinds[place].time = time;
}

uint64_t longest_take(uint64_t *what)
{
    unsigned place = 0;

    for (unsigned i = 1; i < KINDS; i++)
        if (kinds[i].time > kinds[place].time)
            place = i;
    uint64_t time = kinds[place].time;

    *what = kinds[place].what;
    kinds[place].what = kinds[place].time = began = 0;
    return time;
}
