/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cellmodel check: is a model legal?
 *
 * The reader's problems and then the graph's offences are collected in one list and sorted by line. If a row was lost, what
 * seems to be missing may have stood in it, so offences of absence are left out then.
 */
#include "../core/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/json.h"
#include "command.h"

struct finding {
    uint32_t line; /* 0: the file as a whole */
    uint32_t order;
    const char *column;
    int rule;
    bool lenient;
    char *text;
};

struct findings {
    struct finding *items;
    uint32_t count, capacity;
    bool lost;       /* a row was not taken */
    bool lenient;    /* --lenient */
    bool all;        /* --all */
    struct cm_graph *graph;
};

/* ---------------------------------------------------------------------------------------------------------- collect */

static bool add(struct findings *findings, struct finding finding)
{
    if (findings->count == findings->capacity) {
        uint32_t capacity = findings->capacity * 2 + 64;
        struct finding *items = realloc(findings->items, capacity * sizeof *items);
        if (items == NULL) {
            free(finding.text);
            return false;
        }
        findings->items = items;
        findings->capacity = capacity;
    }
    finding.order = findings->count;
    findings->items[findings->count++] = finding;
    return finding.text != NULL;
}

static bool take_problem(void *context, const struct cm_problem *problem)
{
    struct findings *findings = context;
    findings->lost = findings->lost || problem->lost;
    return add(findings, (struct finding){problem->line, 0, problem->column, problem->rule, problem->lenient,
                                          strdup(problem->text)});
}

/* A sink that appends to a string of the heap. */
struct text {
    char *bytes;
    size_t used;
};

static bool append(void *context, const char *bytes, size_t length)
{
    struct text *text = context;
    char *longer = realloc(text->bytes, text->used + length + 1);
    if (longer == NULL) {
        return false;
    }
    memcpy(longer + text->used, bytes, length);
    text->bytes = longer;
    text->used += length;
    longer[text->used] = '\0';
    return true;
}

static enum cm_status take_offence(void *context, const struct cm_offence *offence)
{
    struct findings *findings = context;
    if (findings->lost && cm_fault_absence(offence->fault)) {
        return CM_OK;
    }
    struct text text = {NULL, 0};
    struct cm_writer writer;
    char buffer[256];
    cm_writer_start(&writer, (struct cm_sink){append, &text}, buffer, sizeof buffer);
    cm_offence_text(&writer, findings->graph, offence);
    if (cm_writer_end(&writer) != CM_OK) {
        free(text.bytes);
        return CM_NO_MEMORY;
    }
    bool added = add(findings, (struct finding){offence->line == CM_NONE ? 1 : offence->line, 0,
                                                cm_fault_column(offence->fault), cm_fault_rule(offence->fault),
                                                cm_fault_lenient(offence->fault), text.bytes});
    return added ? CM_OK : CM_NO_MEMORY;
}

static int compare(const void *one, const void *other)
{
    const struct finding *a = one, *b = other;
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    return a->order < b->order ? -1 : 1;
}

/* ------------------------------------------------------------------------------------------------------------ print */

static bool accepted(const struct findings *findings, const struct finding *finding)
{
    return findings->lenient && finding->lenient;
}

static const struct finding *first_refused(const struct findings *findings)
{
    for (uint32_t i = 0; i < findings->count; i++) {
        if (!accepted(findings, &findings->items[i])) {
            return &findings->items[i];
        }
    }
    return NULL;
}

static void put_finding(struct cm_writer *writer, const char *path, const struct finding *finding, bool accepted_one)
{
    cm_writer_string(writer, path);
    cm_writer_put(writer, ":", 1);
    cm_writer_number(writer, finding->line);
    cm_writer_put(writer, ":", 1);
    cm_writer_string(writer, finding->column);
    cm_writer_string(writer, accepted_one ? ": accepted: rule " : ": rule ");
    cm_writer_number(writer, (uint64_t)finding->rule);
    cm_writer_put(writer, ": ", 2);
    cm_writer_string(writer, finding->text);
    cm_writer_put(writer, "\n", 1);
}

static void write_text(struct cm_writer *writer, const char *path, const struct findings *findings)
{
    const struct finding *refused = first_refused(findings);
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        bool fine = accepted(findings, finding);
        if (fine || finding == refused || findings->all) {
            put_finding(writer, path, finding, fine);
        }
    }
    if (refused == NULL) {
        cm_writer_string(writer, path);
        cm_writer_string(writer, ": legal\n");
    }
}

static void write_json(struct cm_writer *writer, const char *path, const struct findings *findings)
{
    struct json json;
    json_start(&json, writer);
    json_object(&json);
    json_member_string(&json, "file", path);
    json_member_bool(&json, "legal", first_refused(findings) == NULL);
    json_key(&json, "offences");
    json_array(&json);
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        json_object(&json);
        json_member_number(&json, "line", finding->line);
        json_member_string(&json, "column", finding->column);
        json_member_number(&json, "rule", (uint64_t)finding->rule);
        json_member_bool(&json, "accepted", accepted(findings, finding));
        json_member_string(&json, "text", finding->text);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_end(&json);
}

/* -------------------------------------------------------------------------------------------------------------- run */

static enum cm_exit collect(struct findings *findings, const char *path)
{
    struct cm_read_options options = {.strict_text = true, .visit = take_problem, .context = findings};
    enum cm_status status = cm_load_file(path, &options, &findings->graph);
    if (status == CM_OK) {
        status = cm_check(findings->graph, take_offence, findings);
    } else if (status == CM_STOPPED && findings->lost) {
        status = CM_OK; /* the reader went as far as it could and said why */
    }
    if (status != CM_OK) {
        return cm_fail(path, status);
    }
    if (findings->count > 0) {
        qsort(findings->items, findings->count, sizeof *findings->items, compare);
    }
    return CM_EXIT_OK;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct findings findings = {0};
    bool json = false;
    const struct cm_option table[] = {{"--lenient", CM_FLAG, &findings.lenient},
                                      {"--all", CM_FLAG, &findings.all},
                                      {"--json", CM_FLAG, &json},
                                      {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 1, 1) < 0) {
        return CM_EXIT_USAGE;
    }
    enum cm_exit outcome = collect(&findings, arguments[0]);
    if (outcome == CM_EXIT_OK) {
        struct cm_writer *writer = cm_output(stdout);
        if (json) {
            write_json(writer, arguments[0], &findings);
        } else {
            write_text(writer, arguments[0], &findings);
        }
        outcome = cm_output_end(writer);
    }
    if (outcome == CM_EXIT_OK && first_refused(&findings) != NULL) {
        outcome = CM_EXIT_MODEL;
    }
    for (uint32_t i = 0; i < findings.count; i++) {
        free(findings.items[i].text);
    }
    free(findings.items);
    cm_graph_destroy(findings.graph);
    return outcome;
}

const struct cm_command cm_command_check = {
    "check", "FILE [--lenient] [--all] [--json]", "checks whether a model is legal, and reports the first offence",
    "Prints FILE:LINE:COLUMN: rule N: text, N being the rule of the definition, and ends with status 1.\n"
    "  --lenient   list and accept what files of other tools do\n"
    "  --all       print all offences, not only the first\n",
    run};
