/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cellmodel expect: does a model keep to rules? For CI.
 *
 * A rule is a line of words; what may stand in it is a table by its first word. A rule that cannot be understood is an
 * error of the call (status 2), one that does not hold is printed with what is the case (status 1).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/json.h"
#include "../query/path.h"
#include "../core/radius.h"
#include "../core/rsi.h"
#include "model.h"

#define MAX_WORDS 8 /* the longest rule has 6 */

struct expecting {
    struct cm_model *model;
    struct cm_writer *writer;
    struct json json;
    bool as_json;
    const char *path;    /* of the rules */
    unsigned line;
    char **words; /* of the current rule */
    int count;
    char actual[256]; /* the actual value */
};

/* What came of a rule. */
enum outcome { HOLDS, FAILS, BAD };

static enum outcome bad(const struct expecting *e, const char *why)
{
    fprintf(stderr, "%s:%u: %s\n", e->path, e->line, why);
    return BAD;
}

static enum outcome failed_to_ask(const struct expecting *e, enum cm_status status)
{
    fprintf(stderr, "%s:%u: %s\n", e->path, e->line, cm_status_text(status));
    return BAD;
}

/* ---------------------------------------------------------------------------------------------------------- compare */

/* -1: the operator is unknown. */
static int compares(double left, const char *operator, double right)
{
    if (strcmp(operator, "<=") == 0) {
        return left <= right;
    }
    if (strcmp(operator, ">=") == 0) {
        return left >= right;
    }
    if (strcmp(operator, "<") == 0) {
        return left < right;
    }
    if (strcmp(operator, ">") == 0) {
        return left > right;
    }
    if (strcmp(operator, "==") == 0 || strcmp(operator, "=") == 0) {
        return left == right;
    }
    return strcmp(operator, "!=") == 0 ? left != right : -1;
}

static enum outcome compare(struct expecting *e, double actual, const char *operator, const char *number)
{
    char *end;
    double wanted = strtod(number, &end);
    int holds = compares(actual, operator, wanted);
    if (*end != '\0' || end == number) {
        return bad(e, "the last word is not a number");
    }
    if (holds < 0) {
        return bad(e, "the operator is none of <= >= < > == !=");
    }
    return holds ? HOLDS : FAILS;
}

/* The PDs of words 1 and 2. */
static bool find_pair(const struct expecting *e, cm_node *a, cm_node *b)
{
    *a = cm_model_pd(e->model->graph, e->words[1]);
    *b = *a == CM_NONE ? CM_NONE : cm_model_pd(e->model->graph, e->words[2]);
    if (*b == CM_NONE) {
        fprintf(stderr, "%s:%u: this rule names it\n", e->path, e->line);
    }
    return *b != CM_NONE;
}

/* ------------------------------------------------------------------------------------------------------------ rules */

/* rsi A B TYPE <= 0.1 */
static enum outcome expect_rsi(struct expecting *e)
{
    cm_node a, b;
    struct cm_rsi rsi;
    if (!find_pair(e, &a, &b)) {
        return BAD;
    }
    enum cm_status status = cm_rsi(e->model->graph, a, b, &e->model->metric, &rsi);
    if (status != CM_OK) {
        return failed_to_ask(e, status);
    }
    double value = 0;
    snprintf(e->actual, sizeof e->actual, "RSI %.100s 0/0 0.0000", e->words[3]);
    for (uint32_t i = 0; i < rsi.count; i++) {
        if (strcmp(cm_type_name(e->model->graph, rsi.rows[i].type), e->words[3]) == 0) {
            value = rsi.rows[i].all == 0 ? 0 : (double)rsi.rows[i].shared / (double)rsi.rows[i].all;
            cm_rsi_text(e->model->graph, &rsi.rows[i], e->actual, sizeof e->actual);
        }
    }
    cm_rsi_free(e->model->graph, &rsi);
    return compare(e, value, e->words[4], e->words[5]);
}

