/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of cellmodel compare as text, CSV and JSON: see compare.h. */
#include <stdio.h>
#include <string.h>

#include "../core/fields.h"
#include "compare.h"

const char *const cm_compare_types[] = {"VMR", "MO", "VCPU", "PCPU", NULL};

const struct cm_compared_rsi *cm_compare_rsi(const struct cm_compared *row, const char *type)
{
    for (uint32_t i = 0; i < row->rsi_count; i++) {
        if (strcmp(row->rsi[i].type, type) == 0) {
            return &row->rsi[i];
        }
    }
    return NULL;
}

static bool has_column(const char *type)
{
    for (const char *const *column = cm_compare_types; *column != NULL; column++) {
        if (strcmp(*column, type) == 0) {
            return true;
        }
    }
    return false;
}

static const char *fr_text(const struct cm_fr *fr, char *out)
{
    cm_fr_text(fr, out);
    return out + 3; /* without the word FR */
}

/* ------------------------------------------------------------------------------------------------------------- text */

/* A number for both PDs, or two numbers. */
static void put_two(char *out, size_t size, const uint32_t *of)
{
    if (of[0] == of[1]) {
        snprintf(out, size, "%u", of[0]);
    } else {
        snprintf(out, size, "%u/%u", of[0], of[1]);
    }
}

static void text_row(struct cm_writer *writer, const struct cm_compared *row, int width)
{
    char line[CM_MAX_MECHANISM_LINE + 256], two[3][24], fr[2][16];
    snprintf(line, sizeof line, "%-*s", width, row->about.title);
    cm_writer_string(writer, line);
    for (const char *const *type = cm_compare_types; *type != NULL; type++) {
        const struct cm_compared_rsi *rsi = cm_compare_rsi(row, *type);
        char ratio[7] = "-";
        if (rsi != NULL) {
            cm_ratio_text(rsi->shared, rsi->all, ratio);
        }
        snprintf(line, sizeof line, "  %6s", ratio);
        cm_writer_string(writer, line);
    }
    put_two(two[0], sizeof two[0], row->trusted[0]);
    put_two(two[1], sizeof two[1], row->trusted[1]);
    put_two(two[2], sizeof two[2], row->surface);
    snprintf(line, sizeof line, "  %4s %4s  %7s %7s  %7s %6u  %8llu ", fr_text(&row->fr[0], fr[0]),
             fr_text(&row->fr[1], fr[1]), two[0], two[1], two[2], row->kernel, (unsigned long long)row->writable);
    cm_writer_string(writer, line);
    for (uint32_t i = 0; i < row->rsi_count; i++) {
        if (!has_column(row->rsi[i].type)) {
            char ratio[7];
            cm_ratio_text(row->rsi[i].shared, row->rsi[i].all, ratio);
            cm_writer_string(writer, " ");
            cm_writer_string(writer, row->rsi[i].type);
            cm_writer_string(writer, "=");
            cm_writer_string(writer, ratio);
        }
    }
    cm_writer_string(writer, "\n");
}

void cm_compare_text(struct cm_writer *writer, const struct cm_compared *rows, uint32_t count)
{
    char line[CM_MAX_MECHANISM_LINE + 256];
    int width = (int)strlen("mechanism");
    for (uint32_t i = 0; i < count; i++) {
        int own = (int)strlen(rows[i].about.title);
        width = own > width ? own : width;
    }
    snprintf(line, sizeof line, "%-*s  %-30s  %-9s  %-15s  %-14s\n", width, "", "RSI", "FR", "trusted PDs", "requests");
    cm_writer_string(writer, line);
    snprintf(line, sizeof line, "%-*s  %6s  %6s  %6s  %6s  %4s %4s  %7s %7s  %7s %6s  %8s  %s\n", width, "mechanism", "VMR",
             "MO", "VCPU", "PCPU", "with", "w/o", "with", "w/o", "to pair", "kernel", "writable", "other RSI");
    cm_writer_string(writer, line);
    for (uint32_t i = 0; i < count; i++) {
        text_row(writer, &rows[i], width);
    }
}

/* -------------------------------------------------------------------------------------------------------------- CSV */

