/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/linux.h: what the files of the personality share: threads, the process, the program's memory, numbers of Linux.
 *
 * The personality runs beside a Linux program in its address space and takes its system calls. It has no C library, no
 * thread-local variables, and leaves floating point registers alone. A thread's block lies on top of the personality's
 * stack for that thread; the IPC buffer leads to it.
 */
#pragma once

#include <cell/errors.h>
#include <lib/client/cspace.h>
#include <lib/runtime/start.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/linux/layout.h"
#include "lib/linux/numbers.h"

#define PAGE 4096u
#define PAGE_UP(bytes) (((bytes) + PAGE - 1) & ~(uint64_t)(PAGE - 1))
#define PAGE_DOWN(address) ((address) & ~(uint64_t)(PAGE - 1))

/* ---- Threads ----------------------------------------------------------- */

struct linux_siginfo {
    int32_t signal, error, code, pad;
    uint64_t words[14];
};
_Static_assert(sizeof(struct linux_siginfo) == 128, "siginfo");

struct thread {
    uint64_t x[19]; /* of the program, as a call finds them */
    uint64_t sp, lr, nzcv;
    uint64_t frame[FRAME_WORDS];
    uint64_t mark; /* somebody interrupted, or a signal may be there */
    int64_t (*after)(struct thread *thread, int64_t result);
    uint64_t saved[11];  /* x19 to x29 */
    uint64_t answers[7]; /* getpid, getppid, getuid, geteuid, getgid, getegid, gettid */
    const struct start_block *start;
    uint64_t tid;
    struct thread *next;  /* of the process */
    struct thread *maker; /* NULL: it is the first */
    uint32_t children;    /* that it made and that are there */
    uint32_t state;       /* of one that has exited, and may begin once more (threads.c) */
    uint64_t tls, fpcr;   /* of one that begins: TPIDR_EL0, and how it rounds */
    uint64_t clear_tid; /* address of a word to be cleared when it ends; 0: none */
    uint64_t robust;    /* head of the list of robust locks */
    uint64_t mask;      /* signals that are kept back, */
    uint64_t old_mask;  /* and those that will be after a handler, if `masked` */
    uint64_t wanted;    /* waits for these: rt_sigtimedwait */
    struct signal_queue {
        uint64_t pending;
        struct queued_signal *first;
    } signals;
    struct linux_siginfo at_once; /* what it sends to itself, and nobody keeps back (signals.c) */
    struct linux_stack stack; /* for handlers; size 0: none */
    bool masked;
    char name[16];
} __attribute__((aligned(16)));

_Static_assert(sizeof(struct thread) <= THREAD_BYTES && offsetof(struct thread, x) == THREAD_X &&
                   offsetof(struct thread, sp) == THREAD_SP && offsetof(struct thread, lr) == THREAD_LR &&
                   offsetof(struct thread, nzcv) == THREAD_NZCV && offsetof(struct thread, saved) == THREAD_SAVED &&
                   offsetof(struct thread, after) == THREAD_AFTER && offsetof(struct thread, mark) == THREAD_MARK &&
                   offsetof(struct thread, answers) == THREAD_ANSWERS && offsetof(struct thread, frame) == THREAD_FRAME &&
                   offsetof(seL4_IPCBuffer, userData) == BUFFER_THREAD,
               "layout.h");

static inline struct thread *thread_self(void)
{
    return (struct thread *)seL4_GetIPCBuffer()->userData;
}

/* ---- The process -------------------------------------------------------- */

/* One for all threads, in the personality's data. */
struct process {
    const struct start_block *start; /* of the PD that began it */
    bool strace;
    bool threaded;        /* it has made a thread: before, no lock is needed */
    const char *path;     /* of the program */
    uint32_t skip;        /* arguments of the start block before those of the program */
    uint64_t interpreter; /* where the loader of shared libraries lies; 0: there is none */
    uint32_t umask;
    char directory[1024]; /* where relative paths begin, as a path */
};
extern struct process process;

