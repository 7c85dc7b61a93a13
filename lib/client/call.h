/* SPDX-License-Identifier: BSD-2-Clause */
/* The one way in which a request is made: a call on a capability, words in message registers, an error as the label of the
 * answer. Used by the stubs that tools/idlgen.py makes. */
#pragma once

#include <cell/errors.h>
#include <lib/client/cspace.h>
#include <sel4/sel4.h>

/* Errors below this are the kernel's: the endpoint went while the request was under way. */
#define CELL_FIRST_ERROR 16u

/* The same as cell_call(), below, where errors have words too: up to `fault_words`, zeroes where the answer has fewer. */
static inline cell_error_t cell_call_fault(cell_cap_t self, uint64_t label, uint64_t *words, unsigned in_words,
                                           unsigned out_words, unsigned fault_words)
{
    seL4_IPCBuffer *buffer = 0;
    uint64_t first[4] = {0}, info;
    if (in_words > 4 || out_words > 4 || fault_words > 4) {
        buffer = seL4_GetIPCBuffer();
    }
    do {
        uint64_t badge = self;
        info = seL4_MessageInfo_new(label, 0, 0, in_words).words[0];
        for (unsigned i = 0; i < 4; i++) {
            first[i] = i < in_words ? words[i] : 0;
        }
        for (unsigned i = 4; i < in_words; i++) {
            buffer->msg[i] = words[i];
        }
        sel4_trap((seL4_Word)seL4_SysCall, &badge, &info, &first[0], &first[1], &first[2], &first[3]);
    } while (__builtin_expect(info >> 12 == CELL_AGAIN, 0));
    uint64_t error = info >> 12;
    if (__builtin_expect(error != CELL_OK, 0)) {
        unsigned length = error < CELL_FIRST_ERROR ? 0 : (unsigned)info & 127;
        words[0] = first[0];
        for (unsigned i = 0; i < fault_words; i++) {
            words[i] = i >= length ? 0 : i < 4 ? first[i]
                                               : buffer->msg[i];
        }
        return error < CELL_FIRST_ERROR ? CELL_GONE : (cell_error_t)error;
    }
    for (unsigned i = 0; i < 4 && i < out_words; i++) {
        words[i] = first[i];
    }
    for (unsigned i = 4; i < out_words; i++) {
        words[i] = buffer->msg[i];
    }
    return CELL_OK;
}

/*
 * Sends `in_words` words of `words` and no capabilities (none would arrive), receives `out_words` words into the same
 * array (which has room for either). A request that is answered with CELL_AGAIN is repeated at once: so a long one goes
 * on at the caller's own priority. With CELL_BAD_ARGUMENT, words[0] is the number of the word.
 */
static inline cell_error_t cell_call(cell_cap_t self, uint64_t label, uint64_t *words, unsigned in_words,
                                     unsigned out_words)
{
    return cell_call_fault(self, label, words, in_words, out_words, 0);
}

/* Bytes into words, the last filled up with zeroes. */
static inline void cell_put_bytes(uint64_t *words, const void *bytes, uint64_t count)
{
    if (count % 8 != 0) {
        words[count / 8] = 0;
    }
    __builtin_memcpy(words, bytes, count);
}

static inline void cell_get_bytes(void *bytes, const uint64_t *words, uint64_t count)
{
    __builtin_memcpy(bytes, words, count);
}

/* A text of up to 31 bytes into four words, filled up with zeroes; longer ones are cut. */
static inline void cell_put_text(uint64_t *words, const char *text)
{
    char *to = (char *)words;
    for (unsigned i = 0; i < 4; i++) {
        words[i] = 0;
    }
    for (unsigned i = 0; i < 31 && text[i] != '\0'; i++) {
        to[i] = text[i];
    }
}

/* Back: `text` has room for 32 bytes. */
static inline void cell_get_text(char *text, const uint64_t *words)
{
    __builtin_memcpy(text, words, 31);
    text[31] = '\0';
}
