/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/numbers.h: numbers of Linux on AArch64, as its manual pages and the ABI of programs have them. */
#pragma once

#include <stdint.h>

/* errno(3). */
enum {
    EPERM = 1,
    ENOENT = 2,
    ESRCH = 3,
    EINTR = 4,
    EIO = 5,
    ENXIO = 6,
    E2BIG = 7,
    ENOEXEC = 8,
    EBADF = 9,
    ECHILD = 10,
    EAGAIN = 11,
    ENOMEM = 12,
    EACCES = 13,
    EFAULT = 14,
    EBUSY = 16,
    EEXIST = 17,
    EXDEV = 18,
    ENODEV = 19,
    ENOTDIR = 20,
    EISDIR = 21,
    EINVAL = 22,
    ENFILE = 23,
    EMFILE = 24,
    ENOTTY = 25,
    EFBIG = 27,
    ENOSPC = 28,
    ESPIPE = 29,
    EROFS = 30,
    EMLINK = 31,
    EPIPE = 32,
    ERANGE = 34,
    EDEADLK = 35,
    ENAMETOOLONG = 36,
    ENOLCK = 37,
    ENOSYS = 38,
    ENOTEMPTY = 39,
    ELOOP = 40,
    EOVERFLOW = 75,
    EOPNOTSUPP = 95,
    ETIMEDOUT = 110,
    EUCLEAN = 117,
    EDQUOT = 122,
    /* Not for programs: the call was interrupted before it did anything, and is made once more unless a handler runs (the second), or
     * one that does not say SA_RESTART. */
    ERESTART = 512,
    ERESTART_NO_HANDLER = 514,
};

/* mmap(2), mremap(2), madvise(2). */
enum {
    PROT_READ = 1,
    PROT_WRITE = 2,
    PROT_EXEC = 4,
    PROT_ALL = 7,
    PROT_GROWS = 0x3000000,
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_SHARED_VALIDATE = 3,
    MAP_TYPE = 15,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_GROWSDOWN = 0x100,
    MAP_POPULATE = 0x8000,
    MAP_FIXED_NOREPLACE = 0x100000,
    MREMAP_MAYMOVE = 1,
    MREMAP_FIXED = 2,
    MREMAP_DONTUNMAP = 4,
    MADV_DONTNEED = 4,
};

/* open(2), fcntl(2), lseek(2), stat(2). */
enum {
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_ACCMODE = 3,
    O_CREAT = 0100,
    O_EXCL = 0200,
    O_NOCTTY = 0400,
    O_TRUNC = 01000,
    O_APPEND = 02000,
    O_NONBLOCK = 04000,
    O_DIRECTORY = 040000,
    O_NOFOLLOW = 0100000,
    O_LARGEFILE = 0400000,
    O_DIRECT = 0200000,
    O_NOATIME = 01000000,
    O_CLOEXEC = 02000000,
    O_PATH = 010000000,
    O_TMPFILE = 020000000, /* with O_DIRECTORY */
    AT_FDCWD = -100,
    AT_EMPTY_PATH = 0x1000,
    AT_SYMLINK_NOFOLLOW = 0x100,
    F_DUPFD = 0,
    F_GETFD = 1,
    F_SETFD = 2,
    F_GETFL = 3,
    F_SETFL = 4,
    F_GETLK = 5,
    F_SETLK = 6,
    F_SETLKW = 7,
    F_OFD_GETLK = 36,
    F_OFD_SETLK = 37,
    F_OFD_SETLKW = 38,
    F_GETOWN = 9,
    F_DUPFD_CLOEXEC = 1030,
    F_SETPIPE_SZ = 1031,
    F_GETPIPE_SZ = 1032,
    F_ADD_SEALS = 1033,
    F_GET_SEALS = 1034,
    FD_CLOEXEC = 1,
    S_IFMT = 0170000,
    S_IFIFO = 0010000,
    S_IFCHR = 0020000,
    S_IFDIR = 0040000,
    S_IFREG = 0100000,
    S_IFLNK = 0120000,
    FROM_START = 0,
    FROM_HERE = 1,
    FROM_END = 2,
    FROM_DATA = 3,
    FROM_HOLE = 4,
    TCGETS = 0x5401,
    TCSETS = 0x5402,
    TCSETSW = 0x5403,
    TCSETSF = 0x5404,
    TIOCGPGRP = 0x540f,
    TIOCSPGRP = 0x5410,
    TIOCGWINSZ = 0x5413,
    TIOCSWINSZ = 0x5414,
    FIONREAD = 0x541b,
    FIONBIO = 0x5421,
    FIONCLEX = 0x5450,
    FIOCLEX = 0x5451,
};

