/* SPDX-License-Identifier: BSD-2-Clause */
/* From the entry code to main and out again; runtime.h says what runs when. */
#include <lib/runtime/locks.h>
#include <lib/runtime/runtime.h>
#include <sel4/sel4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
__thread const struct start_block *runtime_start_block;
/* The client library has a filled one. */
__attribute__((weak)) struct runtime_hooks runtime_hooks;
seL4_BootInfo *runtime_boot_info;

/* Whether the constructors of the data have run. */
/* 0: not yet; 1: yes; 2: not yet, and threads wait for it. */
static uint32_t constructed;
/* This PD runs with data that another one constructs, and destructs. */
static __thread bool is_thread;

extern void (*const __preinit_array_start[])(void), (*const __preinit_array_end[])(void);
extern void (*const __init_array_start[])(int, char **, char **), (*const __init_array_end[])(int, char **, char **);
extern void (*const __fini_array_start[])(void), (*const __fini_array_end[])(void);
extern char **environ;

int main(int argc, char **argv, char **envp);
void runtime_enter(const struct start_block *start, int (*function)(void *), void *argument, void *tls);
void runtime_enter_root(seL4_BootInfo *info, void *tls);

static void set_thread_pointer(void *tls)
{
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(tls) : "memory");
}

/* Pointers to `count` strings that stand one after the other, ended by a null pointer. */
static char **strings(const struct start_block *start, uint32_t offset, uint32_t count, char **array)
{
    char *at = (char *)(uintptr_t)start + offset;
    for (uint32_t i = 0; i < count; i++) {
        array[i] = at;
        at += strlen(at) + 1;
    }
    array[count] = NULL;
    return array;
}

static void construct(int argc, char **argv, char **envp)
{
    runtime_stdio_start();
    for (void (*const *function)(void) = __preinit_array_start; function < __preinit_array_end; function++) {
        (*function)();
    }
    for (void (*const *function)(int, char **, char **) = __init_array_start; function < __init_array_end; function++) {
        (*function)(argc, argv, envp);
    }
    if (__atomic_exchange_n(&constructed, 1, __ATOMIC_RELEASE) == 2 && runtime_hooks.wake != NULL) {
        runtime_hooks.wake(&constructed, true);
    }
}

/* A thread may be started before the process whose data it has. */
static void wait_until_constructed(void)
{
    for (uint32_t state = 0;; state = 0) {
        __atomic_compare_exchange_n(&constructed, &state, 2, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE);
        if (state == 1) {
            return;
        }
        runtime_wait(&constructed, 2, false, RUNTIME_FOREVER);
    }
}

/* Of a thread it ends that: only what it has printed is written. */
void exit(int code)
{
    if (is_thread) {
        fflush(stdout);
        fflush(stderr);
    } else {
        for (void (*const *function)(void) = __fini_array_end; function > __fini_array_start;) {
            (*--function)();
        }
    }
    _exit(code);
}

/* What a library has printed is written by each call. */
static _Noreturn void leave(int result)
{
    fflush(stdout);
    fflush(stderr);
    if (runtime_hooks.leave != NULL) {
        runtime_hooks.leave(result);
    }
    _exit(result);
}

static _Noreturn void run(const struct start_block *start, int (*function)(void *), void *argument)
{
    char *arguments[start->argc + start->envc + 2];
    char **argv = strings(start, start->argv, start->argc, arguments);
    char **envp = strings(start, start->env, start->envc, arguments + start->argc + 1);
    bool shares = (start->flags & START_SHARES_DATA) != 0;
    is_thread = shares || constructed == 1;
    if (shares) {
        wait_until_constructed();
    } else {
        environ = envp;
        runtime_heap_take(start);
    }
    if (constructed != 1) {
        construct((int)start->argc, argv, envp);
    }
    int code = function != NULL ? function(argument) : main((int)start->argc, argv, envp);
    if ((start->flags & START_CALLED) != 0) {
        leave(code);
    }
    exit(code);
}

void runtime_enter(const struct start_block *start, int (*function)(void *), void *argument, void *tls)
{
    set_thread_pointer(runtime_tls_make(tls));
    if (start->magic != START_MAGIC || start->version != START_VERSION) {
        /* From another build of the root task: nothing in it can be trusted. The fault report names this function. */
        __asm__ volatile("udf #1");
    }
    seL4_SetIPCBuffer((seL4_IPCBuffer *)start->ipc_buffer);
    runtime_start_block = start;
    run(start, function, argument);
}

void runtime_enter_root(seL4_BootInfo *info, void *tls)
{
    static char *none[] = {NULL};
    set_thread_pointer(runtime_tls_make(tls));
    seL4_SetIPCBuffer(info->ipcBuffer);
    runtime_boot_info = info;
    environ = none;
    construct(0, none, none);
    exit(main(0, none, none));
}

const struct start_rde *runtime_rde(uint32_t i)
{
    const struct start_block *start = runtime_start_block;
    if (start == NULL || i >= start->rde_count) {
        return NULL;
    }
    return (const struct start_rde *)((const char *)start + start->rde) + i;
}

void _exit(int code)
{
    if (runtime_hooks.exit != NULL) {
        runtime_hooks.exit(code);
    }
    __asm__ volatile("udf #0");
    __builtin_unreachable();
}

/* Atomic helpers of the compiler's library ask here, as on Linux, what the processor can do: nothing special. */
unsigned long __getauxval(unsigned long type);
unsigned long __getauxval(unsigned long type)
{
    (void)type;
    return 0;
}
