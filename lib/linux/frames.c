/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/frames.c: see frames.h. */
#include "lib/linux/frames.h"

#include "lib/linux/rewrite.h"

/* On the program's stack, from below: the frame, with room for 4096 bytes of registers, frame pointer and link register of what was
 * interrupted. */
#define AT_INFO offsetof(struct linux_frame, info)
#define AT_CONTEXT offsetof(struct linux_frame, context)
#define AT_FP sizeof(struct linux_frame)
#define AT_RECORD (AT_FP + 4096)
#define FRAME_BYTES (AT_RECORD + 16)
/* Between two instructions, the program may use nothing below its stack pointer; the stub's pair is above it. */

/* The target of a branch at an address. */
static uint64_t target_of(uint64_t at, int64_t instruction)
{
    return at + (uint64_t)((int64_t)((uint64_t)instruction << 38) >> 36);
}

/* Between a call and its stub's end, x16 and x30 lie on the program's stack. */
void frame_of_call(struct thread *thread, int64_t result, struct linux_context *context)
{
    uint64_t pair[2] = {0, 0}, back = thread->lr + STUB_B - STUB_LDP;
    int64_t instruction = user_word((const uint32_t *)back);

    user_get(pair, thread->sp, sizeof pair);
    __builtin_memcpy(context->x, thread->x, sizeof thread->x);
    __builtin_memcpy(context->x + 19, thread->saved, sizeof thread->saved);
    context->x[0] = (uint64_t)result;
    context->x[16] = pair[0];
    context->x[30] = pair[1];
    context->sp = thread->sp + 16;
    /* A handler is about to begin, or the call's stub says where it goes on. */
    context->pc = thread->lr == (uint64_t)linux_jump ? pair[0] : instruction < 0 ? thread->lr
                                                                                 : target_of(back, instruction);
    context->state = thread->nzcv;
    context->fault_address = 0;
}

/* The order of registers in an upcall's frame: after the first three. */
static const uint8_t order[31] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  16, 17, 18, 29, 30, 9, 10,
                                  11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28};

void frame_of_upcall(const struct thread *thread, struct linux_context *context)
{
    const uint64_t *frame = thread->frame;

    for (unsigned i = 0; i < 31; i++)
        context->x[order[i]] = frame[3 + i];
    context->pc = frame[FRAME_PC / 8];
    context->sp = frame[FRAME_SP / 8];
    context->state = frame[FRAME_SPSR / 8] & UINT64_C(0xf0000000);
    context->fault_address = frame[FRAME_ADDRESS / 8];
}

bool frame_on_stack(const struct linux_stack *stack, uint64_t sp)
{
    return sp - stack->start <= stack->size && stack->size != 0;
}

bool frame_enter(struct thread *thread, const struct linux_sigaction *action, struct linux_frame *frame, uint64_t mask)
{
    struct linux_context *context = &frame->context;
    const struct linux_stack *stack = &thread->stack;
    bool switches = (action->flags & SA_ONSTACK) != 0 && stack->size != 0 && !frame_on_stack(stack, context->sp);
    uint64_t at = ((switches ? stack->start + stack->size : context->sp) - FRAME_BYTES) & ~UINT64_C(15);
    const uint64_t record[2] = {context->x[29], context->x[30]};

    frame->pair[0] = action->handler;
    frame->pair[1] = (action->flags & SA_RESTORER) != 0 ? action->restorer : (uint64_t)linux_restorer;
    context->flags = context->link = 0;
    context->stack = *stack;
    context->stack.flags = stack->size == 0 ? SS_DISABLE : frame_on_stack(stack, context->sp) ? SS_ONSTACK
                                                                                              : 0;
    context->mask = mask;
    __builtin_memset(context->more_mask, 0, sizeof context->more_mask);
    context->pad = context->pad2 = 0;
    if (!user_range(at, FRAME_BYTES) || user_put(at, frame, sizeof *frame) != 0 || user_put_fp((void *)(at + AT_FP)) != 0 ||
        user_put(at + AT_RECORD, record, sizeof record) != 0)
        return false;
    thread->x[0] = (uint64_t)frame->info.signal;
    thread->x[1] = at + AT_INFO;
    thread->x[2] = at + AT_CONTEXT;
    thread->saved[10] = at + AT_RECORD;
    thread->sp = at;
    thread->lr = (uint64_t)linux_jump;
    return true;
}

/* The handler's stack pointer is behind the pair; a stub has pushed another one in its place. */
bool frame_leave(struct thread *thread, struct linux_context *context)
{
    return user_range(thread->sp, FRAME_BYTES) && user_get(context, thread->sp + AT_CONTEXT, sizeof *context) == 0 &&
           user_get_fp((const void *)(thread->sp + AT_FP)) == 0;
}

static bool is_stub(uint64_t at)
{
    return at % STUB_BYTES == 0 && user_range(at, STUB_BYTES) && user_word((const uint32_t *)at) == (int64_t)STUB_FIRST;
}

uint64_t frame_site_of(uint64_t stub)
{
    int64_t back = is_stub(stub) ? user_word((const uint32_t *)(stub + STUB_B)) : -EFAULT;

    return back >> 26 == 5 ? target_of(stub + STUB_B, back) - 4 : 0;
}

/* The place in a stub where a call goes on that ends before `pc`; 0: no call of a stub does. */
static uint64_t stub_before(uint64_t pc)
{
    int64_t site = pc < ZONE_START ? user_word((const uint32_t *)(pc - 4)) : -EFAULT;

    if (site < 0 || site >> 26 != 5)
        return 0;
    uint64_t stub = target_of(pc - 4, site);

    return is_stub(stub) ? stub + STUB_LDP : 0;
}

static void set_upcall(struct thread *thread, const struct linux_context *context)
{
    for (unsigned i = 0; i < 31; i++)
        thread->frame[3 + i] = context->x[order[i]];
    thread->frame[FRAME_PC / 8] = context->pc;
    thread->frame[FRAME_SP / 8] = context->sp;
    thread->frame[FRAME_SPSR / 8] = context->state;
    thread->frame[FRAME_TPIDR / 8] = linux_tpidr();
}

bool frame_set(struct thread *thread, const struct linux_context *context)
{
    const uint64_t pair[2] = {context->x[16], context->x[30]};
    uint64_t stub = stub_before(context->pc);

    if (stub == 0 || user_put(context->sp - sizeof pair, pair, sizeof pair) != 0) {
        set_upcall(thread, context);
        return false;
    }
    __builtin_memcpy(thread->x, context->x, sizeof thread->x);
    __builtin_memcpy(thread->saved, context->x + 19, sizeof thread->saved);
    thread->sp = context->sp - sizeof pair;
    thread->lr = stub;
    thread->nzcv = context->state & UINT64_C(0xf0000000);
    return true;
}
