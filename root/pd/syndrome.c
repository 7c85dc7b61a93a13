/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/syndrome.c: see syndrome.h. Bottom-up: aborts, system registers, classes. */
#include "root/pd/syndrome.h"

#include <stdio.h>

/* ---- Aborts ----------------------------------------------------------- */

/* The fault status code, DFSC or IFSC (ISS encoding of data and of instruction aborts). The lowest
 * two bits of those below 0x10 and of 0x14 to 0x17 are the level of the page table. */
#define STATUS(syndrome) ((syndrome)&0x3f)
#define STATUS_KIND(syndrome) (STATUS(syndrome) >> 2)
enum { KIND_SIZE, KIND_TRANSLATION, KIND_ACCESS_FLAG, KIND_PERMISSION, KIND_EXTERNAL, KIND_EXTERNAL_WALK,
       KIND_PARITY, KIND_PARITY_WALK };
enum { STATUS_ALIGNMENT = 0x21, STATUS_TLB_CONFLICT = 0x30, STATUS_EXCLUSIVE = 0x35 };

bool syndrome_is_page_fault(uint64_t syndrome)
{
    return STATUS_KIND(syndrome) == KIND_TRANSLATION || STATUS_KIND(syndrome) == KIND_PERMISSION;
}

const char *syndrome_abort(uint64_t syndrome)
{
    switch (STATUS(syndrome)) {
    case STATUS_ALIGNMENT:
        return "alignment: the address is no multiple of what this instruction, or this memory, needs";
    case STATUS_TLB_CONFLICT:
        return "conflicting translations";
    case STATUS_EXCLUSIVE:
        return "this memory takes no atomic or exclusive access";
    default:
        break;
    }
    switch (STATUS_KIND(syndrome)) {
    case KIND_SIZE:
        return "the address is larger than addresses are";
    case KIND_ACCESS_FLAG:
        return "the access flag of the page is not set";
    case KIND_EXTERNAL:
    case KIND_EXTERNAL_WALK:
        return "external abort: no memory and no device answers there";
    case KIND_PARITY:
    case KIND_PARITY_WALK:
        return "a memory error (parity or ECC)";
    default:
        return "an abort of an unknown kind";
    }
}

/* ---- Other exceptions -------------------------------------------------- */

/* A trapped MSR, MRS or system instruction (ISS encoding of class 0x18), as assembly says it. */
static void describe_system_register(uint64_t syndrome, char *text, size_t size)
{
    unsigned op0 = (unsigned)(syndrome >> 20 & 3), op2 = (unsigned)(syndrome >> 17 & 7);
    unsigned op1 = (unsigned)(syndrome >> 14 & 7), n = (unsigned)(syndrome >> 10 & 15);
    unsigned m = (unsigned)(syndrome >> 1 & 15);
    bool reads = (syndrome & 1) != 0;

    if (op0 < 2)
        snprintf(text, size, "executed a system instruction (op0 %u, op1 %u, c%u, c%u, op2 %u) that is not for programs",
                 op0, op1, n, m, op2);
    else
        snprintf(text, size, "%s system register s%u_%u_c%u_c%u_%u (%s), which is not for programs",
                 reads ? "read" : "wrote", op0, op1, n, m, op2, reads ? "mrs" : "msr");
}

static const struct {
    uint8_t first, last;
    const char *text;
} classes[] = {
    {SYNDROME_UNKNOWN, SYNDROME_UNKNOWN, "executed an undefined instruction, or one that is not for programs"},
    {0x01, 0x01, "executed wfi or wfe, which is not for programs here"},
    {0x07, 0x07, "used floating point, which it may not"},
    {0x0e, 0x0e, "came into an illegal execution state"},
    {SYNDROME_SVC, SYNDROME_SVC, "made a system call that does not exist"},
    {0x16, 0x16, "called a hypervisor (hvc)"},
    {0x17, 0x17, "called the secure monitor (smc)"},
    {0x19, 0x19, "used SVE, which this processor does not have"},
    {SYNDROME_PC_ALIGNMENT, SYNDROME_PC_ALIGNMENT, "jumped to an address that is no multiple of 4: alignment"},
    {0x26, 0x26, "used a stack pointer that is no multiple of 16: alignment"},
    {0x2c, 0x2c, "caused a floating-point exception"},
    {0x30, 0x31, "met a hardware breakpoint"},
    {0x32, 0x33, "was stepped by hardware"},
    {0x34, 0x35, "met a hardware watchpoint"},
};

void syndrome_describe(uint64_t syndrome, char *text, size_t size)
{
    unsigned class = syndrome_class(syndrome);

    if (class == 0x18) {
        describe_system_register(syndrome, text, size);
        return;
    }
    if (class == SYNDROME_BRK) {
        snprintf(text, size, "executed a breakpoint (brk #%u)", syndrome_comment(syndrome));
        return;
    }
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (class >= classes[i].first && class <= classes[i].last) {
            snprintf(text, size, "%s", classes[i].text);
            return;
        }
    snprintf(text, size, "caused an exception of class 0x%x", class);
}
