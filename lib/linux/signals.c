/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/signals.c: see signals.h. Bottom-up: what is noted, sending, delivery, going back, faults; calls are in signal_calls.c. */
#include "lib/linux/signals.h"

#include <cell/idl/pd.h>
#include <cell/idl/word.h>

#include "lib/linux/actions.h"
#include "lib/linux/mapped.h"
#include "lib/linux/rewrite.h"
#include "lib/linux/threads.h"
#include "lib/linux/timers.h"
#include "lib/linux/trace.h"

struct linux_sigaction signal_actions[SIGNALS + 1];

enum { HANDLER_DEFAULT,
       HANDLER_IGNORE };

/* ---- What is noted ------------------------------------------------------------ */

struct queued_signal {
    struct queued_signal *next;
    struct linux_siginfo info;
};

static struct signal_queue of_process;
static lock_t lock;
static uint32_t queued; /* all of them: RLIMIT_SIGPENDING */
#define QUEUED_MOST 1024u

/* Signals below come once, however often they were sent. */
#define SIGNAL_REAL_TIME 32u

static int64_t note(struct signal_queue *queue, const struct linux_siginfo *info)
{
    uint64_t bit = SIGNAL_BIT_OF(info->signal);
    struct queued_signal **end = &queue->first;

    if (info->signal < (int32_t)SIGNAL_REAL_TIME && (queue->pending & bit) != 0)
        return 0;
    struct queued_signal *new = queued >= QUEUED_MOST ? NULL : heap_get(sizeof *new);

    if (new == NULL)
        return -EAGAIN;
    new->info = *info;
    while (*end != NULL)
        end = &(*end)->next;
    *end = new;
    queue->pending |= bit;
    queued++;
    return 0;
}

/* Takes the first of the lowest signal in a set. */
static bool take(struct signal_queue *queue, uint64_t set, struct linux_siginfo *info)
{
    uint64_t ready = queue->pending & set;
    bool found = false, more = false;

    if (ready == 0)
        return false;
    int32_t signal = __builtin_ctzll(ready) + 1;

    for (struct queued_signal **place = &queue->first; *place != NULL;) {
        struct queued_signal *at = *place;

        if (at->info.signal != signal || found) {
            more |= at->info.signal == signal;
            place = &at->next;
            continue;
        }
        *info = at->info;
        *place = at->next;
        heap_put(at, sizeof *at);
        queued--;
        found = true;
    }
    if (!more)
        queue->pending &= ~SIGNAL_BIT_OF(signal);
    return found;
}

bool signal_take(struct thread *thread, uint64_t set, struct linux_siginfo *info)
{
    if (((thread->signals.pending | of_process.pending) & set) == 0)
        return false;
    lock_take(&lock);
    bool found = take(&thread->signals, set, info) || take(&of_process, set, info);

    lock_give(&lock);
    if (found)
        timers_taken(info);
    return found;
}

void signals_drop(struct thread *thread)
{
    struct linux_siginfo info;
    bool found = true;

    while (found) {
        lock_take(&lock);
        found = take(&thread->signals, UINT64_MAX, &info);
        lock_give(&lock);
        if (found)
            timers_taken(&info);
    }
}

uint64_t signals_pending(const struct thread *thread)
{
    return thread->signals.pending | of_process.pending;
}

bool signal_waits(struct thread *thread)
{
    timers_run(thread);
    return (signals_pending(thread) & ~thread->mask) != 0;
}

/* ---- Sending --------------------------------------------------------------------- */

void signal_interrupt(struct thread *thread)
{
    thread->mark = 1;
    if (thread != thread_self())
        word_interrupt(thread->tid, (uint64_t)linux_leave_end);
}

static _Noreturn void end_by(unsigned signal)
{
    if (process.strace)
        trace_killed(signal);
    process_end(128 + signal);
}

/* A signal comes: it begins a handler, ends the process, or does nothing. */
static void show_signal(const struct linux_siginfo *info)
{
    if (process.strace)
        trace_received(info);
}

