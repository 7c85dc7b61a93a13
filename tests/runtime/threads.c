/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads and processes through the entry of ordinary PDs (crt.S), in the test's own address space: their start, their
 * end, and the state that they share with the root task's thread. */
#include "runtime_test.h"
#include "tests/nucleus/conformance/lib/conformance.h"
#include <assert.h>
#include <errno.h>
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, stack_bytes = 16384, top = 255, fault_badge = 0x66 };

/* The start block's page: the block and what its offsets name. */
struct page {
    struct start_block block;
    struct start_rde rdes[2];
    char strings[200];
};

struct pd {
    seL4_CPtr tcb;
    struct page *page;
};

void pd_start(void); /* crt.S */

static seL4_CPtr done;   /* a notification: it left */
static seL4_CPtr faults; /* an endpoint */
static int exit_code;

/* The hook of a PD that is not the root task. */
static void (*leave_root)(int code);

static void leave(int code)
{
    if (runtime_start_block == NULL) {
        leave_root(code);
    }
    exit_code = code;
    seL4_Signal(done);
    seL4_TCB_Suspend(runtime_start_block->pd_id);
}

static const char strings[] = "program\0first\0second word\0HOME=/here\0EMPTY=";

static struct pd pd_new(void)
{
    static _Alignas(4096) char stacks[4][stack_bytes];
    static int used;
    if (done == 0) {
        done = object_new(seL4_NotificationObject, 0);
        faults = object_new(seL4_EndpointObject, 0);
        leave_root = runtime_hooks.exit;
        runtime_hooks.exit = leave;
    }
    seL4_CPtr buffer_frame;
    struct pd pd = {.tcb = object_new(seL4_TCBObject, 0), .page = page_new(0)};
    char *stack = stacks[used++ % 4];
    memset(stack, 0xee, stack_bytes);
    pd.page->block = (struct start_block){
        .magic = START_MAGIC, .version = START_VERSION, .bytes = sizeof *pd.page,
        .ipc_buffer = (uint64_t)page_new(&buffer_frame), .stack_low = (uint64_t)stack, .stack_pages = 4,
        .pd_id = pd.tcb, .argc = 3, .argv = offsetof(struct page, strings), .envc = 2,
        .env = offsetof(struct page, strings) + sizeof "program" + sizeof "first" + sizeof "second word",
        .rde_count = 2, .rde = offsetof(struct page, rdes), .flags = START_SHARES_DATA};
    pd.page->rdes[0] = (struct start_rde){"CONSOLE", 5, 0x123};
    pd.page->rdes[1] = (struct start_rde){"MO", 0, 0x456};
    memcpy(pd.page->strings, strings, sizeof strings);
    seL4_Error error = seL4_TCB_Configure(pd.tcb, 0, root, 0, seL4_CapInitThreadVSpace, 0, pd.page->block.ipc_buffer,
                                          buffer_frame);
    EXPECT(error == seL4_NoError);
    EXPECT(seL4_TCB_SetSpace(pd.tcb, cap_mint(faults, seL4_AllRights, fault_badge), root, 0, seL4_CapInitThreadVSpace, 0) ==
           seL4_NoError);
    return pd;
}

static void pd_run(const struct pd *pd, int (*function)(void *), void *argument, seL4_Word priority)
{
    seL4_UserContext context = {
        .pc = (seL4_Word)pd_start, .sp = pd->page->block.stack_low + stack_bytes, .x0 = (seL4_Word)&pd->page->block,
        .x1 = (seL4_Word)function, .x2 = (seL4_Word)argument, .x29 = 0xdead, .x30 = 0xdead};
    EXPECT(seL4_TCB_SetPriority(pd->tcb, seL4_CapInitThreadTCB, priority) == seL4_NoError);
    EXPECT(seL4_TCB_WriteRegisters(pd->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context) == seL4_NoError);
}

static int pd_wait(void)
{
    seL4_Wait(done, NULL);
    return exit_code;
}

static __thread int counter = 7;
static __thread int zero;
static __thread _Alignas(64) char aligned[3] = "xy";
static struct {
    int counter, zero, argument, error;
    bool aligned, stack_aligned, buffer, block, rdes;
} seen;

