/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/trace_names.c: numbers by the names that strace(1) shows (trace.h). */
#include "lib/linux/trace.h"

/* ---- Flags ---------------------------------------------------------------- */

/* The bits of `mask` are `value`: that is a flag, or the choice of a field. */
struct name {
    uint64_t mask, value;
    const char *name;
};
#define FLAG(name)         \
    {                      \
        name, name, #name, \
    }

static const struct name open_names[] = {{O_ACCMODE, O_RDONLY, "O_RDONLY"},
                                         {O_ACCMODE, O_WRONLY, "O_WRONLY"},
                                         {O_ACCMODE, O_RDWR, "O_RDWR"},
                                         FLAG(O_CREAT),
                                         FLAG(O_EXCL),
                                         FLAG(O_NOCTTY),
                                         FLAG(O_TRUNC),
                                         FLAG(O_APPEND),
                                         FLAG(O_NONBLOCK),
                                         {O_TMPFILE | O_DIRECTORY, O_DIRECTORY, "O_DIRECTORY"},
                                         FLAG(O_NOFOLLOW),
                                         FLAG(O_LARGEFILE),
                                         FLAG(O_DIRECT),
                                         FLAG(O_NOATIME),
                                         FLAG(O_CLOEXEC),
                                         FLAG(O_PATH),
                                         {O_TMPFILE | O_DIRECTORY, O_TMPFILE | O_DIRECTORY, "O_TMPFILE"},
                                         {0}};
static const struct name dup_names[] = {FLAG(O_CLOEXEC), {0}};
static const struct name access_names[] = {{~UINT64_C(0), 0, "F_OK"}, {4, 4, "R_OK"}, {2, 2, "W_OK"}, {1, 1, "X_OK"}, {0}};
static const struct name protection_names[] = {{~UINT64_C(0), 0, "PROT_NONE"}, FLAG(PROT_READ), FLAG(PROT_WRITE), FLAG(PROT_EXEC), {0}};
static const struct name map_names[] = {{MAP_TYPE, MAP_SHARED, "MAP_SHARED"},
                                        {MAP_TYPE, MAP_PRIVATE, "MAP_PRIVATE"},
                                        {MAP_TYPE, MAP_SHARED_VALIDATE, "MAP_SHARED_VALIDATE"},
                                        FLAG(MAP_FIXED),
                                        FLAG(MAP_ANONYMOUS),
                                        FLAG(MAP_GROWSDOWN),
                                        {0x800, 0x800, "MAP_DENYWRITE"},
                                        {0x4000, 0x4000, "MAP_NORESERVE"},
                                        FLAG(MAP_POPULATE),
                                        {0x20000, 0x20000, "MAP_STACK"},
                                        FLAG(MAP_FIXED_NOREPLACE),
                                        {0}};
static const struct name remap_names[] = {FLAG(MREMAP_MAYMOVE), FLAG(MREMAP_FIXED), FLAG(MREMAP_DONTUNMAP), {0}};
static const struct name at_names[] = {
    FLAG(AT_SYMLINK_NOFOLLOW), {0x200, 0x200, "AT_REMOVEDIR"}, {0x400, 0x400, "AT_SYMLINK_FOLLOW"}, FLAG(AT_EMPTY_PATH), {0}};
static const struct name whence_names[] = {{~UINT64_C(0), 0, "SEEK_SET"},  {~UINT64_C(0), 1, "SEEK_CUR"},  {~UINT64_C(0), 2, "SEEK_END"},
                                           {~UINT64_C(0), 3, "SEEK_DATA"}, {~UINT64_C(0), 4, "SEEK_HOLE"}, {0}};
static const struct name clock_names[] = {
    {~UINT64_C(0), 0, "CLOCK_REALTIME"},          {~UINT64_C(0), 1, "CLOCK_MONOTONIC"},     {~UINT64_C(0), 2, "CLOCK_PROCESS_CPUTIME_ID"},
    {~UINT64_C(0), 3, "CLOCK_THREAD_CPUTIME_ID"}, {~UINT64_C(0), 4, "CLOCK_MONOTONIC_RAW"}, {~UINT64_C(0), 5, "CLOCK_REALTIME_COARSE"},
    {~UINT64_C(0), 6, "CLOCK_MONOTONIC_COARSE"},  {~UINT64_C(0), 7, "CLOCK_BOOTTIME"},      {0}};
