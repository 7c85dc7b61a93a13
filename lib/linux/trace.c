/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/trace.c: see trace.h. */
#include "lib/linux/trace.h"

/* Bytes of a text that are shown. */
#define SHOWN 32u

static void add_escaped(struct text *text, const char *bytes, uint64_t count)
{
    static const char digits[] = "01234567";

    for (uint64_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        char octal[4] = {'\\', digits[byte >> 6], digits[byte >> 3 & 7], digits[byte & 7]};

        if (byte == '\n')
            text_add(text, "\\n");
        else if (byte == '\t')
            text_add(text, "\\t");
        else if (byte == '\r')
            text_add(text, "\\r");
        else if (byte == '"' || byte == '\\')
            text_bytes(text, (char[]){'\\', (char)byte}, 2);
        else if (byte >= 32 && byte < 127)
            text_bytes(text, bytes + i, 1);
        else if (byte == 0)
            text_add(text, "\\0");
        else
            text_bytes(text, octal, 4);
    }
}

/* A text of the program, or a buffer of `count` bytes. */
static void add_quoted(struct text *text, uint64_t at, uint64_t count, bool ends)
{
    char bytes[SHOWN + 1];
    uint64_t part = count < SHOWN ? count : SHOWN;
    int64_t length = !user_range(at, 1) ? -EFAULT : ends ? user_text(bytes, (const char *)at, sizeof bytes)
                                                         : user_get(bytes, at, part);

    if (at == 0 || length < 0) {
        text_add(text, at == 0 ? "NULL" : "");
        if (at != 0)
            text_hex(text, at);
        return;
    }
    bool more = ends ? length > SHOWN : count > SHOWN;

    text_add(text, "\"");
    add_escaped(text, bytes, ends ? (more ? SHOWN : (uint64_t)length) : part);
    text_add(text, more ? "\"..." : "\"");
}

static void add_signed(struct text *text, int64_t value)
{
    if (value < 0)
        text_add(text, "-");
    text_number(text, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void add_octal(struct text *text, uint64_t value)
{
    char digits[24];
    unsigned at = sizeof digits;

    do
        digits[--at] = (char)('0' + (value & 7));
    while ((value >>= 3) != 0);
    digits[--at] = '0';
    text_bytes(text, digits + at, sizeof digits - at);
}

static void add_argument(struct text *text, char kind, const uint64_t *value)
{
    switch (kind) {
    case 'd':
        add_signed(text, (int32_t)*value);
        break;
    case 'u':
        text_number(text, *value);
        break;
    case 'o':
        add_octal(text, (uint32_t)*value);
        break;
    case 'f':
        if ((int32_t)*value == AT_FDCWD)
            text_add(text, "AT_FDCWD");
        else
            add_signed(text, (int32_t)*value);
        break;
    case 's':
        add_quoted(text, *value, 0, true);
        break;
    case 'b':
        add_quoted(text, *value, value[1], false);
        break;
    case 'p':
        if (*value == 0)
            text_add(text, "NULL");
        else
            text_hex(text, *value);
        break;
    default:
        text_hex(text, *value);
    }
}

void trace_begin(struct trace *trace, const char *name, const char *arguments, const uint64_t *values)
{
    trace->text = (struct text){trace->bytes, trace->bytes + sizeof trace->bytes};
    if (name != NULL) {
        text_add(&trace->text, name);
    } else {
        text_add(&trace->text, "syscall_");
        text_hex(&trace->text, values[8]);
    }
    text_add(&trace->text, "(");
    for (unsigned i = 0; arguments[i] != 0; i++) {
        if (i != 0)
            text_add(&trace->text, ", ");
        add_argument(&trace->text, arguments[i], &values[i]);
    }
    text_add(&trace->text, ")");
}

static const char *error_name(int64_t error)
{
    static const char *const names[] = {
#define NAME(error) [error] = #error
        NAME(EPERM),
        NAME(ENOENT),
        NAME(ESRCH),
        NAME(EINTR),
        NAME(EIO),
        NAME(ENXIO),
        NAME(E2BIG),
        NAME(ENOEXEC),
        NAME(EBADF),
        NAME(ECHILD),
        NAME(EAGAIN),
        NAME(ENOMEM),
        NAME(EACCES),
        NAME(EFAULT),
        NAME(EBUSY),
        NAME(EEXIST),
        NAME(EXDEV),
        NAME(ENODEV),
        NAME(ENOTDIR),
        NAME(EISDIR),
        NAME(EINVAL),
        NAME(ENFILE),
        NAME(EMFILE),
        NAME(ENOTTY),
        NAME(EFBIG),
        NAME(ENOSPC),
        NAME(ESPIPE),
        NAME(EROFS),
        NAME(EMLINK),
        NAME(EPIPE),
        NAME(ERANGE),
        NAME(EDEADLK),
        NAME(ENAMETOOLONG),
        NAME(ENOSYS),
        NAME(ENOTEMPTY),
        NAME(ELOOP),
        NAME(EOVERFLOW),
        NAME(EOPNOTSUPP),
        NAME(ETIMEDOUT),
        NAME(EUCLEAN),
        NAME(EDQUOT),
    };

    return (uint64_t)error < sizeof names / sizeof *names && names[error] != NULL ? names[error] : "E?";
}

void trace_end(struct trace *trace, int64_t result)
{
    struct text *text = &trace->text;

    text_add(text, " = ");
    if (result < 0 && result > -4096) {
        text_add(text, "-1 ");
        text_add(text, error_name(-result));
    } else if ((uint64_t)result >= UINT64_C(0x100000)) {
        text_hex(text, (uint64_t)result);
    } else {
        text_number(text, (uint64_t)result);
    }
    text_add(text, "\n");
    console_put(trace->bytes, (uint64_t)(text->at - trace->bytes));
}
