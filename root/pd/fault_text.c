/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/fault_text.c: see fault_text.h. Bottom-up: writing, places in the
 * program, the cause, the guess, registers, the backtrace.
 */
#include "root/pd/fault_text.h"

#include <sel4/sel4.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/elf/elf.h"
#include "root/pd/syndrome.h"

/* Where x0 to x30 stand in seL4_UserContext (sel4/types.h). */
enum { REG_PC, REG_SP, REG_SPSR, REG_X29 = 15, REG_X30 = 16 };
static const uint8_t general[31] = {3,  4,  5,  6,  7,  8,  9,  10, 11, 17, 18,
                                    19, 20, 21, 22, 23, 12, 13, 14, 24, 25, 26,
                                    27, 28, 29, 30, 31, 32, 33, 15, 16};

struct writer {
    char *at, *end;
};

static void put(struct writer *writer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(writer->at, (size_t)(writer->end - writer->at), format, arguments);
    va_end(arguments);
    if (length > 0)
        writer->at += length < writer->end - writer->at ? length : writer->end - writer->at - 1;
}

static void put_text(struct writer *writer, const char *text)
{
    size_t length = strlen(text), room = (size_t)(writer->end - writer->at) - 1;

    if (length > room)
        length = room;
    memcpy(writer->at, text, length);
    writer->at += length;
    *writer->at = 0;
}

/* ---- Places ---------------------------------------------------------- */

static bool open_elf(const struct pd *pd, struct elf *elf)
{
    const void *bytes =
        pd->program.size == 0 ? NULL : archive_bytes(&pd->program, 0, pd->program.size);

    return bytes != NULL && elf_open(elf, bytes, pd->program.size) == ELF_OK;
}

/* An address in code, with the function if the program has symbols. */
static void put_place(struct writer *writer, const struct elf_place *place)
{
    put(writer, "0x%lx", (unsigned long)place->address);
    if (place->name != NULL)
        put(writer, " %.64s+0x%lx", place->name, (unsigned long)place->offset);
}

static void put_region(struct writer *writer, const struct ads *ads, uint64_t address)
{
    struct vmr *vmr = ads_find(ads, address);

    if (vmr == NULL) {
        put(writer, "no region is there");
        return;
    }
    put(writer, "%s %s region 0x%lx to 0x%lx (%s%s%s)",
        address < vmr->start ? "the guard page below the" : "in the", vmr_kind_name(vmr->kind),
        (unsigned long)vmr->start, (unsigned long)vmr_end(vmr),
        (vmr->rights & HANDLE_READ) != 0 ? "r" : "-", (vmr->rights & HANDLE_WRITE) != 0 ? "w" : "-",
        (vmr->rights & HANDLE_EXECUTE) != 0 ? "x" : "-");
}

/* ---- The cause ------------------------------------------------------- */

static const char *access_text(unsigned access)
{
    return access == HANDLE_EXECUTE ? "execute" : access == HANDLE_WRITE ? "write" : "read";
}

/* UDF, all of whose other bits are 0: so is what is no code. */
static bool is_udf(const struct fault_facts *facts)
{
    return facts->instruction >> 16 == 0;
}

static void put_cause(struct writer *writer, const struct pd *pd, const struct fault_facts *facts)
{
    char what[160];

    switch (facts->forged ? seL4_Fault_NullFault : facts->label) {
    case seL4_Fault_NullFault:
        put(writer, "sent a forged fault message (label %lu) to its fault handler",
            (unsigned long)facts->label);
        break;
    case seL4_Fault_VMFault:
        put(writer, "tried to %s address 0x%lx: ", access_text(facts->access),
            (unsigned long)facts->address);
        if (facts->region == ADS_FAULT_NONE)
            put(writer, "%s; ", syndrome_abort(facts->syndrome));
        put_region(writer, pd->place->ads, facts->address);
        break;
    case seL4_Fault_UnknownSyscall:
        put(writer, "made system call %ld, which does not exist", (long)facts->number);
        break;
    case seL4_Fault_CapFault:
        put(writer, "used capability address 0x%lx, which leads nowhere",
            (unsigned long)facts->address);
        break;
    case seL4_Fault_UserException:
    case seL4_Fault_VCPUFault:
        syndrome_describe(facts->syndrome, what, sizeof what);
        put(writer, "%s", what);
        if (syndrome_class(facts->syndrome) == SYNDROME_UNKNOWN)
            put(writer, is_udf(facts) ? ": udf #%u" : ": 0x%08x", facts->instruction);
        break;
    case FAULT_HANGS:
        put(writer, "hangs: it has not answered the root task for %lu seconds", (unsigned long)facts->number);
        break;
    default:
        put(writer, "caused a fault of kind %lu", (unsigned long)facts->label);
    }
    if (!facts->forged && facts->syndrome != 0)
        put(writer, " (syndrome 0x%lx)", (unsigned long)facts->syndrome);
}