static const struct name mask_names[] = {
    {~UINT64_C(0), 0, "SIG_BLOCK"}, {~UINT64_C(0), 1, "SIG_UNBLOCK"}, {~UINT64_C(0), 2, "SIG_SETMASK"}, {0}};

#define ADVICE(number, name)                \
    {                                       \
        ~UINT64_C(0), number, "MADV_" name, \
    }
static const struct name advice_names[] = {
    ADVICE(0, "NORMAL"),       ADVICE(1, "RANDOM"),      ADVICE(2, "SEQUENTIAL"),  ADVICE(3, "WILLNEED"),  ADVICE(4, "DONTNEED"),
    ADVICE(8, "FREE"),         ADVICE(9, "REMOVE"),      ADVICE(10, "DONTFORK"),   ADVICE(11, "DOFORK"),   ADVICE(12, "MERGEABLE"),
    ADVICE(13, "UNMERGEABLE"), ADVICE(14, "HUGEPAGE"),   ADVICE(15, "NOHUGEPAGE"), ADVICE(16, "DONTDUMP"), ADVICE(17, "DODUMP"),
    ADVICE(18, "WIPEONFORK"),  ADVICE(19, "KEEPONFORK"), ADVICE(20, "COLD"),       ADVICE(21, "PAGEOUT"),  {0}};
static const struct name random_names[] = {{1, 1, "GRND_NONBLOCK"}, {2, 2, "GRND_RANDOM"}, {4, 4, "GRND_INSECURE"}, {0}};
#define LIMIT(number, name)                   \
    {                                         \
        ~UINT64_C(0), number, "RLIMIT_" name, \
    }
static const struct name limit_names[] = {LIMIT(0, "CPU"),
                                          LIMIT(1, "FSIZE"),
                                          LIMIT(2, "DATA"),
                                          LIMIT(3, "STACK"),
                                          LIMIT(4, "CORE"),
                                          LIMIT(5, "RSS"),
                                          LIMIT(6, "NPROC"),
                                          LIMIT(7, "NOFILE"),
                                          LIMIT(8, "MEMLOCK"),
                                          LIMIT(9, "AS"),
                                          LIMIT(10, "LOCKS"),
                                          LIMIT(11, "SIGPENDING"),
                                          LIMIT(12, "MSGQUEUE"),
                                          LIMIT(13, "NICE"),
                                          LIMIT(14, "RTPRIO"),
                                          LIMIT(15, "RTTIME"),
                                          {0}};
static const struct name allocate_names[] = {{1, 1, "FALLOC_FL_KEEP_SIZE"},
                                             {2, 2, "FALLOC_FL_PUNCH_HOLE"},
                                             {8, 8, "FALLOC_FL_COLLAPSE_RANGE"},
                                             {16, 16, "FALLOC_FL_ZERO_RANGE"},
                                             {32, 32, "FALLOC_FL_INSERT_RANGE"},
                                             {64, 64, "FALLOC_FL_UNSHARE_RANGE"},
                                             {0}};
static const struct name lock_names[] = {{1, 1, "LOCK_SH"}, {2, 2, "LOCK_EX"}, {4, 4, "LOCK_NB"}, {8, 8, "LOCK_UN"}, {0}};

static const struct name *table_of(char kind)
{
    static const struct {
        char kind;
        const struct name *names;
    } tables[] = {{'O', open_names},   {'D', dup_names},    {'a', access_names}, {'P', protection_names}, {'M', map_names},
                  {'R', remap_names},  {'A', at_names},     {'W', whence_names}, {'C', clock_names},      {'K', mask_names},
                  {'V', advice_names}, {'G', random_names}, {'L', limit_names},  {'F', allocate_names},   {'k', lock_names}};

    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++)
        if (tables[i].kind == kind)
            return tables[i].names;
    return NULL;
}

bool trace_flags(struct text *text, char kind, uint64_t value)
{
    uint64_t left = value;
    bool begun = false;

    const struct name *table = table_of(kind);

    if (table == NULL)
        return false;
    for (const struct name *at = table; at->name != NULL; at++) {
        if ((value & at->mask) != at->value)
            continue;
        text_add(text, begun ? "|" : "");
        text_add(text, at->name);
        left &= ~at->value;
        begun = true;
    }
    if (!begun || left != 0) {
        text_add(text, begun ? "|" : "");
        if (left == 0)
            text_add(text, "0");
        else
            text_hex(text, left);
    }
    return true;
}

