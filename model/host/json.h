/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing JSON (RFC 8259) as it comes, one value after the other; commas and line breaks are put where they belong. */
#pragma once

#include "../core/csv.h"

/* Deeper nesting than any of our outputs. */
#define JSON_MAX_DEPTH 16

struct json {
    struct cm_writer *writer;
    int depth;
    bool filled[JSON_MAX_DEPTH]; /* this depth has a value already */
    bool after_key;
};

void json_start(struct json *json, struct cm_writer *writer);
void json_end(struct json *json); /* a line end */

void json_object(struct json *json);
void json_object_end(struct json *json);
void json_array(struct json *json);
void json_array_end(struct json *json);
void json_key(struct json *json, const char *key);

/* Bytes that are not UTF-8 become U+FFFD. */
void json_string(struct json *json, const char *text);
void json_number(struct json *json, uint64_t number);
void json_null(struct json *json);

/* A number that is spelled out already, such as 0.5000. */
void json_raw(struct json *json, const char *text);

/* "key": value */
void json_member_string(struct json *json, const char *key, const char *text);
void json_member_number(struct json *json, const char *key, uint64_t number);
void json_member_bool(struct json *json, const char *key, bool value);
