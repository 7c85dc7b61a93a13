/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/fault.c: see fault.h. Bottom-up: what a fault message says, is it true,
 * the kept reports, the handler.
 *
 * A PD's fault endpoint capability lies in its own CSpace, so it can send
 * "faults" itself. That is no use to it: everything is taken from the stopped
 * thread and its registers, not from the message, and a message whose thread was
 * not stopped by the kernel where it says is called a forgery in the report.
 */
#include "root/pd/fault.h"

#include <sel4/sel4.h>
#include <stdio.h>
#include <string.h>

#include "root/loop/clock.h"
#include "root/memory/heap.h"
#include "root/pd/cleanup.h"
#include "root/pd/fault_text.h"
#include "root/pd/handed.h"
#include "root/pd/help.h"
#include "root/pd/syndrome.h"
#include "root/pd/upcall.h"
#include "root/spaces/last_answer.h"

/* ---- What the message says ------------------------------------------- */

static void decode(const struct request *request, uint64_t label, struct fault_facts *facts)
{
    const uint64_t *words = request->words;

    facts->label = label;
    facts->counter = words[0];
    if (label == seL4_Fault_VMFault) {
        facts->address = words[seL4_VMFault_Addr];
        facts->access = words[seL4_VMFault_PrefetchFault] != 0        ? HANDLE_EXECUTE
                        : syndrome_is_write(words[seL4_VMFault_FSR]) ? HANDLE_WRITE
                                                                       : HANDLE_READ;
        facts->syndrome = words[seL4_VMFault_FSR];
    } else if (label == seL4_Fault_UserException) {
        facts->syndrome = words[seL4_UserException_Number];
    } else if (label == seL4_Fault_UnknownSyscall) {
        facts->counter = words[seL4_UnknownSyscall_FaultIP];
        facts->number = words[seL4_UnknownSyscall_Syscall];
    } else if (label == seL4_Fault_CapFault) {
        facts->address = words[seL4_CapFault_Addr];
    } else if (label == seL4_Fault_VCPUFault) {
        facts->syndrome = words[0];
    }
}

static uint32_t expected_length(uint64_t label)
{
    return label == seL4_Fault_VMFault          ? seL4_VMFault_Length
           : label == seL4_Fault_UserException  ? seL4_UserException_Length
           : label == seL4_Fault_UnknownSyscall ? seL4_UnknownSyscall_Length
           : label == seL4_Fault_CapFault       ? 1
           : label == seL4_Fault_VCPUFault      ? 1
                                                : UINT32_MAX;
}

/* ---- Is it true? ------------------------------------------------------ */

/* The word of the program at the program counter; 0: not to be read. */
static uint32_t instruction_at(const struct pd *pd, uint64_t counter)
{
    struct vmr *vmr = ads_find(pd->place->ads, counter);
    uint32_t word;

    if (vmr == NULL || vmr->mo == NULL || counter < vmr->start ||
        mo_read(vmr->mo, vmr_offset(vmr, counter), &word, sizeof word) != CELL_OK)
        return 0;
    return word;
}

/* SVC #0, by which a message was sent if it is just behind the counter. */
#define INSTRUCTION_SVC UINT32_C(0xd4000001)

/*
 * A forged fault was sent by a system call, so the thread stands behind an SVC
 * (or on it), and not where the message says. A real one stands on the
 * instruction that it names.
 */
static bool is_forged(struct request *request, uint64_t label, struct fault_facts *facts)
{
    struct pd *pd = request->caller;

    if (request->length < expected_length(label))
        return true;
    if (label == seL4_Fault_UnknownSyscall || label == seL4_Fault_CapFault)
        return false;
    uint64_t counter = facts->registers[0];

    if (label != seL4_Fault_VCPUFault && facts->counter != counter)
        return true;
    if (label == seL4_Fault_VMFault && facts->access == HANDLE_EXECUTE)
        return false;
    return facts->instruction == INSTRUCTION_SVC ||
           (label == seL4_Fault_UserException &&
            instruction_at(pd, counter - 4) == INSTRUCTION_SVC &&
            syndrome_class(facts->syndrome) == SYNDROME_SVC);
}

/* ---- Kept reports ---------------------------------------------------- */

static struct {
    uint64_t number, pd;
    char *text;
    size_t size;
} reports[FAULT_REPORTS];
static uint64_t report_count;

void fault_report_keep(uint64_t pd, const char *text)
{
    unsigned place = report_count % FAULT_REPORTS;
    size_t size = strlen(text) + 1;

    heap_free(reports[place].text, reports[place].size);
    reports[place].text = heap_copy(text, size);
    reports[place].size = reports[place].text == NULL ? 0 : size;
    reports[place].number = ++report_count;
    reports[place].pd = pd;
}

bool fault_report_next(uint64_t after, struct fault_report *report)
{
    if (after >= report_count)
        return false;
    uint64_t number = after + 1;

    if (report_count > FAULT_REPORTS && number <= report_count - FAULT_REPORTS)
        number = report_count - FAULT_REPORTS + 1;
    unsigned place = (unsigned)((number - 1) % FAULT_REPORTS);

    *report = (struct fault_report){number, reports[place].pd,
                                    reports[place].text != NULL ? reports[place].text
                                                                : "(no memory for the report)"};
    return true;
}