/* Whether a signal that nobody keeps back does nothing. */
static bool is_ignored(int32_t signal)
{
    uint64_t handler = signal_actions[signal].handler;

    return handler == HANDLER_IGNORE || (handler == HANDLER_DEFAULT && (SIGNALS_IGNORED & SIGNAL_BIT_OF(signal)) != 0);
}

static bool keeps_back(const struct thread *thread, int32_t signal)
{
    return (thread->mask & SIGNAL_BIT_OF(signal)) != 0;
}

/* Does a thread take a signal now? */
static bool takes(const struct thread *thread, int32_t signal)
{
    return !keeps_back(thread, signal) || (thread->wanted & SIGNAL_BIT_OF(signal)) != 0;
}

static int64_t handle_at_once(struct thread *thread, int64_t result);

/* Whether the thread that runs begins a signal's handler when its call, which came from a stub, returns: there is nothing to be noted. */
static bool begins_at_once(struct thread *target, const struct linux_siginfo *info)
{
    if (target != thread_self() || target->after != NULL || target->lr == (uint64_t)linux_jump || info->code == SI_TIMER ||
        info->code == SI_KERNEL || (signals_pending(target) & ~target->mask) != 0)
        return false;
    target->at_once = *info;
    target->after = handle_at_once;
    return true;
}

/* 1: it is noted; 0: it does nothing. With the list of threads held, unless it is for the one that runs. */
static int64_t send(struct thread *thread, const struct linux_siginfo *info)
{
    int32_t signal = info->signal;
    struct thread *target = thread;

    if (target == NULL)
        target = takes(thread_self(), signal) ? thread_self() : threads_that(takes, signal);
    bool now = target != NULL && !keeps_back(target, signal) && (target->wanted & SIGNAL_BIT_OF(signal)) == 0;

    bool handled = signal_actions[signal].handler > HANDLER_IGNORE;

    if (now && (handled || process.strace) && begins_at_once(target, info))
        return 1;
    if (now && is_ignored(signal))
        return 0;
    if (now && !handled)
        end_by((unsigned)signal);
    lock_take(&lock);
    int64_t result = note(thread != NULL ? &thread->signals : &of_process, info);

    lock_give(&lock);
    if (result != 0)
        return result;
    if (target != NULL && takes(target, signal))
        signal_interrupt(target);
    return 1;
}

static int64_t send_to_process(const struct linux_siginfo *info)
{
    if (takes(thread_self(), info->signal))
        return send(NULL, info);
    threads_hold();
    int64_t result = send(NULL, info);

    threads_release();
    return result;
}

static int64_t send_to(uint64_t tid, const struct linux_siginfo *info)
{
    if (tid == thread_self()->tid)
        return info->signal == 0 ? 0 : send(thread_self(), info);
    threads_hold();
    struct thread *thread = threads_find(tid);
    int64_t result = thread == NULL ? -ESRCH : info->signal == 0 ? 0
                                                                 : send(thread, info);

    threads_release();
    return result;
}

int64_t signal_send(const struct linux_siginfo *info)
{
    int64_t result = send_to_process(info);

    return result < 0 ? result : 0;
}

int64_t signal_send_to(uint64_t tid, const struct linux_siginfo *info)
{
    int64_t result = send_to(tid, info);

    return result < 0 ? result : 0;
}

bool signal_note(uint64_t tid, const struct linux_siginfo *info)
{
    return (tid == 0 ? send_to_process(info) : send_to(tid, info)) > 0;
}

struct linux_siginfo signal_info(unsigned signal, int32_t code)
{
    struct linux_siginfo info = {.signal = (int32_t)signal, .code = code};

    info.words[0] = process.start->pd_id; /* by whom: process and user 0 */
    return info;
}

/* ---- Delivery ---------------------------------------------------------------------- */

