/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/calls.c: the table of system calls, a line each; others answer ENOSYS. */
#include "lib/linux/disk.h"
#include "lib/linux/files.h"
#include "lib/linux/memory.h"
#include "lib/linux/signals.h"
#include "lib/linux/threads.h"
#include "lib/linux/timers.h"
#include "lib/linux/trace.h"

/*
 * Number, name, arguments as the trace shows them, function. Of arguments: d number, u unsigned, o octal, x hexadecimal,
 * l a long one, p address, s text, f descriptor of a directory, b a buffer whose length is the next argument, B one that the call fills,
 * H likewise,
 * byte by byte; by name: O, m flags of open and the mode, D of dup3, a of access, P protection, M, R, n flags of mmap and mremap, and
 * where to, V advice,
 * A of paths, S signal, K of a mask, W where from, F of fallocate, k lock, C clock, L limit, G of getrandom. The result is an address
 * behind `>`, octal
 * behind `0`.
 */
static const struct call {
    const char *name, *arguments;
    call_function *run;
} calls[] = {
    [5] = {"setxattr", "sspux", attributes_no_xattr},
    [6] = {"lsetxattr", "sspux", attributes_no_xattr},
    [7] = {"fsetxattr", "dspux", attributes_no_xattr},
    [8] = {"getxattr", "sspu", attributes_no_xattr},
    [9] = {"lgetxattr", "sspu", attributes_no_xattr},
    [10] = {"fgetxattr", "dspu", attributes_no_xattr},
    [11] = {"listxattr", "spu", attributes_no_xattr},
    [12] = {"llistxattr", "spu", attributes_no_xattr},
    [13] = {"flistxattr", "dpu", attributes_no_xattr},
    [14] = {"removexattr", "ss", attributes_no_xattr},
    [15] = {"lremovexattr", "ss", attributes_no_xattr},
    [16] = {"fremovexattr", "ds", attributes_no_xattr},
    [17] = {"getcwd", "pu", files_getcwd},
    [23] = {"dup", "d", descriptors_dup},
    [24] = {"dup3", "ddD", descriptors_dup3},
    [25] = {"fcntl", "ddx", control_fcntl},
    [29] = {"ioctl", "dxp", control_ioctl},
    [32] = {"flock", "dk", control_flock},
    [33] = {"mknodat", "fsox", disk_mknodat},
    [34] = {"mkdirat", "fso", disk_mkdirat},
    [35] = {"unlinkat", "fsA", disk_unlinkat},
    [36] = {"symlinkat", "sfs", disk_symlinkat},
    [37] = {"linkat", "fsfsA", disk_linkat},
    [38] = {"renameat", "fsfs", disk_renameat},
    [43] = {"statfs", "sp", files_statfs},
    [44] = {"fstatfs", "dp", files_fstatfs},
    [45] = {"truncate", "sl", attributes_truncate},
    [46] = {"ftruncate", "dl", attributes_ftruncate},
    [47] = {"fallocate", "dFdd", attributes_fallocate},
    [48] = {"faccessat", "fsa", files_faccessat},
    [49] = {"chdir", "s", disk_chdir},
    [50] = {"fchdir", "d", disk_fchdir},
    [52] = {"fchmod", "do", attributes_fchmod},
    [53] = {"fchmodat", "fso", attributes_fchmodat},
    [54] = {"fchownat", "fsddA", attributes_fchownat},
    [55] = {"fchown", "ddd", attributes_fchown},
    [56] = {"openat", "fsOm", files_openat},
    [57] = {"close", "d", descriptors_close},
    [61] = {"getdents64", "dpu", attributes_getdents64},
    [62] = {"lseek", "dlW", transfer_lseek},
    [63] = {"read", "dBu", transfer_read},
    [64] = {"write", "dbu", transfer_write},
    [65] = {"readv", "dpu", transfer_readv},
    [66] = {"writev", "dpu", transfer_writev},
    [67] = {"pread64", "dBul", transfer_pread},
    [68] = {"pwrite64", "dbul", transfer_pwrite},
    [69] = {"preadv", "dpud", transfer_preadv},
    [70] = {"pwritev", "dpud", transfer_pwritev},
    [71] = {"sendfile", "ddpu", transfer_sendfile},
    [72] = {"pselect6", "dppppp", select_pselect6},
    [73] = {"ppoll", "puppu", select_ppoll},
    [78] = {"readlinkat", "fsBu", files_readlinkat},
    [79] = {"newfstatat", "fspA", files_fstatat},
    [80] = {"fstat", "dp", files_fstat},
    [81] = {"sync", "", attributes_sync},
    [82] = {"fsync", "d", attributes_fsync},
    [83] = {"fdatasync", "d", attributes_fdatasync},
    [84] = {"sync_file_range", "dddx", attributes_sync_range},
    [88] = {"utimensat", "fspA", attributes_utimensat},
    [90] = {"capget", "pp", identity_capget},
    [91] = {"capset", "pp", identity_zero},
    [92] = {"personality", "x", identity_zero},
    [93] = {"exit", "d", threads_exit},
    [94] = {"exit_group", "d", threads_exit_group},
    [96] = {"set_tid_address", "p", threads_set_tid_address},
    [98] = {"futex", "pduppx", threads_futex},
    [99] = {"set_robust_list", "pu", threads_set_robust_list},
    [100] = {"get_robust_list", "dpp", threads_get_robust_list},
    [101] = {"nanosleep", "pp", time_nanosleep},
    [102] = {"getitimer", "dp", timers_getitimer},
    [103] = {"setitimer", "dpp", timers_setitimer},
    [107] = {"timer_create", "Cpp", timers_create},
    [108] = {"timer_gettime", "dp", timers_gettime},
    [109] = {"timer_getoverrun", "d", timers_getoverrun},
    [110] = {"timer_settime", "dxpp", timers_settime},
    [111] = {"timer_delete", "d", timers_delete},
    [112] = {"clock_settime", "Cp", time_not_settable},
    [113] = {"clock_gettime", "Cp", time_clock_gettime},
    [114] = {"clock_getres", "Cp", time_clock_getres},
    [115] = {"clock_nanosleep", "Cdpp", time_clock_nanosleep},
    [118] = {"sched_setparam", "dp", identity_sched_setparam},
    [119] = {"sched_setscheduler", "ddp", identity_sched_setscheduler},
    [120] = {"sched_getscheduler", "d", identity_sched_getscheduler},
    [121] = {"sched_getparam", "dp", identity_sched_getparam},
    [122] = {"sched_setaffinity", "dup", identity_sched_setaffinity},
    [123] = {"sched_getaffinity", "dup", identity_sched_getaffinity},
    [124] = {"sched_yield", "", identity_sched_yield},
    [125] = {"sched_get_priority_max", "d", identity_sched_priority_max},
    [126] = {"sched_get_priority_min", "d", identity_sched_priority_min},
    [127] = {"sched_rr_get_interval", "dp", identity_sched_rr_get_interval},
    [129] = {"kill", "dS", signals_kill},
    [130] = {"tkill", "dS", signals_tkill},
    [131] = {"tgkill", "ddS", signals_tgkill},
    [132] = {"sigaltstack", "pp", signals_sigaltstack},
    [133] = {"rt_sigsuspend", "pu", signals_rt_sigsuspend},
    [134] = {"rt_sigaction", "Sppu", signals_rt_sigaction},
    [135] = {"rt_sigprocmask", "Kppu", signals_rt_sigprocmask},
    [136] = {"rt_sigpending", "pu", signals_rt_sigpending},
    [137] = {"rt_sigtimedwait", "pppu", signals_rt_sigtimedwait},
    [138] = {"rt_sigqueueinfo", "dSp", signals_rt_sigqueueinfo},
    [139] = {"rt_sigreturn", "", signals_rt_sigreturn},
    [140] = {"setpriority", "ddd", identity_setpriority},
    [141] = {"getpriority", "dd", identity_getpriority},
    [143] = {"setregid", "uu", identity_set},
    [144] = {"setgid", "u", identity_set},
    [145] = {"setreuid", "uu", identity_set},
    [146] = {"setuid", "u", identity_set},
    [147] = {"setresuid", "uuu", identity_set},
    [148] = {"getresuid", "ppp", identity_getres},
    [149] = {"setresgid", "uuu", identity_set},
    [150] = {"getresgid", "ppp", identity_getres},
    [151] = {"setfsuid", "u", identity_zero},
    [152] = {"setfsgid", "u", identity_zero},
    [153] = {"times", "p", time_times},
    [154] = {"setpgid", "dd", identity_setpgid},
    [155] = {"getpgid", "d", identity_getpgid},
    [156] = {"getsid", "d", identity_getpgid},
    [157] = {"setsid", "", identity_not_permitted},
    [158] = {"getgroups", "dp", identity_zero},
    [159] = {"setgroups", "up", identity_setgroups},
    [160] = {"uname", "p", identity_uname},
    [161] = {"sethostname", "pu", identity_not_permitted},
    [162] = {"setdomainname", "pu", identity_not_permitted},
    [163] = {"getrlimit", "dp", identity_getrlimit},
    [164] = {"setrlimit", "dp", identity_setrlimit},
    [165] = {"getrusage", "dp", identity_getrusage},
    [166] = {"umask", "0o", files_umask},
    [167] = {"prctl", "dxxxx", identity_prctl},
    [168] = {"getcpu", "ppp", identity_getcpu},
    [169] = {"gettimeofday", "pp", time_gettimeofday},
    [170] = {"settimeofday", "pp", time_not_settable},
    [171] = {"adjtimex", "p", time_not_settable},
    [172] = {"getpid", "", identity_getpid},
    [173] = {"getppid", "", identity_getppid},
    [174] = {"getuid", "", identity_zero},
    [175] = {"geteuid", "", identity_zero},
    [176] = {"getgid", "", identity_zero},
    [177] = {"getegid", "", identity_zero},
    [178] = {"gettid", "", identity_gettid},
    [179] = {"sysinfo", "p", identity_sysinfo},
    [213] = {"readahead", "ddu", attributes_readahead},
    [214] = {"brk", ">p", memory_brk},
    [215] = {"munmap", "pu", memory_munmap},
    [216] = {"mremap", ">puuRn", memory_mremap},
    [220] = {"clone", "xpppp", threads_clone},
    [222] = {"mmap", ">puPMdx", memory_mmap},
    [223] = {"fadvise64", "dddd", attributes_fadvise},
    [226] = {"mprotect", "puP", memory_mprotect},
    [227] = {"msync", "pux", memory_msync},
    [228] = {"mlock", "pu", memory_mlock},
    [229] = {"munlock", "pu", memory_mlock},
    [230] = {"mlockall", "x", memory_mlockall},
    [231] = {"munlockall", "", identity_zero},
    [232] = {"mincore", "pup", memory_mincore},
    [233] = {"madvise", "puV", memory_madvise},
    [240] = {"rt_tgsigqueueinfo", "dddp", signals_rt_tgsigqueueinfo},
    [261] = {"prlimit64", "dLpp", identity_prlimit},
    [266] = {"clock_adjtime", "dp", time_not_settable},
    [267] = {"syncfs", "d", attributes_syncfs},
    [276] = {"renameat2", "fsfsx", disk_renameat2},
    [278] = {"getrandom", "HuG", time_getrandom},
    [279] = {"memfd_create", "sx", memory_file_create},
    [283] = {"membarrier", "dxd", identity_membarrier},
    [284] = {"mlock2", "pux", memory_mlock2},
    [285] = {"copy_file_range", "dpdpux", transfer_copy_range},
    [286] = {"preadv2", "dpudxx", transfer_preadv2},
    [287] = {"pwritev2", "dpudxx", transfer_pwritev2},
    [291] = {"statx", "fsAxp", files_statx},
    [436] = {"close_range", "ddx", descriptors_close_range},
    [439] = {"faccessat2", "fsaA", files_faccessat2},
};

#define CALLS (sizeof calls / sizeof *calls)

static __attribute__((noinline)) int64_t traced(struct thread *thread, const struct call *call)
{
    if (!process.strace)
        return call == NULL ? -ENOSYS : call->run(thread, thread->x);
    /* Its arguments, also of a call that does not return, or changes what they point at. */
    struct trace trace;

    trace_begin(&trace, call == NULL ? NULL : call->name, call == NULL ? "xxxxxx" : call->arguments, thread->x);
    if (call != NULL && (call->run == threads_exit || call->run == threads_exit_group))
        trace_leave(&trace);
    int64_t result = call == NULL ? -ENOSYS : call->run(thread, thread->x);

    trace_end(&trace, result);
    return result;
}

int64_t linux_call(struct thread *thread)
{
    uint64_t number = (uint32_t)thread->x[8];
    const struct call *call = number < CALLS && calls[number].run != NULL ? &calls[number] : NULL;

    if (__builtin_expect(call == NULL || process.strace, 0))
        return traced(thread, call);
    return call->run(thread, thread->x);
}
