/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/smc.c: calls to the firmware for the holder of the capability (manual 8.3; Arm DEN 0028).
 * A badge restricts a capability to one function.
 */
#include <sel4/constants.h>

#include "nucleus/message.h"
#include "nucleus/operations.h"

#define SMC_WORDS 8

int smc_call(struct invocation *invocation)
{
    uint64_t badge = invocation->slot->cap.endpoint.badge;
    uint64_t words[SMC_WORDS];

    for (unsigned i = 0; i < SMC_WORDS; i++)
        words[i] = invocation_word(invocation, i);
    if (badge != 0 && badge != words[0])
        return refuse(seL4_IllegalOperation);
    register uint64_t x0 __asm__("x0") = words[0];
    register uint64_t x1 __asm__("x1") = words[1];
    register uint64_t x2 __asm__("x2") = words[2];
    register uint64_t x3 __asm__("x3") = words[3];
    register uint64_t x4 __asm__("x4") = words[4];
    register uint64_t x5 __asm__("x5") = words[5];
    register uint64_t x6 __asm__("x6") = words[6];
    register uint64_t x7 __asm__("x7") = words[7];
    __asm__ volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
                     :
                     : "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    uint64_t results[SMC_WORDS] = {x0, x1, x2, x3, x4, x5, x6, x7};
    if (invocation->is_call)
        invocation->answer_length = (uint8_t)message_put(invocation->thread, results, SMC_WORDS);
    return seL4_NoError;
}