/* Begins the handler of a frame's signal. */
static void enter(struct thread *thread, struct linux_frame *frame)
{
    int32_t signal = frame->info.signal;
    const struct linux_sigaction action = signal_actions[signal];

    if (!frame_enter(thread, &action, frame, thread->masked ? thread->old_mask : thread->mask))
        end_by(SIGNAL_SEGV);
    thread->masked = false;
    thread->mask |= action.mask | ((action.flags & SA_NODEFER) != 0 ? 0 : SIGNAL_BIT_OF(signal));
    if ((action.flags & SA_RESETHAND) != 0)
        signal_actions[signal].handler = HANDLER_DEFAULT;
}

/* The next signal that has a handler; those that do nothing go, and one may end the process. */
static bool next_handled(struct thread *thread, struct linux_siginfo *info)
{
    while (signal_take(thread, ~thread->mask, info)) {
        show_signal(info);
        if (signal_actions[info->signal].handler > HANDLER_IGNORE)
            return true;
        if (!is_ignored(info->signal))
            end_by((unsigned)info->signal);
    }
    return false;
}

/* Handlers of signals that are there begin, the last one first. A call that was interrupted before it did anything is made once more
 * after that, unless the handler says that it fails. */
static int64_t deliver(struct thread *thread, int64_t result)
{
    struct linux_frame frame;

    while (next_handled(thread, &frame.info)) {
        frame_of_call(thread, result, &frame.context);
        if (result == -ERESTART || result == -ERESTART_NO_HANDLER) {
            bool again = result == -ERESTART && (signal_actions[frame.info.signal].flags & SA_RESTART) != 0;

            frame.context.x[0] = again ? thread->x[0] : (uint64_t)-EINTR;
            frame.context.pc -= again ? 4 : 0;
        }
        enter(thread, &frame);
        result = (int64_t)thread->x[0];
    }
    return result;
}

static int64_t handle_at_once(struct thread *thread, int64_t result)
{
    struct linux_frame frame;

    frame.info = thread->at_once;
    show_signal(&frame.info);
    if (is_ignored(frame.info.signal))
        return result;
    if (signal_actions[frame.info.signal].handler == HANDLER_DEFAULT)
        end_by((unsigned)frame.info.signal);
    frame_of_call(thread, result, &frame.context);
    enter(thread, &frame);
    return (int64_t)thread->x[0];
}

int64_t linux_before_return(struct thread *thread, int64_t result);
int64_t linux_before_return(struct thread *thread, int64_t result)
{
    int64_t (*after)(struct thread *, int64_t) = thread->after;

    thread->after = NULL;
    if (after != NULL)
        result = after(thread, result);
    for (;;) {
        thread->mark = 0;
        timers_run(thread);
        if ((signals_pending(thread) & ~thread->mask) != 0)
            result = deliver(thread, result);
        if (result != -ERESTART && result != -ERESTART_NO_HANDLER)
            break;
        result = linux_call(thread); /* nobody had a handler */
    }
    if (thread->masked) {
        thread->masked = false;
        thread->mask = thread->old_mask;
        thread->mark = 1;
    }
    return result;
}

/* ---- Going back ----------------------------------------------------------------------- */

/* Goes on as a context says that is not behind a call: signals that come meanwhile are delivered first. */
_Noreturn void signals_go_on(struct thread *thread, struct linux_frame *frame)
{
    for (;;) {
        thread->mark = 0;
        timers_run(thread);
        if (next_handled(thread, &frame->info)) {
            enter(thread, frame);
            thread->mark = 1; /* there may be more */
            linux_leave(thread);
        }
        if (frame_set(thread, &frame->context)) {
            thread->x[0] = frame->context.x[0];
            thread->mark = 1;
            linux_leave(thread);
        }
        if (pd_resume() != CELL_INTERRUPTED)
            end_by(SIGNAL_SEGV);
    }
}

/* After a handler: the frame is where the stack is. */
static int64_t go_back(struct thread *thread, int64_t result)
{
    struct linux_frame frame;
    struct linux_context *context = &frame.context;

    (void)result;
    if (!frame_leave(thread, context))
        end_by(SIGNAL_SEGV);
    thread->mask = context->mask & ~SIGNALS_NEVER;
    if (thread->stack.size != 0 || context->stack.size != 0)
        thread->stack = context->stack;
    if (!frame_set(thread, context))
        signals_go_on(thread, &frame);
    return (int64_t)context->x[0];
}