/* Too many in this second? A budget that is in another cannot escape that one's bound; but what is
 * in a block of the system's description is no burden to its other jobs. */
static bool is_flooding(const struct budget *budget, uint64_t second)
{
    for (const struct budget *at = budget; at != NULL; at = at->parent)
        if ((at == budget || at->parent != NULL) && at->report_second == second &&
            at->reports >= FAULT_REPORTS_A_SECOND)
            return true;
    return false;
}

/* May a fault of a PD be reported now? Counts it. */
static bool may_report(struct budget *budget)
{
    uint64_t second = clock_now() / UINT64_C(1000000000);

    if (budget != NULL && is_flooding(budget, second)) {
        budget->unreported++;
        return false;
    }
    for (struct budget *at = budget; at != NULL; at = at->parent) {
        at->reports = at->report_second == second ? at->reports + 1 : 1;
        at->report_second = second;
    }
    return true;
}

/* ---- Writing one ------------------------------------------------------ */

/* A report takes long, so it is written in pieces, at the priority of the PD, which stands still
 * meanwhile and ends with the last of them. */
struct writing {
    struct reap reap;
    bool written;
    struct fault_writing report; /* report.pd: referred to */
};

static char text[FAULT_TEXT_SIZE];

/* Writes and keeps the report. */
static void finish(const struct fault_writing *report)
{
    struct pd *pd = report->pd;
    struct budget *budget = pd->account->budget;

    fault_text(report, text);
    size_t length = strlen(text);

    if (budget != NULL && budget->unreported != 0) {
        snprintf(text + length, sizeof text - length, "  before that: %u faults in its budget without a report\n",
                 budget->unreported);
        budget->unreported = 0;
    }
    fault_report_keep(pd->object.id, text);
}

static bool write_some(struct reap *reap)
{
    struct writing *writing = CONTAINER(reap, struct writing, reap);
    struct pd *pd = writing->report.pd;
    bool alive = pd->state == PD_RUNNING && pd->cpu != NULL;

    /* Somebody may have ended it meanwhile. */
    if (alive && !fault_text_names(&writing->report))
        return false;
    if (alive && !writing->written) {
        finish(&writing->report);
        writing->written = true;
        return false;
    }
    if (alive)
        cleanup(pd, PD_FAULTED, writing->report.facts.label);
    object_release(&pd->object);
    heap_free(writing, sizeof *writing);
    return true;
}

/* Has the report written, unless there are too many; false: the PD is to end without one. */
static bool report(struct pd *pd, const struct fault_facts *facts)
{
    struct writing *writing = may_report(pd->account->budget) ? heap_allocate(sizeof *writing) : NULL;

    if (writing == NULL)
        return false;
    writing->report.pd = pd;
    writing->report.facts = *facts;
    object_refer(&pd->object);
    fault_text_begin(&writing->report);
    reap_later(&writing->reap, pd->account, write_some);
    return true;
}

void fault_ends(struct pd *pd, const struct fault_facts *facts)
{
    if (!report(pd, facts))
        cleanup(pd, PD_FAULTED, facts->label);
}

/* ---- The handler ----------------------------------------------------- */

/* True: the PD goes on, with the page or to touch it once more, as what is missing may be about to be freed. */
static bool touch(struct pd *pd, struct fault_facts *facts)
{
    if (help_first(pd))
        return true;
    bool owing = reap_waits();

    facts->region = ads_touch(pd->place->ads, facts->address, facts->access);
    bool is_short = facts->region == ADS_FAULT_MEMORY || facts->region == ADS_FAULT_QUOTA;

    return help_again(pd, is_short, owing) || facts->region == ADS_FAULT_NONE;
}

static void handle(struct request *request, uint64_t label)
{
    struct fault_facts facts = {.region = ADS_FAULT_NONE};
    struct pd *pd = request->caller;

    if (last_answer_fault(request))
        return;
    /* Whatever comes now, the sender is not to go on by an answer of ours. */
    if (pd == NULL || pd->cpu == NULL || pd->state != PD_RUNNING) {
        request->deferred = true;
        return;
    }
    decode(request, label, &facts);
    if (label == seL4_Fault_VMFault && syndrome_is_page_fault(facts.syndrome)) {
        /* Harmless if it is forged: the PD gets a page that it may touch anyway. */
        if (touch(pd, &facts))
            return;
    }
    request->deferred = true;
    cpu_stop(pd->cpu);
    cpu_read(pd->cpu, facts.registers);
    facts.instruction = instruction_at(pd, facts.registers[0]);
    facts.forged = is_forged(request, label, &facts);
    if (!upcall_deliver(pd, &facts) && !handed_over(pd, &facts))
        fault_ends(pd, &facts);
}

void fault_hangs(struct pd *pd, uint64_t seconds)
{
    struct fault_facts facts = {.label = FAULT_HANGS, .region = ADS_FAULT_NONE, .number = seconds};

    cpu_stop(pd->cpu);
    cpu_read(pd->cpu, facts.registers);
    fault_ends(pd, &facts);
}

void fault_init(void)
{
    request_register_fault(handle);
    handed_init();
}