static void csv_row(struct cm_writer *writer, const struct cm_compared *row, const char *metric, const char *type,
                    const char *value)
{
    const char *const fields[] = {row->about.title, row->about.pair[0], row->about.pair[1], metric, type};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        cm_csv_field(writer, fields[i]);
        cm_writer_put(writer, ",", 1);
    }
    cm_writer_string(writer, value);
    cm_writer_put(writer, "\n", 1);
}

static void csv_number(struct cm_writer *writer, const struct cm_compared *row, const char *metric, const char *type,
                       uint64_t value)
{
    char text[21];
    cm_decimal(value, text);
    csv_row(writer, row, metric, type, text);
}

void cm_compare_csv(struct cm_writer *writer, const struct cm_compared *rows, uint32_t count)
{
    cm_writer_string(writer, "MECHANISM,A,B,METRIC,TYPE,VALUE\n");
    for (uint32_t r = 0; r < count; r++) {
        const struct cm_compared *row = &rows[r];
        char text[16];
        for (uint32_t i = 0; i < row->rsi_count; i++) {
            cm_ratio_text(row->rsi[i].shared, row->rsi[i].all, text);
            csv_row(writer, row, "RSI", row->rsi[i].type, text);
        }
        csv_row(writer, row, "FR", "", fr_text(&row->fr[0], text));
        csv_row(writer, row, "FR_WITHOUT_KERNEL", "", fr_text(&row->fr[1], text));
        csv_number(writer, row, "TRUSTED", "A", row->trusted[0][0]);
        csv_number(writer, row, "TRUSTED", "B", row->trusted[0][1]);
        csv_number(writer, row, "TRUSTED_WITHOUT_KERNEL", "A", row->trusted[1][0]);
        csv_number(writer, row, "TRUSTED_WITHOUT_KERNEL", "B", row->trusted[1][1]);
        csv_number(writer, row, "SURFACE", "A", row->surface[0]);
        csv_number(writer, row, "SURFACE", "B", row->surface[1]);
        csv_number(writer, row, "SURFACE", "KERNEL", row->kernel);
        csv_number(writer, row, "WRITABLE", "MO", row->writable);
    }
}

/* ------------------------------------------------------------------------------------------------------------- JSON */

static void json_two(struct json *json, const char *key, const uint32_t *of)
{
    json_key(json, key);
    json_array(json);
    json_number(json, of[0]);
    json_number(json, of[1]);
    json_array_end(json);
}

static void json_fr(struct json *json, const char *key, const struct cm_fr *fr)
{
    json_key(json, key);
    if (fr->found) {
        json_number(json, fr->hops);
    } else {
        json_null(json);
    }
}

static void json_row(struct json *json, const struct cm_compared *row)
{
    json_object(json);
    json_member_string(json, "mechanism", row->about.title);
    json_member_string(json, "file", row->file);
    json_member_string(json, "a", row->about.pair[0]);
    json_member_string(json, "b", row->about.pair[1]);
    json_key(json, "rsi");
    json_object(json);
    for (uint32_t i = 0; i < row->rsi_count; i++) {
        char ratio[7];
        cm_ratio_text(row->rsi[i].shared, row->rsi[i].all, ratio);
        json_key(json, row->rsi[i].type);
        json_object(json);
        json_member_number(json, "shared", row->rsi[i].shared);
        json_member_number(json, "all", row->rsi[i].all);
        json_key(json, "value");
        json_raw(json, ratio);
        json_object_end(json);
    }
    json_object_end(json);
    json_fr(json, "fr", &row->fr[0]);
    json_fr(json, "fr_without_kernel", &row->fr[1]);
    json_two(json, "trusted", row->trusted[0]);
    json_two(json, "trusted_without_kernel", row->trusted[1]);
    json_two(json, "surface", row->surface);
    json_member_number(json, "kernel_surface", row->kernel);
    json_member_number(json, "writable_pages", row->writable);
    json_object_end(json);
}

void cm_compare_json(struct cm_writer *writer, const struct cm_compared *rows, uint32_t count)
{
    struct json json;
    json_start(&json, writer);
    json_array(&json);
    for (uint32_t i = 0; i < count; i++) {
        json_row(&json, &rows[i]);
    }
    json_array_end(&json);
    json_end(&json);
}