int64_t signals_rt_sigreturn(struct thread *thread, const uint64_t *arguments)
{
    (void)arguments;
    thread->after = go_back;
    return 0;
}

/* ---- Faults and interruptions ------------------------------------------------------------ */

/* The fault of a thread, whose PD would end alone. */
static void tell_fault(const struct thread *thread)
{
    char bytes[120];
    struct text text = {bytes, bytes + sizeof bytes};

    text_add(&text, "linux: thread ");
    text_number(&text, thread->tid);
    text_add(&text, " faulted at ");
    text_hex(&text, thread->frame[FRAME_PC / 8]);
    text_add(&text, ", address ");
    text_hex(&text, thread->frame[FRAME_ADDRESS / 8]);
    text_add(&text, "\n");
    console_put(bytes, (uint64_t)(text.at - bytes));
}

/* It has no handler: the root task reports the fault, and the PD ends; the end of a further thread's PD ends the program. */
static _Noreturn void end_by_fault(void)
{
    pd_upcall(0, (uint64_t)thread_self()->frame);
    if (thread_self()->tid != process.start->pd_id) {
        tell_fault(thread_self());
        end_by(SIGNAL_SEGV);
    }
    thread_self()->mark = 0;
    pd_resume();
    end_by(SIGNAL_SEGV);
}

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
           user_word((const uint32_t *)thread->frame[FRAME_PC / 8]) == (int64_t)INSTRUCTION_SVC;
}

static _Noreturn void make_call(struct thread *thread, uint64_t site)
{
    struct linux_frame frame;
    struct linux_context *context = &frame.context;

    frame_of_upcall(thread, context);
    context->pc = site;
    const uint64_t pair[2] = {context->pc + 4, context->x[30]};

    __builtin_memcpy(thread->x, context->x, sizeof thread->x);
    __builtin_memcpy(thread->saved, context->x + 19, sizeof thread->saved);
    thread->nzcv = context->state;
    /* As a stub leaves it: rt_sigreturn finds its frame so, and a new thread begins so, which loses x16. */
    thread->sp = context->sp - sizeof pair;
    thread->lr = (uint64_t)linux_jump;
    user_put(thread->sp, pair, sizeof pair); /* a call that needs it fails without a stack */
    int64_t result = linux_call(thread);
    int64_t (*after)(struct thread *, int64_t) = thread->after;

    thread->after = NULL;
    result = after == NULL ? result : after(thread, result);
    if (after == go_back) {
        thread->x[0] = (uint64_t)result;
        thread->mark = 1;
        linux_leave(thread);
    }
    if (result != -ERESTART && result != -ERESTART_NO_HANDLER) {
        context->x[0] = (uint64_t)result;
        context->pc += 4;
    }
    signals_go_on(thread, &frame);
}

static int64_t look(struct thread *thread, int64_t result)
{
    (void)thread;
    return result;
}

/* The personality goes on as the upcall's frame says, and looks later if its mark has to go for that. */
static _Noreturn void go_on(struct thread *thread)
{
    do
        if (__atomic_exchange_n(&thread->mark, 0, __ATOMIC_RELAXED) != 0 && thread->after == NULL)
            thread->after = look;
    while (pd_resume() == CELL_INTERRUPTED);
    end_by(SIGNAL_SEGV);
}

/* On its way back to the program: it begins with that once more. A call that would be answered at once is made in the other way. */
static _Noreturn void leave_again(struct thread *thread)
{
    uint64_t *pc = &thread->frame[FRAME_PC / 8];

    if (*pc < (uint64_t)linux_leave) {
        *pc = (uint64_t)linux_entry;
    } else {
        bool restoring = *pc < (uint64_t)linux_checked || *pc >= (uint64_t)linux_jump;

        *pc = restoring ? (uint64_t)linux_leave : (uint64_t)linux_checked;
        thread->frame[FRAME_SP / 8] = (uint64_t)thread;
        if (restoring)
            thread->frame[FRAME_X0 / 8] = (uint64_t)thread;
        thread->frame[FRAME_X16 / 8] = (uint64_t)thread;
    }
    thread->mark = 1;
    go_on(thread);
}

