/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/control/frame.h: frames on the control channel between the machine and
 * the runner, the same in both directions:
 *
 *   @<kind> <length of the payload in decimal>\n<payload>
 *
 * From the machine:
 *   heartbeat  a counter; every second
 *   ready      name of a program that has come up
 *   exit       decimal status: the runner ends with it
 *   model      a piece of the model as CSV
 *   model-end  "ok", or why the model is not complete
 *   bench      one benchmark row as JSON
 *   report     text about a fatal end
 * To the machine:
 *   model-got  a piece of the model has arrived; only a few are under way at once
 *   model      extract the model of the PD named, or of all
 *   poweroff   end
 *   eof        end of input: a system without input ends when it is ready
 *
 * The parser is fed with whatever bytes are there and holds back nothing of a
 * payload, so payloads have no limit. After a malformed header it skips to the
 * next '@'.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes of a kind with its terminating zero, and of a header. */
#define FRAME_KIND_SIZE 16
#define FRAME_HEADER_SIZE (FRAME_KIND_SIZE + 23)
/* Decimal digits of a payload's length. */
#define FRAME_LENGTH_DIGITS 10

enum frame_event {
    FRAME_MORE,  /* all bytes are used up */
    FRAME_START, /* parser->kind and parser->remaining are those of a new frame */
    FRAME_DATA,  /* parser->data, parser->data_size: a piece of its payload */
    FRAME_END,   /* the payload is complete */
    FRAME_BAD,   /* bytes that are no header; reported once, then skipped */
};

struct frame_parser {
    char kind[FRAME_KIND_SIZE];
    uint64_t remaining; /* bytes of the payload still to come */
    const uint8_t *data;
    size_t data_size;
    /* Its own. */
    int state;
    unsigned length; /* characters of kind or digits so far */
};

/* Starts between two frames. */
void frame_parser_init(struct frame_parser *parser);

/*
 * Looks at `size` bytes up to the next event, sets *event to it, and returns how
 * many bytes that took; call again with the rest until FRAME_MORE.
 * parser->data points into `bytes`.
 */
size_t frame_parse(struct frame_parser *parser, const uint8_t *bytes, size_t size,
                   enum frame_event *event);

/* Writes a header into `text` (FRAME_HEADER_SIZE bytes) without a terminating
 * zero and returns its length. `kind` is one of those above. */
size_t frame_header(char *text, const char *kind, uint64_t length);
