/* SPDX-License-Identifier: BSD-2-Clause */
#include "nucleus/syscall.h"
struct thread *fastpath_call(struct thread *thread, uint64_t address, uint64_t info)
{
    (void)address; (void)info;
    return syscall_enter(thread);
}
struct thread *fastpath_reply_receive(struct thread *thread, uint64_t address, uint64_t info)
{
    (void)address; (void)info;
    return syscall_enter(thread);
}