static bool tls_is_aligned(void)
{
    uintptr_t pointer;
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
    return pointer % runtime_tls_align() == 0 && (uintptr_t)aligned % 64 == 0 && strcmp(aligned, "xy") == 0;
}

static int look_around(void *argument)
{
    seen.counter = counter++;
    seen.zero = zero;
    seen.argument = *(int *)argument;
    seen.error = errno;
    errno = 99;
    seen.aligned = tls_is_aligned();
    seen.stack_aligned = ((uintptr_t)__builtin_frame_address(0) & 15) == 0;
    seen.block = runtime_start_block != NULL && runtime_start_block->argc == 3;
    seen.rdes = runtime_rde(2) == NULL && runtime_rde(1)->slot == 0x456 && strcmp(runtime_rde(0)->type, "CONSOLE") == 0;
    seen.buffer = (uint64_t)seL4_GetIPCBuffer() == runtime_start_block->ipc_buffer;
    printf("  a thread prints %d\n", seen.argument);
    return counter;
}

static void test_thread(void)
{
    int argument = 1234;
    counter = 20;
    zero = 1;
    errno = 5;
    struct pd pd = pd_new();
    pd_run(&pd, look_around, &argument, top);
    EXPECT(pd_wait() == 8);
    EXPECT(seen.counter == 7 && seen.zero == 0 && seen.argument == 1234 && seen.error == 0);
    EXPECT(seen.aligned && seen.stack_aligned && seen.buffer && seen.block && seen.rdes);
    EXPECT(strcmp(constructor_order, "pab") == 0); /* the process's constructors have run */
    EXPECT(counter == 20 && zero == 1 && errno == 5 && tls_is_aligned());
    EXPECT(runtime_tls_align() == 64 && runtime_tls_size() >= 64 + sizeof aligned);
}

/* The test's main() comes here when it is entered as a process. */
int process_main(int argc, char **argv, char **envp);
int process_main(int argc, char **argv, char **envp)
{
    EXPECT(argc == 3 && strcmp(argv[0], "program") == 0 && strcmp(argv[1], "first") == 0);
    EXPECT(strcmp(argv[2], "second word") == 0 && argv[3] == NULL);
    EXPECT(strcmp(envp[0], "HOME=/here") == 0 && strcmp(envp[1], "EMPTY=") == 0 && envp[2] == NULL);
    EXPECT(strcmp(getenv("HOME"), "/here") == 0 && strcmp(getenv("EMPTY"), "") == 0 && getenv("NONE") == NULL);
    console_quiet = true;
    printf("not ended");
    return 42;
}

/* Runs main and ends by exit(), which writes the line that was not ended. (That constructors run before main, and destructors
 * at exit(), is seen of the root task, whose data it is.) */
static void test_process(void)
{
    fflush(stdout);
    struct pd pd = pd_new();
    pd.page->block.flags = 0;
    pd_run(&pd, NULL, NULL, top);
    int code = pd_wait();
    console_quiet = false;
    EXPECT(code == 42);
    EXPECT(strcmp(constructor_order, "pab") == 0);
    EXPECT(strcmp(console_last, "not ended") == 0);
}

static int exits;

static void count_exit(void)
{
    exits++;
}

static int leave_early(void *argument)
{
    printf("a thread's last words");
    exit(*(int *)argument);
}

/* exit() of a thread ends the thread: its output is written; functions that others gave to atexit() stay for the process. */
static void test_exit(void)
{
    int code = 5;
    fflush(stdout);
    atexit(count_exit);
    console_quiet = true;
    struct pd pd = pd_new();
    pd_run(&pd, leave_early, &code, top);
    code = pd_wait();
    console_quiet = false;
    EXPECT(code == 5 && exits == 0 && strcmp(console_last, "a thread's last words") == 0);
}

static int give_up(void *argument)
{
    if (argument != NULL) {
        assert(!"what an assertion says");
    }
    abort();
}

