/* SPDX-License-Identifier: BSD-2-Clause */
/* The test's console, with what the conformance library asks of a program that links its objects.c. */
#include <board.h>
#include <board_uart.h>
#include "runtime_test.h"
#include "tests/nucleus/conformance/lib/conformance.h"
#include <errno.h>
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <string.h>

enum { uart_address = 0x10000000 };

char console_last[256];
unsigned console_writes;
bool console_quiet;

static volatile uint32_t *uart;
static const char *input = "";

static ssize_t write_uart(int file, const void *buffer, size_t count)
{
    const char *bytes = buffer;
    if (file != 1 && file != 2) {
        return -EBADF;
    }
    console_writes++;
    size_t kept = count < sizeof console_last - 1 ? count : sizeof console_last - 1;
    memcpy(console_last, bytes, kept);
    console_last[kept] = '\0';
    for (size_t i = 0; i < count && !console_quiet; i++) {
        board_uart_put(uart, bytes[i]);
    }
    return (ssize_t)count;
}

static ssize_t read_text(int file, void *buffer, size_t count)
{
    size_t left = strlen(input);
    if (file != 0) {
        return -EBADF;
    }
    count = count < left ? count : left;
    memcpy(buffer, input, count);
    input += count;
    return (ssize_t)count;
}

void console_input(const char *text)
{
    input = text;
}

/* After main: the test is over. */
static void leave(int code)
{
    console_quiet = false;
    char text[32];
    int length = snprintf(text, sizeof text, "EXIT %d\n", code);
    write_uart(1, text, (size_t)length);
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}

void conformance_objects_start(seL4_BootInfo *info);

void console_install(void)
{
    extern seL4_BootInfo *runtime_boot_info;
    conformance_objects_start(runtime_boot_info);
    frame_map(device_page(BOARD_UART), uart_address, seL4_ReadWrite);
    uart = (volatile uint32_t *)(seL4_Word)uart_address;
    runtime_hooks.exit = leave;
    runtime_hooks.read = read_text;
    runtime_hooks.write = write_uart;
}

/* For objects.c. */
void print(const char *text)
{
    fputs(text, stdout);
}

seL4_Error check(const char *what, seL4_Error error)
{
    printf("%s: error %d\n", what, (int)error);
    return error;
}
