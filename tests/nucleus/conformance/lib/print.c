/* SPDX-License-Identifier: BSD-2-Clause */
/* Printing through the serial port that the task maps for itself. The text of a line is written when it is complete: a debug
 * kernel's own words may come in between. */
#include "conformance.h"

#include <board.h>
#include <board_uart.h>

enum { uart_address = 0x10000000 };

static volatile uint32_t *uart;

void conformance_print_start(void);

void conformance_print_start(void)
{
    frame_map(device_page(BOARD_UART), uart_address, seL4_ReadWrite);
    uart = (volatile uint32_t *)(seL4_Word)uart_address;
}

volatile unsigned *console_registers(void)
{
    return uart;
}

enum { line_size = 2000 };

void print(const char *text)
{
    static char line[line_size];
    static seL4_Word length;
    for (; *text != '\0' && uart != 0; text++) {
        if (length < line_size) {
            line[length++] = *text;
        }
        if (*text != '\n') {
            continue;
        }
        board_uart_put(uart, '|');
        board_uart_put(uart, ' ');
        for (seL4_Word i = 0; i < length; i++) {
            board_uart_put(uart, line[i]);
        }
        length = 0;
    }
}

static void print_base(seL4_Word value, seL4_Word base)
{
    char digits[24];
    int at = 23;
    digits[at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    print(&digits[at]);
}

void print_decimal(seL4_Word value)
{
    print_base(value, 10);
}

void print_hex(seL4_Word value)
{
    print("0x");
    print_base(value, 16);
}

void show(const char *what, seL4_Word value)
{
    print(what);
    print(": ");
    print_decimal(value);
    print("\n");
}

void show_hex(const char *what, seL4_Word value)
{
    print(what);
    print(": ");
    print_hex(value);
    print("\n");
}

static const char *const error_names[] = {
    [seL4_NoError] = "ok",
    [seL4_InvalidArgument] = "invalid argument",
    [seL4_InvalidCapability] = "invalid capability",
    [seL4_IllegalOperation] = "illegal operation",
    [seL4_RangeError] = "range error",
    [seL4_AlignmentError] = "alignment error",
    [seL4_FailedLookup] = "failed lookup",
    [seL4_TruncatedMessage] = "truncated message",
    [seL4_DeleteFirst] = "delete first",
    [seL4_RevokeFirst] = "revoke first",
    [seL4_NotEnoughMemory] = "not enough memory",
};

/* How many message registers mean something, per error; a failed lookup has as many as its kind. */
static seL4_Word error_words(seL4_Error error)
{
    switch (error) {
    case seL4_InvalidArgument:
    case seL4_InvalidCapability:
    case seL4_NotEnoughMemory:
        return 1;
    case seL4_RangeError:
        return 2;
    case seL4_FailedLookup:
        switch (seL4_GetMR(1)) {
        case seL4_InvalidRoot:
            return 2;
        case seL4_MissingCapability:
            return 3;
        case seL4_DepthMismatch:
            return 4;
        default:
            return 5;
        }
    default:
        return 0;
    }
}

seL4_Error check(const char *what, seL4_Error error)
{
    seL4_Word count = error_words(error);
    seL4_Word words[5];
    for (seL4_Word i = 0; i < count; i++) {
        words[i] = seL4_GetMR((int)i);
    }
    print(what);
    print(": ");
    if ((seL4_Word)error < sizeof error_names / sizeof error_names[0]) {
        print(error_names[error]);
    } else {
        print_decimal((seL4_Word)error);
    }
    for (seL4_Word i = 0; i < count; i++) {
        print(" ");
        print_hex(words[i]);
    }
    print("\n");
    return error;
}

enum { few_words = 16, first_fixed_slot = 4000, state_mode = 0xf, state_serror_masked = 0x100 };

extern char _start[], conformance_stack_top[], conformance_code[], conformance_code_end[];

void print_word(seL4_Word word)
{
    if (word >= (seL4_Word)conformance_code && word < (seL4_Word)conformance_code_end) {
        print("code+");
        print_hex(word - (seL4_Word)conformance_code);
    } else if (word >= (seL4_Word)_start && word < (seL4_Word)conformance_stack_top) {
        print("code");
    } else {
        print_hex(word);
    }
}

seL4_Word state_shown(seL4_Word state)
{
    return (state & state_mode) == 0 ? state & ~(seL4_Word)state_serror_masked : state;
}

/* Whether a word of a fault message is a processor state. */
static int is_state(seL4_Word label, seL4_Word length, seL4_Word index)
{
    return (label == seL4_Fault_UnknownSyscall && length == seL4_UnknownSyscall_Length &&
            index == seL4_UnknownSyscall_SPSR) ||
           (label == seL4_Fault_UserException && length == seL4_UserException_Length && index == seL4_UserException_SPSR);
}

static void print_message_word(seL4_Word label, seL4_Word length, seL4_Word index, seL4_Word word)
{
    /* Slots depend on the size of the image. */
    if (label == seL4_Fault_CapFault && index == seL4_CapFault_Addr && length > seL4_CapFault_BitsLeft &&
        word >= boot_info->empty.start && word < first_fixed_slot) {
        print("slot");
    } else {
        print_word(is_state(label, length, index) ? state_shown(word) : word);
    }
}

void show_message(const char *what, seL4_MessageInfo_t info, seL4_Word badge)
{
    seL4_Word length = seL4_MessageInfo_get_length(info);
    seL4_Word words[seL4_MsgMaxLength];
    for (seL4_Word i = 0; i < length && i < seL4_MsgMaxLength; i++) {
        words[i] = seL4_GetMR((int)i);
    }
    print(what);
    print(": badge ");
    print_hex(badge);
    print(" label ");
    print_hex(seL4_MessageInfo_get_label(info));
    print(" unwrapped ");
    print_decimal(seL4_MessageInfo_get_capsUnwrapped(info));
    print(" caps ");
    print_decimal(seL4_MessageInfo_get_extraCaps(info));
    print(" length ");
    print_decimal(length);
    if (length <= few_words) {
        for (seL4_Word i = 0; i < length; i++) {
            print(" ");
            print_message_word(seL4_MessageInfo_get_label(info), length, i, words[i]);
        }
    } else {
        seL4_Word sum = 0;
        for (seL4_Word i = 0; i < length && i < seL4_MsgMaxLength; i++) {
            sum = sum * 31 + words[i];
        }
        print(" sum ");
        print_hex(sum);
    }
    print("\n");
}

void section(const char *title)
{
    print("== ");
    print(title);
    print("\n");
}
