/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters are programs of classic BPF, which only jump forward. One pass from the first instruction to the last tells for a
 * call number which returns can be reached, if what depends on arguments may go either way: where ways meet, a register
 * that differs is unknown from there on.
 */
#include "seccomp.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#else
#define MACHINE AUDIT_ARCH_AARCH64
#endif

struct value {
    bool known;
    uint32_t is;
};

/* Registers A and X, and the scratch memory, at an instruction. */
struct state {
    bool reached;
    struct value a, x, memory[BPF_MEMWORDS];
};

static struct value joined(struct value one, struct value other)
{
    return (struct value){one.known && other.known && one.is == other.is, one.is};
}

static void arrive(struct state *at, const struct state *from)
{
    if (!at->reached) {
        *at = *from;
        return;
    }
    at->a = joined(at->a, from->a);
    at->x = joined(at->x, from->x);
    for (size_t i = 0; i < BPF_MEMWORDS; i++) {
        at->memory[i] = joined(at->memory[i], from->memory[i]);
    }
}

static struct value fixed(uint32_t value)
{
    return (struct value){true, value};
}

static struct value loaded(const struct sock_filter *op, const struct state *s, uint32_t number)
{
    const struct value unknown = {false, 0};
    switch (BPF_MODE(op->code)) {
    case BPF_ABS:
        return op->k == 0 ? fixed(number) : op->k == 4 ? fixed(MACHINE)
                                                       : unknown;
    case BPF_IMM:
        return fixed(op->k);
    case BPF_LEN:
        return fixed(sizeof(struct seccomp_data));
    case BPF_MEM:
        return op->k < BPF_MEMWORDS ? s->memory[op->k] : unknown;
    default:
        return unknown;
    }
}

static struct value computed(uint16_t code, struct value a, struct value b)
{
    if (BPF_OP(code) == BPF_NEG) {
        return (struct value){a.known, 0u - a.is};
    }
    bool known = a.known && b.known;
    switch (BPF_OP(code)) {
    case BPF_ADD:
        return (struct value){known, a.is + b.is};
    case BPF_SUB:
        return (struct value){known, a.is - b.is};
    case BPF_MUL:
        return (struct value){known, a.is * b.is};
    case BPF_DIV:
        return (struct value){known && b.is != 0, b.is != 0 ? a.is / b.is : 0};
    case BPF_AND:
        return (struct value){known, a.is & b.is};
    case BPF_OR:
        return (struct value){known, a.is | b.is};
    case BPF_XOR:
        return (struct value){known, a.is ^ b.is};
    case BPF_LSH:
        return (struct value){known && b.is < 32, a.is << (b.is & 31)};
    case BPF_RSH:
        return (struct value){known && b.is < 32, a.is >> (b.is & 31)};
    default:
        return (struct value){false, 0};
    }
}

static bool holds(uint16_t code, uint32_t a, uint32_t b)
{
    return BPF_OP(code) == BPF_JEQ ? a == b : BPF_OP(code) == BPF_JGT ? a > b
                                          : BPF_OP(code) == BPF_JGE   ? a >= b
                                                                      : (a & b) != 0;
}

/* The instructions after a jump: both, where it depends on something unknown. */
static void jump(struct state *states, size_t at, size_t length, const struct sock_filter *op)
{
    const struct state *s = &states[at];
    size_t to[2] = {at + 1 + op->jt, at + 1 + op->jf};
    struct value b = BPF_SRC(op->code) == BPF_X ? s->x : fixed(op->k);
    bool known = s->a.known && b.known;
    bool taken = known && holds(op->code, s->a.is, b.is);
    if (BPF_OP(op->code) == BPF_JA) {
        to[0] = at + 1 + op->k;
        known = taken = true;
    }
    for (int way = 0; way < 2; way++) {
        if ((!known || taken == (way == 0)) && to[way] < length) {
            arrive(&states[to[way]], s);
        }
    }
}

/* Whether a return value lets the call be made, or lets another process decide about it. */
static bool lets_through(uint32_t action)
{
    action &= SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_TRACE ||
           action == SECCOMP_RET_USER_NOTIF;
}

