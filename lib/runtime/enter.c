/* SPDX-License-Identifier: BSD-2-Clause */
/* From the entry code to main and out again. A process runs constructors and main; a thread's PD in an address space that
 * runs already only its function. */
#include <errno.h>
#include <lib/runtime/runtime.h>
#include <sel4/sel4.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
__thread const struct start_block *runtime_start_block;
struct runtime_hooks runtime_hooks;
seL4_BootInfo *runtime_boot_info;

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

/* Pointers to `count` strings that stand one behind the other, ended by a null pointer. */
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
    for (void (*const *function)(void) = __preinit_array_start; function < __preinit_array_end; function++) {
        (*function)();
    }
    for (void (*const *function)(int, char **, char **) = __init_array_start; function < __init_array_end; function++) {
        (*function)(argc, argv, envp);
    }
}

/* exit() of the C library ends with this. */
void __libc_fini_array(void);
void __libc_fini_array(void)
{
    for (void (*const *function)(void) = __fini_array_end; function > __fini_array_start;) {
        (*--function)();
    }
}

static _Noreturn void run_process(const struct start_block *start)
{
    char *arguments[start->argc + start->envc + 2];
    char **argv = strings(start, start->argv, start->argc, arguments);
    char **envp = strings(start, start->env, start->envc, arguments + start->argc + 1);
    environ = envp;
    construct((int)start->argc, argv, envp);
    exit(main((int)start->argc, argv, envp));
}

void runtime_enter(const struct start_block *start, int (*function)(void *), void *argument, void *tls)
{
    set_thread_pointer(runtime_tls_make(tls));
    seL4_SetIPCBuffer((seL4_IPCBuffer *)start->ipc_buffer);
    runtime_start_block = start;
    if (function != NULL) {
        _exit(function(argument));
    }
    run_process(start);
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