void trace_signal(struct text *text, uint64_t number)
{
    static const char *const names[] = {"0",         "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
                                        "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
                                        "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
                                        "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

    if (number < sizeof names / sizeof *names) {
        text_add(text, names[number]);
        return;
    }
    text_add(text, "SIGRT_");
    text_number(text, number - sizeof names / sizeof *names);
}

void trace_signal_code(struct text *text, int32_t signal, int32_t code)
{
    static const struct {
        int32_t signal, code; /* 0: any signal */
        const char *name;
    } names[] = {{0, SI_USER, "SI_USER"},         {0, SI_KERNEL, "SI_KERNEL"},    {0, SI_QUEUE, "SI_QUEUE"},
                 {0, SI_TIMER, "SI_TIMER"},       {0, SI_TKILL, "SI_TKILL"},      {SIGNAL_SEGV, 1, "SEGV_MAPERR"},
                 {SIGNAL_SEGV, 2, "SEGV_ACCERR"}, {SIGNAL_BUS, 1, "BUS_ADRALN"},  {SIGNAL_BUS, 2, "BUS_ADRERR"},
                 {SIGNAL_ILL, 1, "ILL_ILLOPC"},   {SIGNAL_TRAP, 1, "TRAP_BRKPT"}, {SIGNAL_FPE, 1, "FPE_INTDIV"}};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code && (names[i].signal == 0 || names[i].signal == signal)) {
            text_add(text, names[i].name);
            return;
        }
    text_add(text, code < 0 ? "-" : "");
    text_number(text, (uint64_t)(code < 0 ? -(int64_t)code : code));
}

/* ---- Errors ----------------------------------------------------------------- */

void trace_error(struct text *text, int64_t error)
{
    static const struct {
        const char *name, *words;
    } errors[] = {
#define ERROR(error, words) [error] = {#error, words}
        ERROR(EPERM, "Operation not permitted"),
        ERROR(ENOENT, "No such file or directory"),
        ERROR(ESRCH, "No such process"),
        ERROR(EINTR, "Interrupted system call"),
        ERROR(EIO, "Input/output error"),
        ERROR(ENXIO, "No such device or address"),
        ERROR(E2BIG, "Argument list too long"),
        ERROR(ENOEXEC, "Exec format error"),
        ERROR(EBADF, "Bad file descriptor"),
        ERROR(ECHILD, "No child processes"),
        ERROR(EAGAIN, "Resource temporarily unavailable"),
        ERROR(ENOMEM, "Cannot allocate memory"),
        ERROR(EACCES, "Permission denied"),
        ERROR(EFAULT, "Bad address"),
        ERROR(EBUSY, "Device or resource busy"),
        ERROR(EEXIST, "File exists"),
        ERROR(EXDEV, "Invalid cross-device link"),
        ERROR(ENODEV, "No such device"),
        ERROR(ENOTDIR, "Not a directory"),
        ERROR(EISDIR, "Is a directory"),
        ERROR(EINVAL, "Invalid argument"),
        ERROR(ENFILE, "Too many open files in system"),
        ERROR(EMFILE, "Too many open files"),
        ERROR(ENOTTY, "Inappropriate ioctl for device"),
        ERROR(EFBIG, "File too large"),
        ERROR(ENOSPC, "No space left on device"),
        ERROR(ESPIPE, "Illegal seek"),
        ERROR(EROFS, "Read-only file system"),
        ERROR(EMLINK, "Too many links"),
        ERROR(EPIPE, "Broken pipe"),
        ERROR(ERANGE, "Numerical result out of range"),
        ERROR(EDEADLK, "Resource deadlock avoided"),
        ERROR(ENAMETOOLONG, "File name too long"),
        ERROR(ENOLCK, "No locks available"),
        ERROR(ENOSYS, "Function not implemented"),
        ERROR(ENOTEMPTY, "Directory not empty"),
        ERROR(ELOOP, "Too many levels of symbolic links"),
        ERROR(EOVERFLOW, "Value too large for defined data type"),
        ERROR(EOPNOTSUPP, "Operation not supported"),
        ERROR(ETIMEDOUT, "Connection timed out"),
        ERROR(EUCLEAN, "Structure needs cleaning"),
        ERROR(EDQUOT, "Disk quota exceeded"),
    };

    if ((uint64_t)error >= sizeof errors / sizeof *errors || errors[error].name == NULL) {
        text_add(text, "E");
        text_number(text, (uint64_t)error);
        return;
    }
    text_add(text, errors[error].name);
    text_add(text, " (");
    text_add(text, errors[error].words);
    text_add(text, ")");
}
