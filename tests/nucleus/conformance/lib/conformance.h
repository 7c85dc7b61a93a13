/* SPDX-License-Identifier: BSD-2-Clause */
/* The library of all conformance cases.
 *
 * A case is a root task: it does kernel operations and prints what it observes, one line each; the text is compared
 * with what the reference kernel printed (expected/). So nothing here may print an address or a count that
 * depends on the size of the kernel or on its speed.
 *
 * Layers, bottom-up: print (the serial port, mapped by the task itself, so that release kernels can be tested),
 * objects (slots and memory from bootinfo), threads, faults (of threads that run assembly), time.
 */
#pragma once

#include <sel4/sel4.h>

/* ---- print.c ---- */

/* Writes text to the console. Every line is marked with "| ", so that the kernel's own words can be told apart. */
void print(const char *text);
/* Writes a number: decimal, hexadecimal with 0x. */
void print_decimal(seL4_Word value);
void print_hex(seL4_Word value);
/* A word in hexadecimal, unless it is an address in this program's image: those depend on the compiler, so they are
 * printed relative to the case's assembly (see faults.c) if they are in it, else as `code`. */
void print_word(seL4_Word word);
/* One line `<what>: <value>`. */
void show(const char *what, seL4_Word value);
void show_hex(const char *what, seL4_Word value);
/* One line `<what>: <error name>` with the extra words that the error carries (reference manual, "Errors": they
 * stand in message registers 0 to 4 of the IPC buffer). Returns the error. */
seL4_Error check(const char *what, seL4_Error error);
/* One line with all of a received message: badge, label, capabilities, and the words (of more than 16 a checksum). */
void show_message(const char *what, seL4_MessageInfo_t info, seL4_Word badge);
/* A processor state (SPSR) as it is to be shown: bit 8, SErrors masked, is left out at EL0, since the reference's debug
 * build leaves them open and its release build does not. */
seL4_Word state_shown(seL4_Word state);
/* A heading. */
void section(const char *title);

/* The serial port's registers. */
volatile unsigned *console_registers(void);

/* ---- objects.c ---- */

extern seL4_BootInfo *boot_info;

/* A fresh empty slot of the root CNode. Never reused. */
seL4_CPtr slot_new(void);
/* `count` fresh consecutive slots; returns the first. */
seL4_CPtr slots_new(seL4_Word count);
/* A new object in a fresh slot, from the pool; stops the case with a message when that fails. */
seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits);
/* A fresh untyped of 2^size_bits bytes (RAM). */
seL4_CPtr untyped_new(seL4_Word size_bits);
/* Ends the case with a line that says why it cannot go on. */
void stop(const char *why);

/* Stops the case where a step of the harness itself is refused. */
static inline void must(const char *what, seL4_Error error)
{
    if (error != seL4_NoError) {
        check(what, error);
        stop("the harness was refused");
    }
}
/* The untyped of 2^size_bits bytes of device memory that holds `physical`; not yet used if not asked for before. */
seL4_CPtr device_untyped(seL4_Word physical, seL4_Word size_bits);
/* The page of device memory at `physical` as a frame in a fresh slot; once for each page. */
seL4_CPtr device_page(seL4_Word physical);
/* Maps a frame in the root task's address space, with the tables that it takes. */
void frame_map(seL4_CPtr frame, seL4_Word address, seL4_CapRights_t rights);
/* Makes the page tables that a mapping at `address` in `vspace` takes. `frame` is any unmapped 4 KiB frame. */
void tables_for(seL4_CPtr vspace, seL4_Word address);
/* Copy of a capability in a fresh slot, with fewer rights, or with a badge. */
seL4_CPtr cap_copy(seL4_CPtr source, seL4_CapRights_t rights);
seL4_CPtr cap_mint(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge);
void cap_delete(seL4_CPtr slot);
/* A page of zeroed memory at a fresh address of this task; `*frame` gets its capability if not null. */
void *page_new(seL4_CPtr *frame);

/* ---- threads.c ---- */

struct thread {
    seL4_CPtr tcb;
    seL4_CPtr buffer_frame;
    seL4_CPtr stack_frame;
    seL4_IPCBuffer *buffer;
    char *stack_top;
    char *tls;
    void (*function)(void *);
    void *argument;
    volatile seL4_Word finished;
};

/* A configured thread in this task's spaces at `priority` (the root task runs at 255), not started.
 * `fault_endpoint`: a slot of the root CNode or 0. */
struct thread *thread_new(seL4_Word priority, seL4_CPtr fault_endpoint);
/* Starts it at `function(argument)`; it suspends itself when that returns. */
void thread_start(struct thread *thread, void (*function)(void *), void *argument);
/* Lets lower priorities run until `thread` has finished or `*flag` is not 0 (each may be null); gives up after
 * a bounded number of rounds and prints that. Works by lowering the root task to the priority's level. */
void thread_wait(struct thread *thread);
/* The root task's priority, to let others run. */
void set_own_priority(seL4_Word priority);

/* ---- faults.c ---- */

/* A thread at `code`, assembly in section .text.code, not started: stack pointer 0x7fff0000, x0 0x100, x1 0x101,
 * x6 0x106, x30 0x130, the others 0. */
struct thread *code_new(const char *code, seL4_Word priority, seL4_CPtr fault_endpoint);
/* The same, started, with one yield. */
struct thread *code_start(const char *code, seL4_Word priority, seL4_CPtr fault_endpoint);
/* Sends such a thread elsewhere, starts it, and yields. */
void code_go(struct thread *thread, const char *code);
/* Receives a fault message and prints it; gives up after some yields. Returns its label, 0 if there was none; its
 * words are in the IPC buffer. */
seL4_Word show_fault(const char *what, seL4_CPtr endpoint);

/* ---- time.c ---- */

/* The virtual counter, and a difference of two values in ticks of the kernel (2 ms), rounded. */
seL4_Word time_now(void);
seL4_Word time_ticks(seL4_Word from, seL4_Word to);
/* Prints for how many ticks this thread ran and for how many it was away, `pairs` times in turn, from the second time on
 * that it comes back (the first depend on when the call was made); "all the time" if nobody else runs for 60 ticks. */
void time_watch(const char *what, int pairs);

/* ---- the case ---- */
void run_case(void);