static void test_abort(void)
{
    fflush(stdout);
    console_quiet = true;
    struct pd pd = pd_new();
    pd_run(&pd, give_up, NULL, top);
    EXPECT(pd_wait() == 134);
    pd = pd_new();
    pd_run(&pd, give_up, &pd, top);
    int code = pd_wait();
    console_quiet = false;
    fflush(stderr);
    EXPECT(code == 134);
    EXPECT(strstr(console_last, "what an assertion says") != NULL);
}

/* A start block of another version is not believed: the PD stops with an undefined instruction. */
static void test_wrong_block(void)
{
    struct pd pd = pd_new();
    pd.page->block.version++;
    pd_run(&pd, look_around, NULL, top);
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(faults, &badge);
    EXPECT(badge == fault_badge && seL4_isUserException_tag(info));
    seL4_Fault_t fault = seL4_getFault(info);
    EXPECT(seL4_Fault_UserException_get_Number(fault) == 0x2000000); /* ESR_EL2: class 0, 32-bit instruction */
    EXPECT(seL4_Fault_get_seL4_FaultType(fault) == seL4_Fault_UserException);
}

static int fault_without_hook(void *argument)
{
    (void)argument;
    return 3;
}

/* With no hook to leave by, a PD stops with an undefined instruction too. */
static void test_no_hook(void)
{
    struct pd pd = pd_new();
    runtime_hooks.exit = NULL;
    pd_run(&pd, fault_without_hook, NULL, top);
    seL4_MessageInfo_t info = seL4_Recv(faults, NULL);
    runtime_hooks.exit = leave;
    EXPECT(seL4_isUserException_tag(info));
}

static int free_twice(void *argument)
{
    void *volatile block = argument; /* the compiler would see it */
    free(block);
    free(block);
    return 0;
}

static void test_free_twice(void)
{
    struct pd pd = pd_new();
    pd_run(&pd, free_twice, malloc(100), top);
    seL4_MessageInfo_t info = seL4_Recv(faults, NULL);
    EXPECT(seL4_isUserException_tag(info));
    seL4_Word at = seL4_Fault_UserException_get_FaultIP(seL4_getFault(info));
    EXPECT(at - (seL4_Word)free < 0x100);
}

/* ---- Locks ---- */

static struct runtime_lock lock;
static volatile int stage;

static int take_and_wait(void *argument)
{
    (void)argument;
    runtime_lock(&lock);
    runtime_lock(&lock);
    stage = 1;
    while (stage == 1) {
        seL4_Yield();
    }
    runtime_unlock(&lock);
    stage = 3;
    while (stage == 3) {
        seL4_Yield();
    }
    runtime_unlock(&lock);
    return 0;
}

static void test_lock(void)
{
    struct pd pd = pd_new();
    stage = 0;
    pd_run(&pd, take_and_wait, NULL, top);
    while (stage != 1) {
        seL4_Yield();
    }
    EXPECT(!runtime_try_lock(&lock));
    stage = 2;
    while (stage != 3) {
        seL4_Yield();
    }
    EXPECT(!runtime_try_lock(&lock)); /* given back once of twice */
    stage = 4;
    runtime_lock(&lock);
    EXPECT(pd_wait() == 0);
    EXPECT(runtime_try_lock(&lock) && lock.depth == 2);
    runtime_unlock(&lock);
    runtime_unlock(&lock);
    EXPECT(lock.owner == NULL && lock.depth == 0);
}

static int hold(void *argument)
{
    (void)argument;
    runtime_lock(&lock);
    stage = 1;
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, top); /* gives way to the root task */
    runtime_unlock(&lock);
    return 0;
}

static unsigned waits, wakes;

static enum runtime_waited wait_lower(const uint32_t *word, uint32_t value, bool lock_word, uint64_t nanoseconds)
{
    EXPECT(*word == value && lock_word && nanoseconds == RUNTIME_FOREVER);
    waits++;
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 100);
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, top);
    return RUNTIME_LOOK;
}

static void count_wake(const uint32_t *word, bool all)
{
    wakes += word == &lock.mutex.word && !all;
}

/* The owner has a lower priority than the waiting thread: the hook lets it run, which wakes; a lock that nobody waits for
 * asks no hook. */
