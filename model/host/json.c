/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing JSON: see json.h. */
#include "json.h"

#include <string.h>

#include "../core/fields.h"

void json_start(struct json *json, struct cm_writer *writer)
{
    *json = (struct json){.writer = writer};
}

void json_end(struct json *json)
{
    cm_writer_put(json->writer, "\n", 1);
}

/* What separates the next value or key from the one before. Members of the outermost value stand on lines of their own. */
static void separate(struct json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->filled[json->depth]) {
        cm_writer_put(json->writer, ",", 1);
    }
    if (json->depth == 1 || (json->depth == 2 && json->filled[1])) {
        cm_writer_put(json->writer, "\n", 1);
    } else if (json->filled[json->depth]) {
        cm_writer_put(json->writer, " ", 1);
    }
    json->filled[json->depth] = true;
}

static void enter(struct json *json, const char *bracket)
{
    separate(json);
    cm_writer_put(json->writer, bracket, 1);
    json->filled[++json->depth] = false;
}

static void leave(struct json *json, const char *bracket)
{
    json->depth--;
    cm_writer_put(json->writer, bracket, 1);
}

void json_object(struct json *json)
{
    enter(json, "{");
}

void json_object_end(struct json *json)
{
    leave(json, "}");
}

void json_array(struct json *json)
{
    enter(json, "[");
}

void json_array_end(struct json *json)
{
    leave(json, "]");
}

/* How many bytes are written unchanged: all but quotes, backslashes, control characters and what is not ASCII. */
static size_t plain_bytes(const char *text)
{
    size_t length = 0;
    while ((unsigned char)text[length] >= 0x20 && (unsigned char)text[length] < 0x80 && text[length] != '"' &&
           text[length] != '\\') {
        length++;
    }
    return length;
}

/* One character that does not stand for itself; returns its length. */
static size_t put_special(struct cm_writer *writer, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char byte = (unsigned char)text[0];
    if (byte == '"' || byte == '\\') {
        char escape[2] = {'\\', text[0]};
        cm_writer_put(writer, escape, 2);
        return 1;
    }
    if (byte < 0x80) {
        char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
        cm_writer_put(writer, escape, 6);
        return 1;
    }
    size_t left = strlen(text);
    for (size_t length = 2; length <= 4 && length <= left; length++) {
        if (cm_is_utf8((struct cm_text){text, length})) {
            cm_writer_put(writer, text, length);
            return length;
        }
    }
    cm_writer_string(writer, "\\ufffd");
    return 1;
}

static void quoted(struct json *json, const char *text)
{
    cm_writer_put(json->writer, "\"", 1);
    while (*text != '\0') {
        size_t plain = plain_bytes(text);
        cm_writer_put(json->writer, text, plain);
        text += plain;
        if (*text != '\0') {
            text += put_special(json->writer, text);
        }
    }
    cm_writer_put(json->writer, "\"", 1);
}

void json_key(struct json *json, const char *key)
{
    separate(json);
    quoted(json, key);
    cm_writer_put(json->writer, ": ", 2);
    json->after_key = true;
}

void json_string(struct json *json, const char *text)
{
    separate(json);
    quoted(json, text);
}

void json_raw(struct json *json, const char *text)
{
    separate(json);
    cm_writer_string(json->writer, text);
}

void json_number(struct json *json, uint64_t number)
{
    separate(json);
    cm_writer_number(json->writer, number);
}

void json_null(struct json *json)
{
    json_raw(json, "null");
}

void json_member_string(struct json *json, const char *key, const char *text)
{
    json_key(json, key);
    json_string(json, text);
}

void json_member_number(struct json *json, const char *key, uint64_t number)
{
    json_key(json, key);
    json_number(json, number);
}

void json_member_bool(struct json *json, const char *key, bool value)
{
    json_key(json, key);
    json_raw(json, value ? "true" : "false");
}
