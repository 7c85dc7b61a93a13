/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/signals.c: see signals.h. Bottom-up: actions, frames, delivery, going back, faults, calls. */
#include "lib/linux/signals.h"

#include <cell/idl/pd.h>

#include "lib/linux/rewrite.h"
#include "lib/linux/threads.h"

static struct linux_sigaction actions[SIGNALS + 1];
static lock_t lock;

#define BIT(signal) (UINT64_C(1) << ((signal)-1))
#define NEVER (BIT(SIGNAL_KILL) | BIT(SIGNAL_STOP))
/* What does nothing unless it is handled. */
#define IGNORED (BIT(SIGNAL_CHLD) | BIT(SIGNAL_CONT) | BIT(SIGNAL_URG) | BIT(SIGNAL_WINCH))

enum { HANDLER_DEFAULT,
       HANDLER_IGNORE };

/* ---- Frames ---------------------------------------------------------------- */

/* What a handler gets, from below: siginfo, ucontext. sigaction(2), and the ABI of AArch64. */
struct linux_context {
    uint64_t flags, link;
    struct linux_stack stack;
    uint64_t mask, more_mask[15], pad;
    uint64_t fault_address, x[31], sp, pc, state, pad2;
    struct {
        uint32_t magic, size, status, control;
        uint8_t vectors[512];
        uint32_t end_magic, end_size;
    } fp;
};
_Static_assert(offsetof(struct linux_context, fault_address) == 176 && offsetof(struct linux_context, fp) == 464, "ucontext");
#define FP_MAGIC UINT32_C(0x46508001)

struct linux_frame {
    struct {
        int32_t signal, error, code, pad;
        uint64_t words[14];
    } info;
    struct linux_context context;
};

/* On the program's stack a context has room for 4096 bytes of such registers; behind it stand frame pointer and link register
 * of what was interrupted. */
#define FRAME_RECORD (offsetof(struct linux_frame, context) + offsetof(struct linux_context, fp) + 4096)
#define FRAME_BYTES (FRAME_RECORD + 16)

/* Between a call and its stub's end, x16 and x30 lie on the program's stack. */
static void context_of_call(struct thread *thread, int64_t result, struct linux_context *context)
{
    uint64_t pair[2] = {0, 0};
    const uint32_t *back = (const uint32_t *)(thread->lr + STUB_B - STUB_LDP);
    int64_t instruction = user_word(back);

    user_get(pair, thread->sp, sizeof pair);
    for (unsigned i = 0; i < 19; i++)
        context->x[i] = thread->x[i];
    for (unsigned i = 0; i < 11; i++)
        context->x[19 + i] = thread->saved[i];
    context->x[0] = (uint64_t)result;
    context->x[16] = pair[0];
    context->x[30] = pair[1];
    context->sp = thread->sp + 16;
    context->pc = instruction < 0 ? thread->lr : (uint64_t)back + (uint64_t)((int64_t)((uint64_t)instruction << 38) >> 36);
    context->state = thread->nzcv;
}

/* The order of registers in an upcall's frame: after the first three. */
static const uint8_t order[31] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 29, 30, 9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28};

static void context_of_upcall(const struct thread *thread, struct linux_context *context)
{
    const uint64_t *frame = thread->frame;

    for (unsigned i = 0; i < 31; i++)
        context->x[order[i]] = frame[3 + i];
    context->pc = frame[0];
    context->sp = frame[1];
    context->state = frame[2] & UINT64_C(0xf0000000);
    context->fault_address = frame[FRAME_ADDRESS / 8];
}

static bool on_stack(const struct linux_stack *stack, uint64_t sp)
{
    return sp - stack->start <= stack->size && stack->size != 0;
}

/* Where the frame goes. */
static uint64_t place_of(const struct thread *thread, const struct linux_sigaction *action, uint64_t sp)
{
    const struct linux_stack *stack = &thread->stack;

    if ((action->flags & SA_ONSTACK) != 0 && stack->size != 0 && !on_stack(stack, sp))
        sp = stack->start + stack->size;
    return (sp - FRAME_BYTES) & ~UINT64_C(15);
}

