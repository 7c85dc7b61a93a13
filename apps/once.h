/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/once.h: requests that are sent only once, for programs that test what happens when a long request is not continued. */
#pragma once

#include <lib/client/call.h>

/* As cell_call(), but does not return the answer's words, and does not repeat the request for CELL_AGAIN. */
static inline uint64_t ask_once(cell_cap_t to, uint64_t label, const uint64_t *words, unsigned length)
{
    uint64_t first[4] = {0}, badge = to, info = seL4_MessageInfo_new(label, 0, 0, length).words[0];

    for (unsigned i = 0; i < length; i++) {
        if (i < 4)
            first[i] = words[i];
        else
            seL4_GetIPCBuffer()->msg[i] = words[i];
    }
    sel4_trap((seL4_Word)seL4_SysCall, &badge, &info, &first[0], &first[1], &first[2], &first[3]);
    return info >> 12;
}