/* fr A B >= 1 */
static enum outcome expect_fr(struct expecting *e)
{
    cm_node a, b;
    struct cm_fr fr;
    if (!find_pair(e, &a, &b)) {
        return BAD;
    }
    enum cm_status status = cm_fr(e->model->graph, a, b, &e->model->metric, &fr);
    if (status != CM_OK) {
        return failed_to_ask(e, status);
    }
    cm_fr_text(&fr, e->actual);
    return compare(e, fr.found ? (double)fr.hops : strtod("inf", NULL), e->words[3], e->words[4]);
}

/* Whether a list such as PCPU,MO names a type. */
static bool lists(const char *list, const char *type)
{
    size_t length = strlen(type);
    for (;;) {
        size_t word = strcspn(list, ",");
        if (word == length && memcmp(list, type, length) == 0) {
            return true;
        }
        if (list[word] == '\0') {
            return false;
        }
        list += word + 1;
    }
}

/* shares A B only PCPU,MO; shares A B nothing */
static enum outcome expect_shares(struct expecting *e)
{
    cm_node a, b;
    struct cm_rsi rsi;
    bool nothing = e->count == 4 && strcmp(e->words[3], "nothing") == 0;
    if (!nothing && (e->count != 5 || strcmp(e->words[3], "only") != 0)) {
        return bad(e, "the rule is: shares A B only TYPE[,TYPE]... or: shares A B nothing");
    }
    if (!find_pair(e, &a, &b)) {
        return BAD;
    }
    enum cm_status status = cm_rsi(e->model->graph, a, b, &e->model->metric, &rsi);
    if (status != CM_OK) {
        return failed_to_ask(e, status);
    }
    enum outcome outcome = HOLDS;
    size_t used = (size_t)snprintf(e->actual, sizeof e->actual, "shared:");
    for (uint32_t i = 0; i < rsi.count; i++) {
        const char *type = cm_type_name(e->model->graph, rsi.rows[i].type);
        if (rsi.rows[i].shared == 0) {
            continue;
        }
        if (nothing || !lists(e->words[4], type)) {
            outcome = FAILS;
        }
        if (used < sizeof e->actual) {
            used += (size_t)snprintf(e->actual + used, sizeof e->actual - used, " %s", type);
        }
    }
    cm_rsi_free(e->model->graph, &rsi);
    return outcome;
}

static enum cm_status count_path(void *context, const struct cm_step *steps, uint32_t count)
{
    (void)steps;
    *(uint32_t *)context = count;
    return CM_OK;
}

/* no-path A B */
static enum outcome expect_no_path(struct expecting *e)
{
    cm_node a, b;
    if (!find_pair(e, &a, &b)) {
        return BAD;
    }
    struct cm_path_options options = {.types = CM_STEPS_USUAL};
    uint32_t hops = 0;
    bool complete;
    enum cm_status status = cm_paths(e->model->graph, a, b, &options, count_path, &hops, &complete);
    if (status != CM_OK) {
        return failed_to_ask(e, status);
    }
    snprintf(e->actual, sizeof e->actual, "there is a path of %u steps", hops);
    return hops == 0 ? HOLDS : FAILS;
}

static const struct {
    const char *word, *form;
    int least, most; /* words */
    enum outcome (*check)(struct expecting *e);
} rules[] = {
    {"rsi", "the rule is: rsi A B TYPE <= NUMBER", 6, 6, expect_rsi},
    {"fr", "the rule is: fr A B >= NUMBER", 5, 5, expect_fr},
    {"shares", "the rule is: shares A B only TYPE[,TYPE]... or: shares A B nothing", 4, 5, expect_shares},
    {"no-path", "the rule is: no-path A B", 3, 3, expect_no_path},
};

/* ------------------------------------------------------------------------------------------------------------ lines */

static enum outcome check_rule(struct expecting *e)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(e->words[0], rules[i].word) == 0) {
            bool fits = e->count >= rules[i].least && e->count <= rules[i].most;
            return fits ? rules[i].check(e) : bad(e, rules[i].form);
        }
    }
    return bad(e, "a rule starts with rsi, fr, shares or no-path");
}