/* Puts the frame onto the program's stack and makes the block go on in the handler; false: the stack is not there. */
static bool enter_handler(struct thread *thread, unsigned signal, struct linux_frame *frame)
{
    const struct linux_sigaction action = actions[signal];
    uint64_t at = place_of(thread, &action, frame->context.sp);
    uint64_t restorer = (action.flags & SA_RESTORER) != 0 ? action.restorer : (uint64_t)linux_restorer;
    const uint64_t pair[2] = {action.handler, restorer};

    frame->context.stack = thread->stack;
    frame->context.stack.flags = thread->stack.size == 0 ? SS_DISABLE : on_stack(&thread->stack, frame->context.sp) ? SS_ONSTACK
                                                                                                                    : 0;
    frame->context.mask = thread->mask;
    const uint64_t record[2] = {frame->context.x[29], frame->context.x[30]};

    if (user_put(at, frame, sizeof *frame) != 0 || user_put(at + FRAME_RECORD, record, sizeof record) != 0 || user_put(at - sizeof pair, pair, sizeof pair) != 0)
        return false;
    thread->mask |= action.mask | ((action.flags & SA_NODEFER) != 0 ? 0 : BIT(signal));
    if ((action.flags & SA_RESETHAND) != 0)
        actions[signal].handler = HANDLER_DEFAULT;
    thread->x[0] = signal;
    thread->x[1] = at + offsetof(struct linux_frame, info);
    thread->x[2] = at + offsetof(struct linux_frame, context);
    thread->saved[10] = at + FRAME_RECORD;
    thread->sp = at - sizeof pair;
    thread->lr = (uint64_t)linux_jump;
    return true;
}

static void fill_frame(struct linux_frame *frame, unsigned signal, int32_t code, uint64_t address)
{
    *frame = (struct linux_frame){.info = {.signal = (int32_t)signal, .code = code}};
    frame->info.words[0] = address;
    frame->context.fp.magic = FP_MAGIC;
    frame->context.fp.size = 528;
    linux_fp_save(frame->context.fp.vectors, &frame->context.fp.status);
}

/* ---- Delivery ---------------------------------------------------------------- */

/* The process ends as by a signal. */
static _Noreturn void end_by(unsigned signal)
{
    process_end(128 + signal);
}

/* Nobody handles it: the root task reports the fault as it is, and the PD ends. */
static _Noreturn void end_by_fault(void)
{
    pd_upcall(0, (uint64_t)thread_self()->frame);
    pd_resume();
    end_by(SIGNAL_SEGV);
}

static unsigned next_signal(struct thread *thread)
{
    lock_take(&lock);
    uint64_t ready = thread->pending & ~thread->mask;
    unsigned signal = ready == 0 ? 0 : (unsigned)__builtin_ctzll(ready) + 1;

    if (signal != 0)
        thread->pending &= ~BIT(signal);
    lock_give(&lock);
    return signal;
}

/* A call is about to return: runs the handlers of signals that are there. */
static int64_t deliver(struct thread *thread, int64_t result)
{
    static struct linux_frame frame;
    unsigned signal = next_signal(thread);

    if (signal == 0)
        return result;
    static lock_t frame_lock;

    lock_take(&frame_lock);
    fill_frame(&frame, signal, SI_TKILL, process.start->pd_id);
    context_of_call(thread, result, &frame.context);
    bool entered = enter_handler(thread, signal, &frame);

    lock_give(&frame_lock);
    if (!entered)
        end_by(SIGNAL_SEGV);
    return (int64_t)signal;
}