/* ---- The guess ------------------------------------------------------- */

/* A stack pointer up to this far below its stack is said to be beyond its end; one farther away is damaged. */
#define STACK_FRAME_MOST (UINT64_C(64) << 20)

/* The stack pointer has left the stack downwards, and did not come to other memory: coroutines have
 * stacks of their own. */
static bool is_stack_overflow(const struct pd *pd, const struct fault_facts *facts)
{
    uint64_t sp = facts->registers[REG_SP];

    if (pd->place->stack == NULL || facts->region == ADS_FAULT_RIGHTS)
        return false;
    uint64_t low = pd->place->stack->start;
    const struct vmr *there = ads_find(pd->place->ads, sp);

    return ads_find(pd->place->ads, facts->address) == pd->place->stack && facts->address < low
               ? true
               : sp < low && low - sp <= STACK_FRAME_MOST && (there == NULL || there == pd->place->stack);
}

static const char *guess_execute(const struct fault_facts *facts)
{
    if (facts->address < ADS_LOWEST)
        return "a call through a NULL pointer";
    return facts->region == ADS_FAULT_RIGHTS
               ? "a jump into data: a wild function pointer, or a damaged return address"
               : "a jump to where nothing is: a wild function pointer, or a damaged return address";
}

/* Of a write to memory that may not be written. */
static const char *guess_write(const struct vmr *vmr)
{
    if (vmr != NULL && (vmr->rights & HANDLE_EXECUTE) != 0)
        return "a write to code";
    if (vmr != NULL && (vmr->kind == CELL_REGION_ELF_CODE || vmr->kind == CELL_REGION_ELF_DATA))
        return "a write to a string literal or another constant";
    return "a write to memory that this protection domain may only read";
}

static const char *guess_page(const struct pd *pd, const struct fault_facts *facts)
{
    const struct vmr *vmr = ads_find(pd->place->ads, facts->address);
    const struct vmr *before = ads_find(pd->place->ads, facts->address - PAGE_SIZE);

    if (is_stack_overflow(pd, facts))
        return "stack overflow";
    if (facts->access == HANDLE_EXECUTE)
        return guess_execute(facts);
    if (facts->address < ADS_LOWEST)
        return "a NULL pointer";
    if (facts->region == ADS_FAULT_RIGHTS && facts->access == HANDLE_WRITE)
        return guess_write(vmr);
    if (vmr == NULL ? before != NULL && before->kind == CELL_REGION_HEAP : vmr->kind == CELL_REGION_HEAP)
        return "an access beyond what malloc gave out";
    return "a wild pointer";
}

static const char *guess_abort(const struct vmr *vmr)
{
    if (vmr == NULL)
        return "a wild pointer";
    return vmr->kind == CELL_REGION_DEVICE
               ? "a device register that is not there, or not of this size"
               : "an atomic access through a pointer that is not aligned for its type";
}

/* GCC's __builtin_trap(). */
#define BRK_TRAP 1000u

static const char *guess(const struct pd *pd, const struct fault_facts *facts)
{
    if (facts->forged)
        return "it is up to no good, or has a wild capability address";
    if (facts->label == seL4_Fault_VMFault)
        return facts->region == ADS_FAULT_NONE ? guess_abort(ads_find(pd->place->ads, facts->address))
                                               : guess_page(pd, facts);
    if (facts->label != seL4_Fault_UserException && facts->label != seL4_Fault_VCPUFault)
        return NULL;
    switch (syndrome_class(facts->syndrome)) {
    case SYNDROME_UNKNOWN:
        return is_udf(facts) ? "the C runtime stopped it, or a jump into data" : NULL;
    case SYNDROME_PC_ALIGNMENT:
        return "a wild function pointer, or a damaged return address";
    case SYNDROME_BRK:
        return syndrome_comment(facts->syndrome) == BRK_TRAP ? "__builtin_trap" : NULL;
    default:
        return NULL;
    }
}

/* The limit that was in the way: the nearest that has nothing left. */
static void put_quota(struct writer *writer, const struct account *account)
{
    static const char *const units[] = {[ACCOUNT_PAGES] = "pages", [ACCOUNT_OBJECTS] = "objects"};

    put(writer, "  guess: out of memory: beyond the limit of its budget");
    for (const struct budget *budget = account->budget; budget != NULL; budget = budget->parent)
        for (unsigned i = 0; i < sizeof units / sizeof *units; i++)
            if (budget->left[i] <= 0) {
                put(writer, ", %lu of %lu %s used\n", (unsigned long)budget_used(budget, i),
                    (unsigned long)budget->limit[i], units[i]);
                return;
            }
    put(writer, "\n");
}

