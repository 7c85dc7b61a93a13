/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/fault_text.h: a fault in words.
 */
#pragma once

#include "lib/elf/elf.h"
#include "root/core/pd.h"

#define FAULT_TEXT_SIZE 4096u

/* In place of a kernel's fault: a server that does not answer. */
#define FAULT_HANGS 64u

struct fault_facts {
    uint64_t label;    /* seL4_Fault_…, or FAULT_HANGS */
    uint64_t counter;  /* where, as the message says */
    uint64_t address;  /* that was touched, or capability address */
    unsigned access;   /* HANDLE_READ, _WRITE or _EXECUTE */
    uint64_t syndrome; /* ESR */
    uint64_t number;   /* of the system call; seconds without an answer */
    enum ads_fault region; /* of a page fault; ADS_FAULT_NONE: it is another fault */
    bool forged;
    uint32_t instruction; /* that the program counter is at; 0: not to be read */
    uint64_t registers[CPU_REGISTERS]; /* of the stopped thread */
};

/* Where it stands, where the link register leads, and return addresses from the stack. */
#define FAULT_PLACES 18u

/* A report that is being written, in pieces. */
struct fault_writing {
    struct pd *pd;
    struct fault_facts facts;
    struct elf elf;
    bool has_elf;
    unsigned count;  /* of places */
    uint64_t symbol; /* the next to be looked at */
    struct elf_place places[FAULT_PLACES];
};

/* Begins with a zeroed one, whose PD and facts are set: reads the PD's stack. */
void fault_text_begin(struct fault_writing *writing);
/* Looks for the names of places; false: there is more to do. */
bool fault_text_names(struct fault_writing *writing);
/* Writes the report: which PD, cause, region, guess, registers, backtrace. */
void fault_text(const struct fault_writing *writing, char text[FAULT_TEXT_SIZE]);