/* A request edge of the thread that runs; 0: it has none. */
cell_cap_t process_edge(const char *type);
/* Ends the process. */
_Noreturn void process_end(uint64_t code);
/* The same with a text on the console: the program cannot be run. */
_Noreturn void process_fail(const char *what, const char *why);

/* ---- Entry (entry.S) ---------------------------------------------------- */

void linux_entry(void);
/* The same, where calls are not traced: some are answered at once. */
void linux_entry_quick(void);
static inline uint64_t linux_entry_of_stubs(void)
{
    return process.strace ? (uint64_t)linux_entry : (uint64_t)linux_entry_quick;
}
/* From here up to the end the thread's block holds all of its registers but x0, and x19 to x29 before linux_checked: it is on its way to
 * the program, and can begin with that again. */
extern const char linux_checked[], linux_leave_end[];
void linux_upcall(void);
_Noreturn void linux_enter_program(uint64_t entry, uint64_t stack);
/* The program goes on as its block says. */
_Noreturn void linux_leave(struct thread *thread);
/* Not to be called: where a handler returns to; pops x16 and x30 and goes to x16, on the way to the program too. */
void linux_restorer(void);
void linux_jump(void);
static inline uint64_t linux_tpidr(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, tpidr_el0"
                     : "=r"(value));
    return value;
}

/* A call's function; its arguments are x0 to x5. */
typedef int64_t call_function(struct thread *thread, const uint64_t *arguments);

/* A system call of the program, whose registers are in its block (calls.c). */
int64_t linux_call(struct thread *thread);

/* Copy to and from the program's memory: 0 or -EFAULT. */
int64_t user_copy(void *to, const void *from, uint64_t count);
int64_t user_zero(void *at, uint64_t count);
int64_t user_text(char *to, const char *from, uint64_t most);
int64_t user_word(const uint32_t *at);
int64_t user_exchange(uint32_t *at, uint32_t old, uint32_t new);
/* The floating point registers to and from FP_BYTES of it, where they are with a mark of theirs, and 8 bytes behind: likewise. */
int64_t user_put_fp(void *at);
int64_t user_get_fp(const void *at);

/* Is no byte of a range the personality's? */
static inline bool user_range(uint64_t at, uint64_t count)
{
    return at <= ZONE_START && count <= ZONE_START - at;
}
static inline int64_t user_get(void *to, uint64_t from, uint64_t count)
{
    return user_range(from, count) ? user_copy(to, (const void *)from, count) : -EFAULT;
}
static inline int64_t user_put(uint64_t to, const void *from, uint64_t count)
{
    return user_range(to, count) ? user_copy((void *)to, from, count) : -EFAULT;
}

/* ---- Locks (lock.c) ------------------------------------------------------ */

/* 0 free, 1 taken, 2 taken and somebody may wait. */
typedef uint32_t lock_t;
void lock_take_threaded(lock_t *lock);
void lock_give_threaded(lock_t *lock);
static inline void lock_take(lock_t *lock)
{
    if (__builtin_expect(process.threaded, false))
        lock_take_threaded(lock);
}
static inline void lock_give(lock_t *lock)
{
    if (__builtin_expect(process.threaded, false))
        lock_give_threaded(lock);
}

/* ---- Memory of the personality's own (heap.c) ----------------------------- */

void heap_start(const struct start_block *start);
/* Zeroed memory; NULL: none left. */
void *heap_get(uint64_t bytes);
void heap_put(void *block, uint64_t bytes);

/* ---- Text (text.c) -------------------------------------------------------- */

/* A line that is put together, at most as long as the buffer. */
struct text {
    char *at, *end;
};
void text_add(struct text *text, const char *words);
void text_bytes(struct text *text, const char *bytes, uint64_t count);
void text_number(struct text *text, uint64_t number);
void text_hex(struct text *text, uint64_t number);
uint64_t text_length(const char *words);
bool text_same(const char *a, const char *b);

/* Puts text on the console as one piece; false: there is no console. */
bool console_put(const char *bytes, uint64_t count);

/* ---- Errors ---------------------------------------------------------------- */

/* The negative errno of an error. */
int64_t error_number(cell_error_t error);