static void put_guess(struct writer *writer, const struct pd *pd, const struct fault_facts *facts)
{
    const struct vmr *vmr = ads_find(pd->place->ads, facts->address);
    const char *idea;

    if (!facts->forged && facts->region == ADS_FAULT_QUOTA && vmr != NULL && vmr->mo != NULL)
        put_quota(writer, vmr->mo->object.account);
    else if (!facts->forged && facts->region == ADS_FAULT_MEMORY)
        put(writer, "  guess: out of memory: the machine has no page left for it\n");
    else if ((idea = guess(pd, facts)) != NULL)
        put(writer, "  guess: %s\n", idea);
}

/* ---- Registers and calls --------------------------------------------- */

/* 16 digits, without the cost of a format. */
static void put_long(struct writer *writer, uint64_t value)
{
    char digits[17];

    for (unsigned i = 0; i < 16; i++)
        digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    digits[16] = 0;
    put_text(writer, digits);
}

static void put_registers(struct writer *writer, const struct fault_facts *facts)
{
    char name[] = "  x00 ";

    put_text(writer, "  sp  ");
    put_long(writer, facts->registers[REG_SP]);
    put_text(writer, " spsr ");
    put_long(writer, facts->registers[REG_SPSR]);
    put_text(writer, "\n");
    for (unsigned i = 0; i < 31; i++) {
        name[3] = (char)('0' + (i < 10 ? i : i / 10));
        name[4] = (char)(i < 10 ? ' ' : '0' + i % 10);
        put_text(writer, i % 4 == 0 ? name : name + 1);
        put_long(writer, facts->registers[general[i]]);
        put_text(writer, i % 4 == 3 || i == 30 ? "\n" : "");
    }
}

/* Reads a word of the PD's memory; false: it has none there. */
static bool read_word(const struct pd *pd, uint64_t address, uint64_t *word)
{
    struct vmr *vmr = ads_find(pd->place->ads, address);

    if (vmr == NULL || vmr->mo == NULL || address % 8 != 0 || address < vmr->start)
        return false;
    /* Not to make pages just for looking at them. */
    if (mo_page(vmr->mo, vmr_page(vmr, address)) == 0)
        return false;
    return mo_read(vmr->mo, vmr_offset(vmr, address), word, sizeof *word) == CELL_OK;
}

static void add_place(struct fault_writing *writing, uint64_t address)
{
    writing->places[writing->count++].address = address;
}

/* Frame records: the caller's, and the return address (AAPCS64, 6.4.6). */
static void find_places(struct fault_writing *writing)
{
    const uint64_t *registers = writing->facts.registers;
    uint64_t frame = registers[REG_X29], next, back;

    add_place(writing, registers[REG_PC]);
    if (registers[REG_X30] != 0)
        add_place(writing, registers[REG_X30] - 4);
    for (unsigned i = 2; i < FAULT_PLACES && frame != 0; i++) {
        if (!read_word(writing->pd, frame, &next) || !read_word(writing->pd, frame + 8, &back) || back == 0)
            break;
        if (back != registers[REG_X30])
            add_place(writing, back - 4);
        if (next <= frame)
            break;
        frame = next;
    }
}

static void put_backtrace(struct writer *writer, const struct fault_writing *writing)
{
    put_text(writer, "  called from:");
    for (unsigned i = 1; i < writing->count; i++) {
        put_text(writer, "\n    ");
        put_place(writer, &writing->places[i]);
    }
    put_text(writer, "\n");
}

/* ---- In pieces --------------------------------------------------------- */

/* Symbols that are looked at in a piece. */
#define PIECE_SYMBOLS 200u

void fault_text_begin(struct fault_writing *writing)
{
    writing->has_elf = open_elf(writing->pd, &writing->elf);
    find_places(writing);
}

bool fault_text_names(struct fault_writing *writing)
{
    return !writing->has_elf || elf_places_name(&writing->elf, writing->places, writing->count,
                                                &writing->symbol, PIECE_SYMBOLS);
}

void fault_text(const struct fault_writing *writing, char text[FAULT_TEXT_SIZE])
{
    struct writer writer = {text, text + FAULT_TEXT_SIZE};
    const struct fault_facts *facts = &writing->facts;
    const struct pd *pd = writing->pd;

    put(&writer, "fault: PD_%lx (%s) ", (unsigned long)pd->object.id, pd->name);
    put_cause(&writer, pd, facts);
    put_text(&writer, "\n");
    put_guess(&writer, pd, facts);
    put_text(&writer, "  at: ");
    put_place(&writer, &writing->places[0]);
    put(&writer, " on VCPU %lx\n", (unsigned long)pd->cpu->object.id);
    put_registers(&writer, facts);
    put_backtrace(&writer, writing);
}