/* Whether a filter may let a call through. `states` has room for all its instructions. */
static bool may_pass(const struct sock_filter *program, size_t length, uint32_t number, struct state *states)
{
    memset(states, 0, length * sizeof *states);
    states[0].reached = length > 0;
    for (size_t at = 0; at < length; at++) {
        const struct sock_filter *op = &program[at];
        struct state *s = &states[at];
        struct value b = BPF_SRC(op->code) == BPF_X ? s->x : fixed(op->k);
        struct state next = *s;
        if (!s->reached) {
            continue;
        }
        switch (BPF_CLASS(op->code)) {
        case BPF_RET:
            if (BPF_RVAL(op->code) != BPF_A ? lets_through(op->k) : !s->a.known || lets_through(s->a.is)) {
                return true;
            }
            continue;
        case BPF_JMP:
            jump(states, at, length, op);
            continue;
        case BPF_LD:
            next.a = loaded(op, s, number);
            break;
        case BPF_LDX:
            next.x = loaded(op, s, number);
            break;
        case BPF_ALU:
            next.a = computed(op->code, s->a, b);
            break;
        case BPF_ST:
        case BPF_STX:
            if (op->k < BPF_MEMWORDS) {
                next.memory[op->k] = BPF_CLASS(op->code) == BPF_ST ? s->a : s->x;
            }
            break;
        default: /* BPF_MISC */
            *(BPF_MISCOP(op->code) == BPF_TAX ? &next.x : &next.a) = BPF_MISCOP(op->code) == BPF_TAX ? s->a : s->x;
        }
        if (at + 1 < length) {
            arrive(&states[at + 1], &next);
        }
    }
    return false;
}

void lx_filter_apply(const struct sock_filter *program, size_t length, struct lx_calls *calls)
{
    struct state *states = malloc((length + 1) * sizeof *states);
    for (uint32_t number = 0; states != NULL && number < LX_CALLS; number++) { /* no memory: nothing is known to be refused */
        if (lx_calls_has(calls, number) && !may_pass(program, length, number, states)) {
            calls->bits[number / 64] &= ~(UINT64_C(1) << number % 64);
        }
    }
    free(states);
}

/* ---------------------------------------------------------------------------------------------------------- reading */

/* Stops a task in a way that neither it nor its parent can see. `signal`: one that was on its way to it, to be passed on. */
static bool stop(pid_t task, long *signal)
{
    int status;
    *signal = 0;
    if (ptrace(PTRACE_SEIZE, task, NULL, NULL) != 0) {
        return false;
    }
    if (ptrace(PTRACE_INTERRUPT, task, NULL, NULL) != 0 || waitpid(task, &status, __WALL) != task || !WIFSTOPPED(status)) {
        ptrace(PTRACE_DETACH, task, NULL, NULL); /* it has ended */
        return false;
    }
    *signal = status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
    return true;
}

bool lx_filters_read(pid_t task, struct lx_calls *calls)
{
    memset(calls->bits, 0xff, sizeof calls->bits);
    long signal;
    if (!stop(task, &signal)) {
        return false;
    }
    struct sock_filter *program = malloc(BPF_MAXINSNS * sizeof *program);
    bool fine = program != NULL;
    for (unsigned long i = 0; fine; i++) {
        long length = ptrace(PTRACE_SECCOMP_GET_FILTER, task, (void *)i, program);
        if (length < 0) {
            fine = errno == ENOENT; /* there are no more */
            break;
        }
        lx_filter_apply(program, (size_t)length, calls);
    }
    free(program);
    ptrace(PTRACE_DETACH, task, NULL, (void *)signal);
    return fine;
}

unsigned lx_calls_text(const struct lx_calls *calls, char *text, size_t size)
{
    unsigned count = 0;
    size_t used = 0;
    text[0] = '\0';
    for (int from = 0; from < LX_CALLS; from++) {
        int to = from;
        while (lx_calls_has(calls, to)) {
            to++;
        }
        if (to == from) {
            continue;
        }
        count += (unsigned)(to - from);
        if (used + 16 < size) {
            const char *comma = used > 0 ? "," : "";
            used += (size_t)(to - from > 1 ? snprintf(text + used, size - used, "%s%d-%d", comma, from, to - 1)
                                           : snprintf(text + used, size - used, "%s%d", comma, from));
        }
        from = to;
    }
    return count;
}