static void test_priorities(void)
{
    struct pd pd = pd_new();
    stage = 0;
    pd_run(&pd, hold, NULL, 200);
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 100);
    EXPECT(stage == 1 && lock.owner != NULL);
    runtime_hooks.wait = wait_lower;
    runtime_hooks.wake = count_wake;
    runtime_lock(&lock);
    EXPECT(waits == 1 && wakes == 1);
    runtime_unlock(&lock);
    EXPECT(pd_wait() == 0 && wakes == 2); /* it cannot know that nobody waits any more */
    runtime_lock(&lock);
    runtime_unlock(&lock);
    runtime_hooks.wait = NULL;
    runtime_hooks.wake = NULL;
    EXPECT(waits == 1 && wakes == 2);
}

enum { rounds = 3000, held = 8 };

/* Blocks with a pattern, given back in another order; returns how many were damaged. */
static int hammer(void *argument)
{
    unsigned state = (unsigned)(uintptr_t)argument;
    unsigned char *blocks[held] = {NULL};
    size_t sizes[held] = {0};
    int damaged = 0;
    for (int round = 0; round < rounds; round++) {
        state = state * 1103515245 + 12345;
        unsigned at = (state >> 16) % held;
        for (size_t i = 0; i < sizes[at]; i++) {
            damaged += blocks[at][i] != (unsigned char)(at + (unsigned)(uintptr_t)argument);
        }
        free(blocks[at]);
        sizes[at] = 1 + (state >> 20) % 300;
        blocks[at] = malloc(sizes[at]);
        if (blocks[at] == NULL) {
            return -1;
        }
        memset(blocks[at], (int)(at + (unsigned)(uintptr_t)argument), sizes[at]);
        if (round % 64 == 0) {
            seL4_Yield();
        }
    }
    for (unsigned at = 0; at < held; at++) {
        free(blocks[at]);
    }
    return damaged;
}

static void test_malloc(void)
{
    struct pd first = pd_new();
    pd_run(&first, hammer, (void *)100, top);
    EXPECT(hammer((void *)200) == 0);
    EXPECT(pd_wait() == 0);
}

/* ---- One call is one piece ---- */

enum { lines_each = 30000 };

static const char *const piece[2] = {"the first thread's line, which is long enough to be interrupted\n",
                                     "the second one's line, which is not of the same length\n"};
static unsigned pieces[2], torn;

static ssize_t count_pieces(int file, const void *buffer, size_t count)
{
    (void)file;
    for (int i = 0; i < 2; i++) {
        if (count == strlen(piece[i]) && memcmp(buffer, piece[i], count) == 0) {
            pieces[i]++;
            return (ssize_t)count;
        }
    }
    torn++;
    return (ssize_t)count;
}

/* By turns as one formatted piece, as several calls that are put together, and as a text. */
static int print_lines(void *argument)
{
    const char *line = argument;
    int half = (int)strlen(line) / 2;
    for (int i = 0; i < lines_each; i++) {
        if (i % 3 == 0) {
            printf("%.*s%s", half, line, line + half);
        } else if (i % 3 == 1) {
            fputs(line, stdout);
        } else {
            flockfile(stdout);
            printf("%.*s", half, line);
            printf("%s", line + half);
            funlockfile(stdout);
        }
    }
    return 0;
}

static void test_pieces(void)
{
    fflush(stdout);
    ssize_t (*kept)(int, const void *, size_t) = runtime_hooks.write;
    runtime_hooks.write = count_pieces;
    struct pd other = pd_new();
    pd_run(&other, print_lines, (void *)piece[0], top);
    print_lines((void *)piece[1]);
    int code = pd_wait();
    runtime_hooks.write = kept;
    EXPECT(code == 0 && torn == 0 && pieces[0] == lines_each && pieces[1] == lines_each);
}

const struct runtime_test thread_tests[] = {
    {"thread", test_thread},         {"process", test_process},   {"abort", test_abort},
    {"exit", test_exit},
    {"wrong-block", test_wrong_block}, {"no-hook", test_no_hook}, {"free-twice", test_free_twice},
    {"lock", test_lock},             {"priorities", test_priorities}, {"malloc", test_malloc},
    {"pieces", test_pieces},         {NULL, NULL},
};
