/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/main.c: the console server: the terminal at the serial port,
 * for all programs. uart.c drives the device, input.c keeps what was typed, foreground.c
 * says who may read, readers.c keeps requests that wait, screen.c shows text, lib/line edits lines.
 *
 * A request edge is all that a client needs; there are no resources of type
 * CONSOLE, so the terminal is one thing that everybody may ask for and nobody
 * holds.
 */
#include <cell/idl/console.h>
#include <cell/idl/console_server.h>
#include <lib/server/server.h>
#include <stdlib.h>
#include <string.h>

#include <board.h>
#include "servers/console/foreground.h"
#include "servers/console/input.h"
#include "servers/console/readers.h"
#include "servers/console/screen.h"
#include "servers/console/uart.h"

#define SIGNAL_UART 1u

/* What the console keeps for a client. */
struct console_client {
    char *text; /* parts of a text of which more is to come, up to TEXT_BYTES; NULL: there are none */
    size_t text_length;
    struct unread unread;
    struct reader reader; /* its request that waits for a line; further ones have records of their own */
};

/* A text in several parts up to this length is shown in one piece. */
#define TEXT_BYTES 4096u

/* NULL: no memory. */
static struct console_client *client_of(const struct server_request *request)
{
    void **data = server_client_data(request->handle->client, request->handle->type);

    if (*data == NULL)
        *data = calloc(1, sizeof(struct console_client));
    return *data;
}

/* ---- Writing ------------------------------------------------------------ */

static void flush(struct console_client *client)
{
    screen_show(client->text, client->text_length, readers_editor());
    free(client->text);
    client->text = NULL;
    client->text_length = 0;
}

/* Keeps a part of a text; if there is no memory for it, it is shown by itself. */
static void keep(struct console_client *client, const char *text, size_t count)
{
    if (client->text == NULL)
        client->text = malloc(TEXT_BYTES);
    if (client->text == NULL) {
        screen_show(text, count, readers_editor());
        return;
    }
    memcpy(client->text + client->text_length, text, count);
    client->text_length += count;
}

cell_error_t console_write_serve(void *request, const struct console_write_in *in,
                                 struct console_write_out *out)
{
    struct console_client *client = client_of(request);

    (void)out;
    if (client == NULL)
        return CELL_NO_MEMORY;
    if (client->text_length + in->text_count > TEXT_BYTES)
        flush(client);
    if (in->more == 0 && client->text == NULL) {
        screen_show(in->text, in->text_count, readers_editor());
        return CELL_OK;
    }
    keep(client, in->text, in->text_count);
    if (in->more == 0 && client->text != NULL)
        flush(client);
    return CELL_OK;
}

/* ---- The device, and reading ---------------------------------------------- */

static void interrupt(void)
{
    screen_show("^C\n", 3, NULL);
    foreground_interrupt();
    readers_choose();
}

/* Takes what has arrived; what does not fit stays in the port. */
static void receive(void)
{
    char byte;

    while (!input_full() && uart_take(&byte)) {
        if (byte == INPUT_INTERRUPT && foreground_is_set() && !readers_take_interrupt())
            interrupt();
        else
            input_put(byte);
    }
}

/* Moves typed text to the readers, until either is exhausted. */
static void pump(void)
{
    do {
        receive();
        readers_feed();
    } while (readers_wait() && uart_pending());
    uart_listen(!input_full());
}

static void notified(uint64_t bits)
{
    (void)bits;
    uart_interrupt_begin();
    pump();
    uart_interrupt_end();
}

cell_error_t console_foreground_serve(void *context, const struct console_foreground_in *in,
                                      struct console_foreground_out *out)
{
    const struct server_request *request = context;

    (void)out;
    foreground_set(request->handle->client, in->pd, in->id);
    if (in->pd != 0 && input_take_interrupt())
        interrupt();
    readers_choose();
    pump();
    return CELL_OK;
}

cell_error_t console_insert_serve(void *context, const struct console_insert_in *in, struct console_insert_out *out)
{
    const struct server_request *request = context;

    (void)out;
    return readers_insert(request->handle->client, in->text, in->text_count) ? CELL_OK : CELL_NOT_FOUND;
}

cell_error_t console_read_serve(void *request, const struct console_read_in *in,
                                struct console_read_out *out)
{
    struct console_client *client = client_of(request);

    if (client == NULL)
        return CELL_NO_MEMORY;
    if (client->unread.text != NULL) {
        out->text_count = unread_take(&client->unread, out->text, in->most);
        return CELL_OK;
    }
    cell_error_t error = readers_add(request, (unsigned)in->flags, in->most, &client->unread, &client->reader);

    if (error == CELL_OK)
        pump();
    return error;
}

cell_error_t console_typed_serve(void *request, const struct console_typed_in *in, struct console_typed_out *out)
{
    struct console_client *client = client_of(request);
    bool line = false;

    (void)in;
    if (client == NULL)
        return CELL_NO_MEMORY;
    pump();
    if (client->unread.text != NULL) {
        out->count = client->unread.length - client->unread.start;
        out->line = 1;
    } else if (foreground_reads(((const struct server_request *)request)->handle->client)) {
        out->count = input_count(&line);
        out->line = line;
    }
    return CELL_OK;
}

/* ---- The server ------------------------------------------------------------ */

static cell_error_t start(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return uart_start(BOARD_UART_IRQ, SIGNAL_UART);
}

static const struct server_type console_type;

static void client_gone(struct server_client *client)
{
    struct console_client *data = *server_client_data(client, &console_type);

    foreground_forget(client);
    readers_forget(client);
    readers_choose();
    if (data == NULL)
        return;
    free(data->text);
    unread_free(&data->unread);
    free(data);
}

static const struct server_type console_type = {
    .name = "CONSOLE",
    .interface = &console_interface,
    .client_gone = client_gone,
};

static const struct server_type *const types[] = {&console_type, NULL};
static const struct server server = {.types = types, .start = start, .notified = notified};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
