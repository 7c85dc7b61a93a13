/* SPDX-License-Identifier: BSD-2-Clause */
/* One call is one piece: what printf, puts, fputs and fwrite put out stays together, and what scanf, fread and getline
 * read, also when several threads use the stream. The C library locks a stream for each character only; the linker gives
 * its calls of these functions, and the program's, to those here (--wrap, runtime.mk), which hold the stream's lock
 * around the library's own. flockfile() takes that lock as well, so a program can put several calls together. */
#include <lib/runtime/locks.h>
#include <lib/runtime/runtime.h>
#include <stdarg.h>
#include <stdio-bufio.h>
#include <stdio.h>

/* Streams that are no file, such as the text of snprintf, belong to the call and have no lock. */
static struct runtime_lock *lock_of(FILE *stream)
{
    if ((stream->flags & __SBUF) == 0) {
        return NULL;
    }
    struct __lock *lock = ((struct __file_bufio *)stream)->lock;
    return lock != NULL ? &lock->lock : &__lock___libc_recursive_mutex.lock;
}

void flockfile(FILE *stream)
{
    struct runtime_lock *lock = lock_of(stream);
    if (lock != NULL) {
        runtime_lock(lock);
    }
}

int ftrylockfile(FILE *stream)
{
    struct runtime_lock *lock = lock_of(stream);
    return lock == NULL || runtime_try_lock(lock) ? 0 : -1;
}

void funlockfile(FILE *stream)
{
    struct runtime_lock *lock = lock_of(stream);
    if (lock != NULL) {
        runtime_unlock(lock);
    }
}

/* RESULT NAME(PARAMETERS) of the library, called with ARGUMENTS while STREAM is locked. */
#define PIECE(result, name, parameters, arguments, stream) \
    result __real_##name parameters;                        \
    result __wrap_##name parameters;                        \
    result __wrap_##name parameters                         \
    {                                                       \
        flockfile(stream);                                  \
        result answer = __real_##name arguments;            \
        funlockfile(stream);                                \
        return answer;                                      \
    }

PIECE(int, vfprintf, (FILE * stream, const char *format, va_list list), (stream, format, list), stream)
PIECE(int, vfscanf, (FILE * stream, const char *format, va_list list), (stream, format, list), stream)
PIECE(int, fputs, (const char *text, FILE *stream), (text, stream), stream)
PIECE(int, puts, (const char *text), (text), stdout)
PIECE(size_t, fwrite, (const void *from, size_t size, size_t count, FILE *stream), (from, size, count, stream), stream)
PIECE(size_t, fread, (void *to, size_t size, size_t count, FILE *stream), (to, size, count, stream), stream)
