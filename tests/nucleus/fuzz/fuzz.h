/* SPDX-License-Identifier: BSD-2-Clause */
/* A fuzzer of the kernel's interface.
 *
 * The root task is the harness. It builds a sandbox from an untyped of its own: a CNode, memory, threads, an address
 * space with a copy of this program. The threads in it (drivers) issue random system calls forever: mostly invocations
 * with plausible arguments, some of which are then spoiled, on random slots of the sandbox's CNode. They hold nothing of
 * the harness, so they cannot stop it; it sets them going again when they are stuck, interferes from outside, and after
 * some thousand steps takes everything down and checks that its memory is whole.
 *
 * What this finds: a kernel that stops (no more progress), that lets the harness fault, or that loses memory; and, in
 * the kernel's checking build, any broken invariant. All is determined by the seed and by the kernel, since the machine
 * counts instructions.
 *
 * Layers, bottom-up: random (numbers, options), operations (what may be called and with what), call, driver (a random step),
 * sandbox (building, starting and taking down), main (rounds).
 */
#pragma once

#include "tests/nucleus/conformance/lib/conformance.h"

enum { fuzz_root = seL4_CapInitThreadCNode, fuzz_deep = seL4_WordBits };

/* ---- random.c ---- */

/* The next number of a sequence (xorshift64*). The state is never 0. */
seL4_Word random_next(seL4_Word *state);
/* A number below `limit`, which is not 0. */
seL4_Word random_below(seL4_Word *state, seL4_Word limit);
/* The number behind `name=` in the boot options of the device tree, or `otherwise`. */
seL4_Word option_number(const char *name, seL4_Word otherwise);

/* ---- operations.c ---- */

/* The probable contents of a slot. */
enum kind {
    kind_nothing,
    kind_untyped,
    kind_tcb,
    kind_endpoint,
    kind_notification,
    kind_cnode,
    kind_space,
    kind_frame,
    kind_table,
    kind_vcpu,
    kind_irq_control,
    kind_irq_handler,
    kind_asid_control,
    kind_asid_pool,
    kind_smc,
    kind_sgi,
    kind_count
};

/* An invocation: a letter for each word and for each capability says what is expected there (see operations.c). */
struct operation {
    enum kind kind;
    seL4_Word label;
    const char *words;
    const char *caps;
};

extern const struct operation operations[];
extern const seL4_Word operation_count;

enum { sandbox_bits = 8, sandbox_slots = 1 << sandbox_bits, label_limit = 64 };

/* A driver's own page, shared with the harness. */
struct driver_state {
    seL4_Word random;
    volatile seL4_Word steps;
    volatile seL4_Word succeeded;
    seL4_Word entry;                  /* where a thread may be sent */
    seL4_Word data;                   /* an address to read and write */
    unsigned char hints[sandbox_slots]; /* enum kind */
    volatile seL4_Word by_label[label_limit]; /* of `succeeded`, how many of each label */
};

/* A word for a letter, and a slot for the letter of a capability. */
seL4_Word word_for(struct driver_state *state, char letter);
seL4_CPtr slot_for(struct driver_state *state, char letter);
/* The kind that an object type makes. */
enum kind kind_of_type(seL4_Word type);

/* ---- call.c ---- */

enum { words_maximum = 40 };

/* The words and slots of a call. */
struct call {
    seL4_CPtr slot;
    seL4_Word label;
    seL4_Word words[words_maximum];
    seL4_Word length;
    seL4_CPtr caps[seL4_MsgMaxExtraCaps];
    seL4_Word cap_count;
};

/* A plausible invocation. */
void call_choose(struct driver_state *state, struct call *call);
/* Makes one thing of it different. */
void call_spoil(struct driver_state *state, struct call *call);
/* Takes out what could let time stand still. */
void call_keep_time_going(struct call *call);
/* Remembers what a call that succeeded has done to slots. */
void call_remember(struct driver_state *state, const struct call *call);
/* A slot that holds `kind` according to the hints, else any. */
seL4_CPtr call_target(struct driver_state *state, enum kind kind);

/* ---- driver.c ---- */

/* Steps forever. Writes to no memory but the state's page, the stack and the IPC buffer. */
void driver_run(void *state);

/* ---- sandbox.c ---- */

enum { driver_count = 4 };

extern struct driver_state *driver_states[driver_count];

void sandbox_open(seL4_Word seed);
void sandbox_build(seL4_Word round);
/* Changes the sandbox from outside, and sends drivers that make no progress back to their start. */
void sandbox_disturb(void);
/* Takes all down; stops the program with a message if the memory is not whole afterwards. */
void sandbox_take_down(void);
/* Steps of all drivers, and those of them that the kernel did not refuse. */
seL4_Word sandbox_steps(void);
seL4_Word sandbox_succeeded(void);
/* How many invocations of each label succeeded, on one line. */
void sandbox_show_labels(void);