/* Syndromes of aborts: the fault, whether it was a write, and its class (Arm ARM, ESR_EL1). */
enum { FAULT_TRANSLATION = 0x4,
       FAULT_PERMISSION_LAST = 0xf,
       ABORT_WRITES = 0x40,
       CLASS_CODE_ABORT = 0x20 };
#define BUS_ADDRESS 2 /* BUS_ADRERR */
#define SEGV_ACCESS 2 /* SEGV_ACCERR */

/* What a fault was to the files that are mapped. */
static enum mapped_touch touch_page(const struct thread *thread)
{
    uint64_t syndrome = thread->frame[FRAME_SYNDROME / 8], fault = syndrome & 0x3f;
    unsigned access = (syndrome >> 26 & 63) == CLASS_CODE_ABORT ? PROT_EXEC : (syndrome & ABORT_WRITES) != 0 ? PROT_WRITE
                                                                                                             : PROT_READ;

    if (thread->frame[FRAME_CAUSE / 8] != seL4_Fault_VMFault || fault < FAULT_TRANSLATION || fault > FAULT_PERMISSION_LAST)
        return MAPPED_FAULT;
    return mapped_touch(thread->frame[FRAME_ADDRESS / 8], access);
}

/* A copy from or to the program's memory has met a fault: it goes on, or the frame is returned. */
uint64_t *linux_user_fault(uint64_t *frame);
uint64_t *linux_user_fault(uint64_t *frame)
{
    struct thread *thread = thread_self();

    if (touch_page(thread) == MAPPED_AGAIN)
        go_on(thread);
    return frame;
}

static _Noreturn void on_fault(struct thread *thread)
{
    struct linux_frame frame;
    int32_t code;
    enum mapped_touch touch = touch_page(thread);

    frame_of_upcall(thread, &frame.context);
    if (touch == MAPPED_AGAIN)
        signals_go_on(thread, &frame);
    unsigned signal = signal_of(thread, &code);

    if (touch == MAPPED_BUS) {
        signal = SIGNAL_BUS;
        code = BUS_ADDRESS;
    } else if (touch == MAPPED_DENIED) {
        code = SEGV_ACCESS;
    }

    frame.info = (struct linux_siginfo){.signal = (int32_t)signal, .code = code, .words = {thread->frame[FRAME_ADDRESS / 8]}};
    show_signal(&frame.info);
    if (signal_actions[signal].handler <= HANDLER_IGNORE || keeps_back(thread, (int32_t)signal))
        end_by_fault();
    thread->masked = false;
    enter(thread, &frame);
    linux_leave(thread);
}

void linux_fault(struct thread *thread);
void linux_fault(struct thread *thread)
{
    struct linux_frame frame;
    bool interrupted = thread->frame[FRAME_CAUSE / 8] == seL4_Fault_NullFault;

    if (interrupted && thread->frame[FRAME_PC / 8] >= ZONE_START)
        leave_again(thread);
    /* Its own code, or the program jumped there: nothing can be believed. */
    if (thread->frame[FRAME_PC / 8] >= ZONE_START)
        end_by_fault();
    if (interrupted) {
        frame_of_upcall(thread, &frame.context);
        signals_go_on(thread, &frame);
    }
    if (is_call(thread))
        make_call(thread, thread->frame[FRAME_PC / 8]);
    uint64_t site = thread->frame[FRAME_CAUSE / 8] == seL4_Fault_VMFault ? frame_site_of(thread->frame[FRAME_PC / 8]) : 0;

    if (site != 0) /* its stub found no stack */
        make_call(thread, site);
    on_fault(thread);
}

void signals_start(struct thread *thread)
{
    thread->stack.flags = SS_DISABLE;
    pd_upcall((uint64_t)linux_upcall, (uint64_t)thread->frame);
}
