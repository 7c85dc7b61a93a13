/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/control/frame.c: see frame.h. Freestanding: needs no C library.
 *
 * A state machine over bytes: one function per state takes a byte, changes the
 * state, and says whether that made an event. Payload is passed on in pieces.
 */
#include "lib/control/frame.h"

#include "lib/words/number.h"

enum state {
    BETWEEN,  /* expects '@' */
    SKIPPING, /* after a malformed header: waits for '@' */
    KIND,
    LENGTH,
    PAYLOAD,
};

void frame_parser_init(struct frame_parser *parser)
{
    *parser = (struct frame_parser){.state = BETWEEN};
}

static enum frame_event bad(struct frame_parser *parser)
{
    parser->state = SKIPPING;
    return FRAME_BAD;
}

static enum frame_event take_start(struct frame_parser *parser, uint8_t byte)
{
    if (byte == '@') {
        parser->state = KIND;
        parser->length = 0;
        return FRAME_MORE;
    }
    return parser->state == SKIPPING ? FRAME_MORE : bad(parser);
}

static enum frame_event take_kind(struct frame_parser *parser, uint8_t byte)
{
    if (byte == ' ' && parser->length > 0) {
        parser->kind[parser->length] = 0;
        parser->state = LENGTH;
        parser->length = 0;
        parser->remaining = 0;
        return FRAME_MORE;
    }
    if (((byte < 'a' || byte > 'z') && byte != '-') || parser->length == FRAME_KIND_SIZE - 1)
        return bad(parser);
    parser->kind[parser->length++] = (char)byte;
    return FRAME_MORE;
}

static enum frame_event take_length(struct frame_parser *parser, uint8_t byte)
{
    if (byte == '\n' && parser->length > 0) {
        parser->state = PAYLOAD;
        return FRAME_START;
    }
    if (byte < '0' || byte > '9' || parser->length == FRAME_LENGTH_DIGITS)
        return bad(parser);
    parser->remaining = parser->remaining * 10 + (byte - '0');
    parser->length++;
    return FRAME_MORE;
}

static enum frame_event take_byte(struct frame_parser *parser, uint8_t byte)
{
    switch (parser->state) {
    case KIND:
        return take_kind(parser, byte);
    case LENGTH:
        return take_length(parser, byte);
    default:
        return take_start(parser, byte);
    }
}

static size_t take_payload(struct frame_parser *parser, const uint8_t *bytes, size_t size,
                           enum frame_event *event)
{
    if (parser->remaining == 0) {
        parser->state = BETWEEN;
        *event = FRAME_END;
        return 0;
    }
    if (size > parser->remaining)
        size = (size_t)parser->remaining;
    *event = size == 0 ? FRAME_MORE : FRAME_DATA;
    parser->data = bytes;
    parser->data_size = size;
    parser->remaining -= size;
    return size;
}

size_t frame_parse(struct frame_parser *parser, const uint8_t *bytes, size_t size,
                   enum frame_event *event)
{
    size_t used = 0;

    if (parser->state == PAYLOAD)
        return take_payload(parser, bytes, size, event);
    *event = FRAME_MORE;
    while (used < size && *event == FRAME_MORE)
        *event = take_byte(parser, bytes[used++]);
    return used;
}

size_t frame_header(char *text, const char *kind, uint64_t length)
{
    char *end = text;

    *end++ = '@';
    while (*kind != 0)
        *end++ = *kind++;
    *end++ = ' ';
    end = number_put(end, length);
    *end++ = '\n';
    return (size_t)(end - text);
}