static void print_rule(struct expecting *e, const char *rule, enum outcome outcome)
{
    if (e->as_json) {
        json_object(&e->json);
        json_member_number(&e->json, "line", e->line);
        json_member_string(&e->json, "rule", rule);
        json_member_bool(&e->json, "holds", outcome == HOLDS);
        json_member_string(&e->json, "actual", e->actual);
        json_object_end(&e->json);
    } else if (outcome == FAILS) {
        cm_writer_string(e->writer, e->path);
        cm_writer_put(e->writer, ":", 1);
        cm_writer_number(e->writer, e->line);
        cm_writer_string(e->writer, ": ");
        cm_writer_string(e->writer, rule);
        cm_writer_string(e->writer, ": ");
        cm_writer_string(e->writer, e->actual);
        cm_writer_put(e->writer, "\n", 1);
    }
}

/* One line; *failed counts those that do not hold. */
static enum outcome check_line(struct expecting *e, char *line, unsigned *failed)
{
    char *words[MAX_WORDS], *rest, copy[512];
    line[strcspn(line, "#\r\n")] = '\0';
    line += strspn(line, " \t");
    snprintf(copy, sizeof copy, "%s", line);
    e->words = words;
    e->count = 0;
    for (char *word = strtok_r(line, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest)) {
        if (e->count == MAX_WORDS) {
            return bad(e, "too many words");
        }
        words[e->count++] = word;
    }
    if (e->count == 0) {
        return HOLDS;
    }
    e->actual[0] = '\0';
    enum outcome outcome = check_rule(e);
    if (outcome != BAD) {
        print_rule(e, copy, outcome);
        *failed += outcome == FAILS;
    }
    return outcome;
}

static enum cm_exit check_rules(struct expecting *e, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    unsigned failed = 0, bad_lines = 0;
    e->writer = cm_output(stdout);
    if (e->as_json) {
        json_start(&e->json, e->writer);
        json_object(&e->json);
        json_key(&e->json, "rules");
        json_array(&e->json);
    }
    while (getline(&line, &size, file) >= 0) {
        e->line++;
        bad_lines += check_line(e, line, &failed) == BAD;
    }
    free(line);
    if (e->as_json) {
        json_array_end(&e->json);
        json_member_number(&e->json, "failed", failed);
        json_object_end(&e->json);
        json_end(&e->json);
    }
    enum cm_exit outcome = cm_output_end(e->writer);
    if (bad_lines > 0 || outcome != CM_EXIT_OK) {
        return CM_EXIT_USAGE;
    }
    return failed > 0 ? CM_EXIT_MODEL : CM_EXIT_OK;
}

static enum cm_exit check_file(struct cm_model *model, char **arguments, const struct cm_model_options *options)
{
    struct expecting e = {.model = model, .as_json = options->json, .path = arguments[1]};
    FILE *file = strcmp(arguments[1], "-") == 0 ? stdin : fopen(arguments[1], "r");
    if (file == NULL) {
        return cm_fail(arguments[1], CM_SOURCE_FAILED);
    }
    enum cm_exit outcome = check_rules(&e, file);
    if (file != stdin) {
        fclose(file);
    }
    return outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {{"--json", CM_FLAG, &options.json},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {"--without", CM_STRINGS, &options.without},
                                      {"--not-direct", CM_FLAG, &options.not_direct},
                                      {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 2, &options, check_file);
}

const struct cm_command cm_command_expect = {
    "expect", "FILE RULES [--not-direct] [--without PD]... [--keep PD]... [--json]",
    "checks a model against rules, a rule a line",
    "  rsi A B TYPE <= 0.1       the resource sharing index; <= >= < > == !=\n"
    "  fr A B >= 1               the fault radius; may be inf\n"
    "  shares A B only PCPU,MO   what both reach is of these types; or: shares A B nothing\n"
    "  no-path A B               as cellmodel path finds none\n"
    "A and B are ids, or names that one PD only has. What follows # is a comment. Prints the rules that do not hold, and\n"
    "then ends with status 1; status 2: a rule cannot be understood.\n",
    run};
