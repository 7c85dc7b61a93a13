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
#include <string.h>

#include "root/base/bug.h"
#include "root/loop/longest.h"
#include "root/loop/pacer.h"
#include "root/loop/request.h"
#include "root/core/pd.h"
#include "root/core/reaper.h"

slot_t root_endpoint = SLOT_ENDPOINT;

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

/* ---- Handle arguments ------------------------------------------------ */

cell_error_t request_handle(const struct request *from, cell_cap_t where, struct handle **handle)
{
    uint32_t entry = from->caller != NULL ? cspace_entry(pd_cspace(from->caller), where)
                     : where >> CSPACE_INDEX_BITS == CSPACE_COMMON
                         ? table_entry(from->handle->holder, where)
                         : SLOT_EMPTY;

    if (entry == SLOT_EMPTY || entry == SLOT_BARE)
        return CELL_BAD_HANDLE;
    *handle = handle_by_index(entry);
    return (*handle)->object->dead ? CELL_BAD_HANDLE : CELL_OK;
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

/* Puts the words that do not travel in registers where the kernel takes them. */
static void load_words(const uint64_t *words, uint32_t count)
{
    if (count > REQUEST_FAST_WORDS)
        memcpy(&seL4_GetIPCBuffer()->msg[REQUEST_FAST_WORDS], words + REQUEST_FAST_WORDS,
               (count - REQUEST_FAST_WORDS) * sizeof *words);
}

void deferred_answer(struct deferred *deferred, cell_error_t error, const uint64_t *words,
                     uint32_t count)
{
    seL4_Word registers[REQUEST_FAST_WORDS] = {0};

    if (deferred->slot == 0)
        return;
    for (uint32_t i = 0; i < count && i < REQUEST_FAST_WORDS; i++)
        registers[i] = words[i];
    load_words(words, count);
    /* If the caller is gone, the slot is empty by now and nothing is sent; and a
     * non-blocking send to an empty slot is no fault. */
    sel4_trap_send((seL4_Word)seL4_SysNBSend, deferred->slot,
                   seL4_MessageInfo_new(error, 0, 0, count).words[0], registers[0], registers[1],
                   registers[2], registers[3]);
    deferred_drop(deferred);
}

void deferred_drop(struct deferred *deferred)
{
    if (deferred->slot == 0)
        return;
    must(kernel_delete(deferred->slot), "loop: drop a caller");
    slot_free(deferred->slot);
    deferred->slot = 0;
    list_remove(&deferred->of_pd);
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

struct message {
    seL4_Word badge;
    seL4_MessageInfo_t info;
    seL4_Word words[REQUEST_FAST_WORDS];
};

void loop_signalled(uint64_t badge)
{
    for (uint64_t bits = badge & ~SIGNAL_MARK; bits != 0; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);

        if (bit < SIGNALS && signals[bit] != NULL)
            signals[bit]();
    }
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

/* Carries out what a message asks for. Returns whether to answer, with
 * message->info and message->words. */
static inline __attribute__((always_inline)) bool handle_message(struct message *message)
{
    struct handle *handle = handle_by_id(message->badge);
    uint64_t label = seL4_MessageInfo_get_label(message->info);
    uint32_t length = (uint32_t)seL4_MessageInfo_get_length(message->info);
    cell_error_t error = CELL_BAD_HANDLE;

    request.answer_length = 0;
    request.deferred = false;
    if (handle != NULL) {
        request.handle = handle;
        request.caller = handle_caller(handle);
        request.length = length;
        for (unsigned i = 0; i < REQUEST_FAST_WORDS; i++)
            request.words[i] = message->words[i];
        /* Kernel calls on the way would overwrite the others. */
        if (length > REQUEST_FAST_WORDS)
            memcpy(request.words + REQUEST_FAST_WORDS,
                   &seL4_GetIPCBuffer()->msg[REQUEST_FAST_WORDS],
                   (length - REQUEST_FAST_WORDS) * sizeof *request.words);
        if (handle->kind == HANDLE_FAULT && fault_handler != NULL) {
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
    for (unsigned i = 0; i < REQUEST_FAST_WORDS; i++)
        message->words[i] = request.answer[i];
    load_words(request.answer, request.answer_length);
    message->info = seL4_MessageInfo_new(error, 0, 0, request.answer_length);
    return true;
}

/* ---- The loop -------------------------------------------------------- */

static void receive(struct message *message, seL4_Word *words)
{
    message->info = seL4_RecvWithMRs(SLOT_ENDPOINT, &message->badge, &words[0], &words[1],
                                     &words[2], &words[3]);
}

static void answer_and_receive(struct message *message, seL4_Word *words)
{
    message->info = seL4_ReplyRecvWithMRs(SLOT_ENDPOINT, message->info, &message->badge, &words[0],
                                          &words[1], &words[2], &words[3]);
}

static bool poll(struct message *message, seL4_Word *words)
{
    message->badge = 0;
    message->info = sel4_receive_registers((seL4_Word)seL4_SysNBRecv, SLOT_ENDPOINT,
                                           (seL4_MessageInfo_t){{0}}, &message->badge, &words[0],
                                           &words[1], &words[2], &words[3]);
    /* Every capability to the endpoint has a badge. */
    return message->badge != 0;
}

/* What the step that a message asks for is called (longest.h). */
static uint64_t step_of(uint64_t badge, uint64_t label)
{
    const struct handle *handle = handle_by_id(badge);

    if ((badge & SIGNAL_MARK) != 0)
        return STEP_SIGNAL + (badge & ~SIGNAL_MARK);
    if (badge == PACER_BADGE)
        return STEP_PACER;
    return handle != NULL && handle->kind == HANDLE_FAULT ? STEP_FAULT : label;
}

/* Part of the loop, and of what measures it. */
static inline __attribute__((always_inline)) bool carry_out(struct message *message)
{
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
    seL4_Word *words = message.words;
    bool answer = false;

    longest_init();
    for (;;) {
        if (list_empty(&tasks)) {
            if (answer)
                answer_and_receive(&message, words);
            else
                receive(&message, words);
        } else {
            if (answer)
                seL4_ReplyWithMRs(message.info, &words[0], &words[1], &words[2], &words[3]);
            answer = false;
            longest_begin();
            reap_begin();
            run_task();
            longest_end(STEP_TASK);
            if (!poll(&message, words))
                continue;
        }
        answer = __builtin_expect(longest_wanted, 0) ? carry_out_measured(&message) : carry_out(&message);
    }
}
