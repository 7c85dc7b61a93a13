/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/trace.c: see trace.h. As `strace -a1` shows calls, but for structures, which are addresses here. */
#include "lib/linux/trace.h"

/* Bytes of a text that are shown. */
#define SHOWN 32u

/* As few digits as tell it from what follows. */
static void add_octal_byte(struct text *text, uint8_t byte, bool digit_follows)
{
    const char digits[4] = {'\\', (char)('0' + (byte >> 6)), (char)('0' + (byte >> 3 & 7)), (char)('0' + (byte & 7))};
    unsigned skip = digit_follows || byte >= 64 ? 0 : byte >= 8 ? 1
                                                                : 2;

    text_bytes(text, digits, 1);
    text_bytes(text, digits + 1 + skip, 3 - skip);
}

static void add_escaped(struct text *text, const char *bytes, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)bytes[i];

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
        else
            add_octal_byte(text, byte, i + 1 < count && bytes[i + 1] >= '0' && bytes[i + 1] <= '7');
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

/* Each byte by its number. */
static void add_bytes(struct text *text, uint64_t at, uint64_t count)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHOWN];
    uint64_t part = count < SHOWN ? count : SHOWN;

    if (user_get(bytes, at, part) != 0) {
        text_hex(text, at);
        return;
    }
    text_add(text, "\"");
    for (uint64_t i = 0; i < part; i++)
        text_bytes(text, (char[]){'\\', 'x', digits[bytes[i] >> 4], digits[bytes[i] & 15]}, 4);
    text_add(text, count > part ? "\"..." : "\"");
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

static void add_hex(struct text *text, uint64_t value)
{
    if (value == 0)
        text_add(text, "0");
    else
        text_hex(text, value);
}

/* `value` is among the call's arguments. */
static void add_argument(struct text *text, char kind, const uint64_t *value)
{
    switch (kind) {
    case 'd':
        add_signed(text, (int32_t)*value);
        break;
    case 'l':
        add_signed(text, (int64_t)*value);
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
    case 'S':
        trace_signal(text, *value);
        break;
    case 'p':
        if (*value == 0)
            text_add(text, "NULL");
        else
            text_hex(text, *value);
        break;
    default:
        if (!trace_flags(text, kind, (uint32_t)*value))
            add_hex(text, *value);
    }
}

/* Is an argument one that the flags before it ask for: a mode, or where something is moved to? */
static bool is_asked_for(char kind, uint64_t flags)
{
    return kind == 'm' ? (flags & (O_CREAT | (O_TMPFILE & ~(uint64_t)O_DIRECTORY))) != 0 : kind != 'n' || (flags & MREMAP_FIXED) != 0;
}

/* Arguments up to one that the call fills, 'B' or 'H', which is shown with `filled` bytes; at first (-1) it is not, nor what follows. */
static void add_arguments(struct trace *trace, int64_t filled)
{
    for (; *trace->arguments != 0; trace->arguments++, trace->values++) {
        char kind = *trace->arguments;

        bool is_filled = kind == 'B' || kind == 'H';

        if (is_filled && filled == -1)
            return;
        if (!is_asked_for(kind, trace->values[-1]))
            continue;
        text_add(&trace->text, trace->begun ? ", " : "");
        trace->begun = true;
        if (kind == 'B' && filled >= 0)
            add_quoted(&trace->text, *trace->values, (uint64_t)filled, false);
        else if (kind == 'H' && filled >= 0)
            add_bytes(&trace->text, *trace->values, (uint64_t)filled);
        else
            add_argument(&trace->text, is_filled || kind == 'n' ? 'p' : kind == 'm' ? 'o'
                                                                                    : kind,
                         trace->values);
    }
}

void trace_begin(struct trace *trace, const char *name, const char *arguments, const uint64_t *values)
{
    *trace = (struct trace){.arguments = arguments, .values = values};
    trace->text = (struct text){trace->bytes, trace->bytes + sizeof trace->bytes};
    if (*arguments == '>' || *arguments == '0')
        trace->result = *trace->arguments++;
    if (name != NULL) {
        text_add(&trace->text, name);
    } else {
        text_add(&trace->text, "syscall_");
        text_hex(&trace->text, values[8]);
    }
    text_add(&trace->text, "(");
    add_arguments(trace, -1);
}

static void show(struct trace *trace)
{
    text_add(&trace->text, "\n");
    console_put(trace->bytes, (uint64_t)(trace->text.at - trace->bytes));
}

void trace_end(struct trace *trace, int64_t result)
{
    struct text *text = &trace->text;

    add_arguments(trace, result < 0 ? -2 : result);
    text_add(text, ") = ");
    if (result < 0 && result > -4096) {
        text_add(text, "-1 ");
        trace_error(text, -result);
    } else if (trace->result == '>') {
        text_hex(text, (uint64_t)result);
    } else if (trace->result == '0') {
        add_octal(text, (uint64_t)result);
    } else {
        add_signed(text, result);
    }
    show(trace);
}

void trace_leave(struct trace *trace)
{
    add_arguments(trace, -2);
    text_add(&trace->text, ") = ?");
    show(trace);
}

/* ---- Signals, and the end ------------------------------------------------------ */

/* What a fault was at, or who sent the signal. */
static void add_reason(struct text *text, const struct linux_siginfo *info)
{
    if (info->code > 0 && info->code != SI_KERNEL) {
        text_add(text, ", si_addr=");
        add_argument(text, 'p', &info->words[0]);
    } else if (info->code == SI_USER || info->code == SI_TKILL || info->code == SI_QUEUE) {
        text_add(text, ", si_pid=");
        text_number(text, (uint32_t)info->words[0]);
        text_add(text, ", si_uid=");
        text_number(text, info->words[0] >> 32);
    }
}

static void begin_line(struct trace *trace, const char *words)
{
    trace->text = (struct text){trace->bytes, trace->bytes + sizeof trace->bytes};
    text_add(&trace->text, words);
}

void trace_received(const struct linux_siginfo *info)
{
    struct trace trace;

    begin_line(&trace, "--- ");
    trace_signal(&trace.text, (uint64_t)info->signal);
    text_add(&trace.text, " {si_signo=");
    trace_signal(&trace.text, (uint64_t)info->signal);
    text_add(&trace.text, ", si_code=");
    trace_signal_code(&trace.text, info->signal, info->code);
    add_reason(&trace.text, info);
    text_add(&trace.text, "} ---");
    show(&trace);
}

void trace_killed(unsigned signal)
{
    struct trace trace;

    begin_line(&trace, "+++ killed by ");
    trace_signal(&trace.text, signal);
    text_add(&trace.text, " +++");
    show(&trace);
}

void trace_exited(uint64_t code)
{
    struct trace trace;

    begin_line(&trace, "+++ exited with ");
    text_number(&trace.text, code);
    text_add(&trace.text, " +++");
    show(&trace);
}