/* Auxiliary vector: getauxval(3). */
enum {
    AT_NULL = 0,
    AT_PHDR = 3,
    AT_PHENT = 4,
    AT_PHNUM = 5,
    AT_PAGESZ = 6,
    AT_BASE = 7,
    AT_FLAGS = 8,
    AT_ENTRY = 9,
    AT_UID = 11,
    AT_EUID = 12,
    AT_GID = 13,
    AT_EGID = 14,
    AT_PLATFORM = 15,
    AT_HWCAP = 16,
    AT_CLKTCK = 17,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_HWCAP2 = 26,
    AT_EXECFN = 31,
    AT_SYSINFO_EHDR = 33,
    HWCAP_FP = 1,
    HWCAP_ASIMD = 2,
};

/* signal(7). */
enum {
    SIGNAL_HUP = 1,
    SIGNAL_INT = 2,
    SIGNAL_QUIT = 3,
    SIGNAL_ILL = 4,
    SIGNAL_TRAP = 5,
    SIGNAL_ABRT = 6,
    SIGNAL_BUS = 7,
    SIGNAL_FPE = 8,
    SIGNAL_KILL = 9,
    SIGNAL_SEGV = 11,
    SIGNAL_PIPE = 13,
    SIGNAL_ALRM = 14,
    SIGNAL_TERM = 15,
    SIGNAL_CHLD = 17,
    SIGNAL_CONT = 18,
    SIGNAL_STOP = 19,
    SIGNAL_TSTP = 20,
    SIGNAL_TTIN = 21,
    SIGNAL_TTOU = 22,
    SIGNAL_URG = 23,
    SIGNAL_VTALRM = 26,
    SIGNAL_PROF = 27,
    SIGNAL_WINCH = 28,
    SIGNALS = 64,
};

/* clone(2), futex(2). */
enum {
    CLONE_VM = 0x100,
    CLONE_FS = 0x200,
    CLONE_FILES = 0x400,
    CLONE_SIGHAND = 0x800,
    CLONE_THREAD = 0x10000,
    CLONE_SYSVSEM = 0x40000,
    CLONE_SETTLS = 0x80000,
    CLONE_PARENT_SETTID = 0x100000,
    CLONE_CHILD_CLEARTID = 0x200000,
    CLONE_CHILD_SETTID = 0x1000000,
    FUTEX_WAIT = 0,
    FUTEX_WAKE = 1,
    FUTEX_REQUEUE = 3,
    FUTEX_CMP_REQUEUE = 4,
    FUTEX_WAKE_OP = 5,
    FUTEX_WAIT_BITSET = 9,
    FUTEX_WAKE_BITSET = 10,
    FUTEX_COMMAND = 127,
    FUTEX_CLOCK_REALTIME = 256,
};

/* Structures that calls read and write. */

struct linux_timespec {
    int64_t seconds, nanoseconds;
};

struct linux_stat {
    uint64_t device, inode;
    uint32_t mode, links, uid, gid;
    uint64_t special, pad1;
    int64_t size;
    int32_t block_size, pad2;
    int64_t blocks;
    struct linux_timespec accessed, modified, changed;
    uint32_t unused[2];
};
_Static_assert(sizeof(struct linux_stat) == 128, "struct stat");

struct linux_statx_time {
    int64_t seconds;
    uint32_t nanoseconds, pad;
};

struct linux_statx {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, uid, gid;
    uint16_t mode, pad;
    uint64_t inode, size, blocks, attributes_mask;
    struct linux_statx_time accessed, made, changed, modified;
    uint32_t special_major, special_minor, device_major, device_minor;
    uint64_t mount, alignment, unused[12];
};
_Static_assert(sizeof(struct linux_statx) == 256, "struct statx");

struct linux_statfs {
    int64_t type, block_size;
    uint64_t blocks, free, available, files, free_files;
    int32_t id[2];
    int64_t name_length, fragment_size;
    uint64_t flags, unused[4];
};
_Static_assert(sizeof(struct linux_statfs) == 120, "struct statfs");

struct linux_iovec {
    uint64_t base, length;
};

struct linux_utsname {
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

struct linux_rlimit {
    uint64_t current, most;
};

struct linux_termios {
    uint32_t input, output, control, local;
    uint8_t line, characters[19];
};
_Static_assert(sizeof(struct linux_termios) == 36, "struct termios");

struct linux_winsize {
    uint16_t rows, columns, width, height;
};

struct linux_stack {
    uint64_t start;
    uint32_t flags, pad;
    uint64_t size;
};

enum {
    SA_NODEFER = 0x40000000,
    SA_RESETHAND = 0x80000000,
    SA_ONSTACK = 0x08000000,
    SA_RESTORER = 0x04000000,
    SS_ONSTACK = 1,
    SS_DISABLE = 2,
    SA_RESTART = 0x10000000,
    SI_USER = 0,
    SI_KERNEL = 128,
    SI_QUEUE = -1,
    SI_TIMER = -2,
    SI_TKILL = -6,
};

struct linux_sigaction {
    uint64_t handler, flags, restorer, mask;
};
