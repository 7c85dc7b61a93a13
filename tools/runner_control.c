/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/runner_control.c: what the frames of the machine mean for the runner.
 *
 * Model pieces go to their file as they come. The other payloads are short and
 * are collected first. A table says what each kind does; an unknown kind or
 * bytes outside frames are reported on stderr and ignored.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/control/frame.h"
#include "tools/host.h"
#include "tools/runner.h"

struct control control;

static struct frame_parser parser;

/* The payload of the frame under way, zero-terminated; owned. */
static struct {
    char *bytes;
    size_t size;
} payload;

static void end_with(int status)
{
    if (!control.ended) {
        control.ended = true;
        control.status = status;
    }
}

static void collect(const uint8_t *bytes, size_t size)
{
    payload.bytes = host_reallocate(payload.bytes, payload.size + size + 1);
    memcpy(payload.bytes + payload.size, bytes, size);
    payload.size += size;
    payload.bytes[payload.size] = 0;
}

/* ---- Kinds --------------------------------------------------------------- */

static void on_heartbeat(void)
{
    control.alive = true;
}

static void on_ready(void)
{
}

static void on_unready(void)
{
    fprintf(stderr, RUNNER ": '%s' did not say in time that it is ready; its part of the model is as of now\n",
            payload.bytes);
}

static void on_exit_status(void)
{
    char *end;
    long status = strtol(payload.bytes, &end, 10);

    if (!isdigit((unsigned char)payload.bytes[0]) || *end != 0 || status > 255) {
        fprintf(stderr, RUNNER ": the machine ended with '%s', which is no exit status\n",
                payload.bytes);
        status = STATUS_REPORT;
    }
    end_with((int)status);
}

static void on_model(void)
{
    control.pieces++;
    if (!models_take(payload.bytes, payload.size))
        host_output_write(&control.options->model, payload.bytes, payload.size);
}

static void on_model_end(void)
{
    if (!models_end(payload.bytes) && strcmp(payload.bytes, "ok") != 0) {
        fprintf(stderr, RUNNER ": the model was not extracted: %s\n", payload.bytes);
        if (control.options->model.stream != NULL)
            end_with(STATUS_FAILED);
    }
}

static void on_bench(void)
{
    host_output_write(&control.options->bench, payload.bytes, payload.size);
    if (payload.size == 0 || payload.bytes[payload.size - 1] != '\n')
        host_output_write(&control.options->bench, "\n", 1);
}

static void on_report(void)
{
    fprintf(stderr, "%s", payload.bytes);
    if (payload.size == 0 || payload.bytes[payload.size - 1] != '\n')
        fputc('\n', stderr);
    end_with(STATUS_REPORT);
}

static const struct {
    const char *kind;
    void (*act)(void);
} kinds[] = {
    {"heartbeat", on_heartbeat}, {"ready", on_ready},         {"exit", on_exit_status},
    {"model", on_model},         {"model-end", on_model_end}, {"bench", on_bench},
    {"report", on_report},       {"unready", on_unready},
};

/* ---- Frames ---------------------------------------------------------------- */

static void log_frame(void)
{
    const struct host_output *log = &control.options->frames;

    if (log->stream == NULL)
        return;
    if (strcmp(parser.kind, "model") == 0)
        fprintf(log->stream, "model (%zu bytes)\n", payload.size);
    else
        fprintf(log->stream, "%s %s\n", parser.kind, payload.bytes);
    host_output_write(log, "", 0);
}

static void act(void)
{
    collect((const uint8_t *)"", 0);
    log_frame();
    control.spoke = control.heard = true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, parser.kind) == 0) {
            kinds[i].act();
            return;
        }
    fprintf(stderr, RUNNER ": unknown frame '%s' on the control channel\n", parser.kind);
}

void control_init(const struct runner_options *options)
{
    control = (struct control){.options = options};
    frame_parser_init(&parser);
}

void control_take(const uint8_t *bytes, size_t size)
{
    enum frame_event event;

    do {
        size_t used = frame_parse(&parser, bytes, size, &event);

        bytes += used;
        size -= used;
        if (event == FRAME_START)
            payload.size = 0;
        else if (event == FRAME_DATA)
            collect(parser.data, parser.data_size);
        else if (event == FRAME_END)
            act();
        else if (event == FRAME_BAD)
            fprintf(stderr, RUNNER ": bytes on the control channel that are no frame\n");
    } while (event != FRAME_MORE);
}

void control_send(int fd, const char *kind)
{
    char header[FRAME_HEADER_SIZE];
    size_t size = frame_header(header, kind, 0);

    if (write(fd, header, size) != (ssize_t)size)
        fprintf(stderr, RUNNER ": the machine does not take '%s'\n", kind);
}

void control_acknowledge(int fd)
{
    char header[FRAME_HEADER_SIZE];
    size_t size = frame_header(header, "model-got", 0);

    /* A machine that has ended meanwhile no longer needs it. */
    for (; control.pieces != 0; control.pieces--)
        if (send(fd, header, size, MSG_NOSIGNAL) != (ssize_t)size)
            break;
}
