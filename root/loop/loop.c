/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/loop.c: see loop.h and request.h. Bottom-up: registration, deferring,
 * tasks, one message, the loop.
 *
 * While there are tasks, the answer is sent by itself and new messages are only
 * polled for, so that long work in pieces holds up nobody; else answering and
 * receiving is one system call.
 */
#include "root/loop/loop.h"

#include <sel4/sel4.h>

#include "lib/idl/message.h"
#include "root/base/bug.h"
#include "root/loop/longest.h"
#include "root/loop/pacer.h"
#include "root/loop/request.h"
#include "root/core/pd.h"
#include "root/core/reaper.h"

slot_t root_endpoint = SLOT_ENDPOINT;
uint64_t loop_steps;

#define SIGNALS 8

static request_dispatch interfaces[REQUEST_INTERFACES];
static request_fault fault_handler;
static void (*signals[SIGNALS])(void);
static struct list tasks = {&tasks, &tasks};
static struct request request;

void request_register(unsigned number, request_dispatch dispatch)
{
    if (number >= REQUEST_INTERFACES || interfaces[number] != NULL)
        root_bug("interface %u is registered twice, or too high", number);
    interfaces[number] = dispatch;
}

void request_register_fault(request_fault handler)
{
    fault_handler = handler;
}

void loop_register(uint64_t bit, void (*run)(void))
{
    signals[__builtin_ctzll(bit)] = run;
}

/* ---- Answering later ------------------------------------------------- */

cell_error_t request_defer(struct request *from, struct deferred *deferred)
{
    slot_t slot = slot_allocate();

    if (slot == 0)
        return CELL_NO_MEMORY;
    must(kernel_save_caller(slot), "loop: save the caller");
    deferred->slot = slot;
    list_init(&deferred->of_pd);
    from->deferred = true;
    return CELL_OK;
}

static void forget(struct deferred *deferred)
{
    slot_free(deferred->slot);
    deferred->slot = 0;
    list_remove(&deferred->of_pd);
}

void deferred_answer(struct deferred *deferred, cell_error_t error, const uint64_t *words,
                     uint32_t count)
{
    if (deferred->slot == 0)
        return;
    /* Whether somebody gets it or not, the slot is empty then. */
    message_answer_saved(deferred->slot, error, words, count);
    forget(deferred);
}

void deferred_drop(struct deferred *deferred)
{
    if (deferred->slot == 0)
        return;
    must(kernel_delete(deferred->slot), "loop: drop a caller");
    forget(deferred);
}

/* ---- Tasks ----------------------------------------------------------- */

void task_init(struct task *task, void (*run)(struct task *task))
{
    list_init(&task->queue);
    task->run = run;
}

void task_queue(struct task *task)
{
    if (list_empty(&task->queue))
        list_append(&tasks, &task->queue);
}

void task_cancel(struct task *task)
{
    list_remove(&task->queue);
}

static void run_task(void)
{
    struct task *task = CONTAINER(tasks.next, struct task, queue);

    list_remove(&task->queue);
    task->run(task);
}

/* ---- One message ----------------------------------------------------- */

void loop_signalled(uint64_t badge)
{
    for (uint64_t bits = badge & ~SIGNAL_MARK; bits != 0; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);

        if (bit < SIGNALS && signals[bit] != NULL)
            signals[bit]();
    }
}

/* Faults have labels below those of the first interface. */
static bool is_fault(const struct handle *handle, uint64_t label)
{
    return handle->kind == HANDLE_FAULT || (handle->kind == HANDLE_SELF && label >> 16 == 0);
}

static cell_error_t dispatch(struct handle *handle, uint64_t label)
{
    uint64_t interface = label >> 16;

    if (handle->object->dead)
        return CELL_GONE;
    if (interface >= REQUEST_INTERFACES || interfaces[interface] == NULL)
        return CELL_BAD_REQUEST;
    request.operation = (uint32_t)(label & 0xffff);
    return interfaces[interface](&request);
}

/* Carries out what a message asks for. Returns whether to answer; then the message is the answer. */
static inline __attribute__((always_inline)) bool handle_message(struct message *message)
{
    struct handle *handle = handle_by_id(message->badge);
    uint64_t label = seL4_MessageInfo_get_label(message->info);
    cell_error_t error = CELL_BAD_HANDLE;

    request.answer_length = 0;
    request.deferred = false;
    if (handle != NULL) {
        request.handle = handle;
        request.caller = handle_caller(handle);
        /* Kernel calls on the way would overwrite them. */
        request.length = message_take(message, request.words);
        if (is_fault(handle, label) && fault_handler != NULL) {
            fault_handler(&request, label);
            error = CELL_OK;
        } else {
            error = dispatch(handle, label);
        }
    }
    if (handle == NULL && message->badge == PACER_BADGE)
        return pacer_called();
    if (request.deferred)
        return false;
    message_fill(message, error, request.answer, request.answer_length);
    return true;
}

/* ---- The loop -------------------------------------------------------- */

/* What the step that a message asks for is called (longest.h). */
static uint64_t step_of(uint64_t badge, uint64_t label)
{
    const struct handle *handle = handle_by_id(badge);

    if ((badge & SIGNAL_MARK) != 0)
        return STEP_SIGNAL + (badge & ~SIGNAL_MARK);
    if (badge == PACER_BADGE)
        return STEP_PACER;
    return handle != NULL && is_fault(handle, label) ? STEP_FAULT : label;
}

/* Part of the loop, and of what measures it. */
static inline __attribute__((always_inline)) bool carry_out(struct message *message)
{
    loop_steps++;
    reap_begin();
    if ((message->badge & SIGNAL_MARK) == 0)
        return handle_message(message);
    loop_signalled(message->badge);
    return false;
}

static __attribute__((noinline)) bool carry_out_measured(struct message *message)
{
    uint64_t step = step_of(message->badge, seL4_MessageInfo_get_label(message->info));

    longest_begin();
    bool answer = carry_out(message);

    longest_end(step);
    return answer;
}

void loop_run(void)
{
    struct message message = {0};
    bool answer = false;

    longest_init();
    for (;;) {
        if (list_empty(&tasks)) {
            message_receive(&message, SLOT_ENDPOINT, answer);
        } else {
            if (answer)
                message_answer(&message);
            answer = false;
            longest_begin();
            loop_steps++;
            reap_begin();
            run_task();
            longest_end(STEP_TASK);
            if (!message_poll(&message, SLOT_ENDPOINT))
                continue;
        }
        answer = __builtin_expect(longest_wanted, 0) ? carry_out_measured(&message) : carry_out(&message);
    }
}
