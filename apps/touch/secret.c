/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/touch/secret.c: see secret.h. */
#include "apps/touch/secret.h"

#include <lib/client/call.h>
#include <lib/runtime/runtime.h>
#include <string.h>

#include "apps/touch/touch.h"

#define PAGE UINT64_C(4096)
#define INTERFACES 32u
#define OPERATIONS 31u
#define WORDS 8u

static uint64_t wanted;

/* ---- Memory ----------------------------------------------------------- */

static unsigned in_words(const volatile uint64_t *words, unsigned count)
{
    unsigned seen = 0;

    for (unsigned i = 0; i < count; i++)
        seen += (words[i] ^ SECRET_MASK) == wanted;
    return seen;
}

static unsigned in_memory(uint64_t start, uint64_t end)
{
    unsigned seen = 0;

    for (uint64_t at = start; at < end; at += PAGE)
        if (touch_read(at))
            seen += in_words((const volatile uint64_t *)at, PAGE / sizeof(uint64_t));
    return seen;
}

/* ---- Requests --------------------------------------------------------- */

/* Leaves out operations that change the caller, or wait. */
static bool is_left_out(unsigned interface, unsigned operation)
{
    static const struct {
        uint8_t interface, first, last;
    } left[] = {{2, 4, 4} /* ads.remove */,
                {2, 9, 11} /* ads.remove_part to move */,
                {5, 3, 4} /* pd.thread, exit */,
                {5, 11, 15} /* pd.commit_heap to exit_process */,
                {14, 4, 5} /* word.interrupt, alarm */,
                {15, 1, 31} /* library */,
                {16, 1, 31} /* console */,
                {24, 1, 31} /* context */};

    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (interface == left[i].interface && operation >= left[i].first && operation <= left[i].last)
            return true;
    return false;
}

/* Sends the address in every word but the first, which is `first_word`, and counts the word in the answer. */
static unsigned in_answer(cell_cap_t to, uint64_t label, unsigned length, uint64_t first_word, uint64_t address)
{
    uint64_t first[4], badge, info;
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

    do {
        badge = to;
        info = seL4_MessageInfo_new(label, 0, 0, length).words[0];
        for (unsigned i = 0; i < 4; i++)
            first[i] = i == 0 ? first_word : address;
        for (unsigned i = 4; i < length; i++)
            buffer->msg[i] = address;
        sel4_trap((seL4_Word)seL4_SysCall, &badge, &info, &first[0], &first[1], &first[2], &first[3]);
    } while (info >> 12 == CELL_AGAIN);
    return in_words(first, 4) + in_words(buffer->msg, seL4_MsgMaxLength);
}

static unsigned in_answers(cell_cap_t to, uint64_t address)
{
    unsigned seen = 0;

    for (unsigned interface = 1; interface < INTERFACES; interface++)
        for (unsigned operation = 1; operation <= OPERATIONS; operation++)
            for (unsigned length = 1; length <= WORDS && !is_left_out(interface, operation); length++) {
                uint64_t label = (uint64_t)interface << 16 | operation;

                seen += in_answer(to, label, length, address, address);
                seen += in_answer(to, label, length, CSPACE_SELF, address);
            }
    return seen;
}

unsigned secret_seen(uint64_t masked, uint64_t address)
{
    struct touch_frame frame;
    unsigned seen = 0;

    wanted = masked;
    if (touch_begin(&frame) != CELL_OK)
        return 1;
    seen += in_memory(0, 0x600000) + in_memory(0x10000000, 0x10080000);
    touch_end();
    seen += in_answers(CSPACE_SELF, address);
    for (uint32_t i = 0; runtime_rde(i) != NULL; i++)
        if (strcmp(runtime_rde(i)->type, "CONSOLE") != 0)
            seen += in_answers(runtime_rde(i)->slot, address);
    return seen;
}