void signal_note(struct thread *thread, unsigned signal)
{
    int64_t (*none)(struct thread *, int64_t) = NULL;

    lock_take(&lock);
    thread->pending |= BIT(signal);
    lock_give(&lock);
    if ((thread->pending & ~thread->mask) != 0)
        __atomic_compare_exchange_n(&thread->after, &none, deliver, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

void signal_send(struct thread *thread, unsigned signal)
{
    uint64_t handler = actions[signal].handler;

    if (handler == HANDLER_IGNORE || (handler == HANDLER_DEFAULT && (IGNORED & BIT(signal)) != 0))
        return;
    if (handler == HANDLER_DEFAULT && (thread->mask & BIT(signal)) == 0)
        end_by(signal);
    signal_note(thread, signal);
}

/* ---- Going back ---------------------------------------------------------------- */

/* The place in a stub where a call goes on that ends before `pc`; 0: no call of a stub does. */
static uint64_t stub_before(uint64_t pc)
{
    int64_t site = user_word((const uint32_t *)(pc - 4));

    if (site < 0 || site >> 26 != 5)
        return 0;
    uint64_t stub = pc - 4 + (uint64_t)((int64_t)((uint64_t)site << 38) >> 36);

    return (stub & 15) == 0 && user_word((const uint32_t *)stub) == (int64_t)STUB_FIRST ? stub + STUB_LDP : 0;
}

static void set_block(struct thread *thread, const struct linux_context *context, uint64_t stub)
{
    const uint64_t pair[2] = {context->x[16], context->x[30]};

    for (unsigned i = 0; i < 19; i++)
        thread->x[i] = context->x[i];
    for (unsigned i = 0; i < 11; i++)
        thread->saved[i] = context->x[19 + i];
    thread->sp = context->sp - sizeof pair;
    thread->lr = stub;
    thread->nzcv = context->state & UINT64_C(0xf0000000);
    user_put(thread->sp, pair, sizeof pair);
}

static void set_upcall(struct thread *thread, const struct linux_context *context)
{
    for (unsigned i = 0; i < 31; i++)
        thread->frame[3 + i] = context->x[order[i]];
    thread->frame[0] = context->pc;
    thread->frame[1] = context->sp;
    thread->frame[2] = context->state;
    thread->frame[FRAME_TPIDR / 8] = linux_tpidr();
}

/* After a handler: the frame is where the stack is. */
static int64_t go_back(struct thread *thread, int64_t result)
{
    struct linux_context context;

    (void)result;
    if (user_get(&context, thread->sp + 16 + offsetof(struct linux_frame, context), sizeof context) != 0 ||
        context.fp.magic != FP_MAGIC)
        end_by(SIGNAL_SEGV);
    thread->mask = context.mask & ~NEVER;
    linux_fp_load(context.fp.vectors, &context.fp.status);
    if (thread->stack.size != 0 || context.stack.size != 0)
        thread->stack = context.stack;
    uint64_t stub = stub_before(context.pc);

    if (stub == 0) {
        set_upcall(thread, &context);
        pd_resume();
        end_by(SIGNAL_SEGV);
    }
    set_block(thread, &context, stub);
    if ((thread->pending & ~thread->mask) != 0)
        thread->after = deliver;
    return (int64_t)context.x[0];
}

int64_t signals_rt_sigreturn(struct thread *thread, const uint64_t *arguments)
{
    (void)arguments;
    thread->after = go_back;
    return 0;
}

/* ---- Faults --------------------------------------------------------------------- */

/* Classes of exceptions, and of faults of addresses: Arm ARM, ESR_EL1. */
static unsigned signal_of(const struct thread *thread, int32_t *code)
{
    uint64_t kind = thread->frame[FRAME_CAUSE / 8], syndrome = thread->frame[FRAME_SYNDROME / 8], class = syndrome >> 26 & 63;

    if (kind == seL4_Fault_VMFault) {
        *code = (syndrome & 0x3c) == 0xc ? 2 : 1; /* SEGV_ACCERR, SEGV_MAPERR */
        return (syndrome & 63) == 0x21 ? SIGNAL_BUS : SIGNAL_SEGV;
    }
    *code = 1;
    if (class == 0x3c)
        return SIGNAL_TRAP;
    return class == 0x22 || class == 0x26 ? SIGNAL_BUS : class == 0x2c ? SIGNAL_FPE
                                                                       : SIGNAL_ILL;
}

/* A call that was not replaced by a branch: it is made all the same. */
static bool is_call(const struct thread *thread)
{
    return thread->frame[FRAME_CAUSE / 8] == seL4_Fault_UnknownSyscall &&
           user_word((const uint32_t *)thread->frame[0]) == (int64_t)INSTRUCTION_SVC;
}

static _Noreturn void make_call(struct thread *thread)
{
    struct linux_context context;

    context_of_upcall(thread, &context);
    for (unsigned i = 0; i < 19; i++)
        thread->x[i] = context.x[i];
    thread->sp = context.sp;
    thread->frame[3] = (uint64_t)linux_call(thread);
    thread->frame[0] += 4;
    thread->after = NULL;
    pd_resume();
    end_by(SIGNAL_SEGV);
}

void linux_fault(struct thread *thread);
void linux_fault(struct thread *thread)
{
    struct linux_frame frame;
    int32_t code;

    /* Its own code, or the program jumped there: nothing can be believed. */
    if (thread->frame[0] >= ZONE_START)
        end_by_fault();
    if (is_call(thread))
        make_call(thread);
    unsigned signal = signal_of(thread, &code);

    if (actions[signal].handler <= HANDLER_IGNORE || (thread->mask & BIT(signal)) != 0)
        end_by_fault();
    fill_frame(&frame, signal, code, thread->frame[FRAME_ADDRESS / 8]);
    context_of_upcall(thread, &frame.context);
    if (!enter_handler(thread, signal, &frame))
        end_by_fault();
    linux_leave(thread);
}

void signals_start(struct thread *thread)
{
    thread->stack.flags = SS_DISABLE;
    pd_upcall((uint64_t)linux_upcall, (uint64_t)thread->frame);
}

/* ---- Calls ------------------------------------------------------------------------ */

int64_t signals_rt_sigaction(struct thread *thread, const uint64_t *arguments)
{
    uint64_t signal = arguments[0];
    struct linux_sigaction wanted, old;

    (void)thread;
    if (arguments[3] != 8 || signal == 0 || signal > SIGNALS || (arguments[1] != 0 && (NEVER & BIT(signal)) != 0))
        return -EINVAL;
    old = actions[signal];
    if (arguments[1] != 0) {
        if (user_get(&wanted, arguments[1], sizeof wanted) != 0)
            return -EFAULT;
        wanted.mask &= ~NEVER;
        actions[signal] = wanted;
    }
    return arguments[2] == 0 ? 0 : user_put(arguments[2], &old, sizeof old);
}

enum { SIG_BLOCK,
       SIG_UNBLOCK,
       SIG_SETMASK };

int64_t signals_rt_sigprocmask(struct thread *thread, const uint64_t *arguments)
{
    uint64_t set, old = thread->mask;

    if (arguments[3] != 8)
        return -EINVAL;
    if (arguments[1] != 0) {
        if (user_get(&set, arguments[1], sizeof set) != 0)
            return -EFAULT;
        if ((uint32_t)arguments[0] > SIG_SETMASK)
            return -EINVAL;
        set &= ~NEVER;
        thread->mask = arguments[0] == SIG_BLOCK ? old | set : arguments[0] == SIG_UNBLOCK ? old & ~set
                                                                                           : set;
        uint64_t ready = thread->pending & ~thread->mask;

        /* What was kept back and has no handler by now takes its effect. */
        if (ready != 0 && actions[__builtin_ctzll(ready) + 1].handler <= HANDLER_IGNORE) {
            thread->pending &= ~(ready & -ready);
            signal_send(thread, (unsigned)__builtin_ctzll(ready) + 1);
        } else if (ready != 0) {
            thread->after = deliver;
        }
    }
    return arguments[2] == 0 ? 0 : user_put(arguments[2], &old, sizeof old);
}

int64_t signals_rt_sigpending(struct thread *thread, const uint64_t *arguments)
{
    return user_put(arguments[0], &thread->pending, sizeof thread->pending);
}

/* Least bytes of an alternate stack. */
#define STACK_LEAST 5120u

int64_t signals_sigaltstack(struct thread *thread, const uint64_t *arguments)
{
    struct linux_stack wanted, old = thread->stack;

    if (arguments[0] != 0) {
        if (user_get(&wanted, arguments[0], sizeof wanted) != 0)
            return -EFAULT;
        if (on_stack(&old, thread->sp))
            return -EPERM;
        if ((wanted.flags & ~(uint32_t)SS_DISABLE) != 0)
            return -EINVAL;
        if ((wanted.flags & SS_DISABLE) == 0 && wanted.size < STACK_LEAST)
            return -ENOMEM;
        thread->stack = (wanted.flags & SS_DISABLE) != 0 ? (struct linux_stack){.flags = SS_DISABLE} : wanted;
    }
    return arguments[1] == 0 ? 0 : user_put(arguments[1], &old, sizeof old);
}

static int64_t send(struct thread *thread, uint64_t signal)
{
    if (signal > SIGNALS)
        return -EINVAL;
    if (signal != 0)
        signal_send(thread, (unsigned)signal);
    return 0;
}

int64_t signals_kill(struct thread *thread, const uint64_t *arguments)
{
    int32_t id = (int32_t)arguments[0];

    return id == (int32_t)process.start->pd_id || id == 0 || id == -1 ? send(thread, arguments[1]) : -ESRCH;
}

int64_t signals_tkill(struct thread *thread, const uint64_t *arguments)
{
    uint64_t signal = arguments[1];

    if (arguments[0] == thread->tid)
        return send(thread, signal);
    if (signal > SIGNALS)
        return -EINVAL;
    if (signal != 0 && actions[signal].handler == HANDLER_DEFAULT && (IGNORED & BIT(signal)) == 0)
        return thread_signal(arguments[0], 0) ? (end_by((unsigned)signal), 0) : -ESRCH;
    return thread_signal(arguments[0], actions[signal].handler == HANDLER_IGNORE ? 0 : (unsigned)signal) ? 0 : -ESRCH;
}

int64_t signals_tgkill(struct thread *thread, const uint64_t *arguments)
{
    return arguments[0] == process.start->pd_id ? signals_tkill(thread, arguments + 1) : -ESRCH;
}
