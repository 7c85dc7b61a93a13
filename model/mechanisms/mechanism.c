/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Models written by hand: see mechanism.h. Bottom up: one function per statement, `read`, the table of statements, lines.
 * Names, nodes and edges are made in mechanism_nodes.c.
 *
 * The first PD is the root: it manages a space of each core type, with one core in it, so that a text need not say what
 * is the same in all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/fields.h"
#include "../host/load.h"
#include "mechanism_parts.h"

#define PAGE_BYTES 4096

/* ------------------------------------------------------------------------------------------------------- statements */

static void copy_rest(struct mech *t, char *out)
{
    out[0] = '\0';
    for (unsigned i = 1; i < t->count; i++) { /* the words of a line that fits */
        strcat(strcat(out, i > 1 ? " " : ""), t->words[i]);
    }
}

static void say_title(struct mech *t)
{
    if (t->options->about != NULL) {
        copy_rest(t, t->options->about->title);
    }
}

static void say_pair(struct mech *t)
{
    for (unsigned i = 0; i < 2 && t->options->about != NULL; i++) {
        strcpy(t->options->about->pair[i], t->words[i + 1]);
    }
}

static void say_cite(struct mech *t)
{
    if (t->options->about != NULL) {
        t->options->about->citations++;
    }
}

static void say_pd(struct mech *t)
{
    char id[2 * CM_MAX_MECHANISM_LINE];
    bool root = mech_look_up(t, "memory") == NULL;
    snprintf(id, sizeof id, "PD_%s", t->words[1]);
    struct mech_name *name = mech_claim(t, t->words[1], CM_PD, root ? CM_ROOT_ID : id, NULL);
    if (name != NULL) {
        mech_check(t, cm_graph_add_pd(t->graph, cm_text_of(name->id), cm_text_of(name->word), cm_text_of(""), &name->node));
    }
    if (root && t->status == CM_OK) {
        mech_add_core(t);
    }
}

/* space NAME TYPE MANAGER [on SPACE] */
static void say_space(struct mech *t)
{
    const struct mech_name *manager = mech_find(t, t->words[3], CM_PD);
    const struct mech_name *below = NULL;
    if (t->count > 4 && (t->count != 6 || strcmp(t->words[4], "on") != 0)) {
        mech_fail(t, "what follows the manager is: on SPACE");
    } else if (t->count == 6) {
        below = mech_find(t, t->words[5], CM_SPACE);
    }
    if (t->status == CM_OK) {
        mech_add_space(t, t->words[1], t->words[2], manager->id, below);
    }
}

/* resource NAME SPACE [PAGES] */
static void say_resource(struct mech *t)
{
    const struct mech_name *space = mech_find(t, t->words[2], CM_SPACE);
    uint64_t pages = t->count > 3 ? mech_pages(t, t->words[3]) : 0;
    if (t->status != CM_OK) {
        return;
    }
    bool memory = strcmp(space->type, "MO") == 0;
    if (strcmp(space->type, "ADS") == 0) {
        mech_fail(t, "what stands in an address space is a vmr");
    } else if (memory && pages == 0) {
        mech_fail(t, "an MO needs a number of pages");
    }
    char extra[64] = "";
    if (memory) {
        snprintf(extra, sizeof extra, "0x0_%llu_12", (unsigned long long)pages);
    }
    struct mech_name *name = mech_add_resource(t, t->words[1], t->words[1], space->type, space, extra);
    if (name != NULL) {
        name->pages = pages;
    }
}

/* Letters of rights, `-` for none; others than those allowed fail. */
static unsigned say_rights(struct mech *t, const char *word, unsigned allowed)
{
    unsigned rights = 0;
    if (strcmp(word, "-") != 0 && (!cm_field_rights(cm_text_of(word), &rights) || (rights & ~allowed) != 0)) {
        mech_fail(t, "%s is neither rights (letters of %s) nor -", word, (allowed & CM_GRANT) != 0 ? "rwxg" : "rwx");
    }
    return rights;
}

/*
 * vmr SPACE KIND[:RIGHTS] TARGET [NAME]: the VMR SPACE.NAME of the target's pages that maps onto it, code and vDSO to read
 * and execute, all else to read and write, if rights are not given. No name: what follows the dot of the target's. On
 * another VMR it is at that one's address.
 */
static void say_vmr(struct mech *t)
{
    char *kind = t->words[2], *mark = strchr(kind, ':');
    unsigned rights = 0;
    if (mark != NULL) {
        *mark = '\0';
        rights = say_rights(t, mark + 1, CM_READ | CM_WRITE | CM_EXECUTE);
    }
    struct mech_name *space = mech_find(t, t->words[1], CM_SPACE);
    const struct mech_name *target = mech_find(t, t->words[3], CM_RESOURCE);
    if (t->status != CM_OK) {
        return;
    }
    if (strcmp(space->type, "ADS") != 0) {
        mech_fail(t, "%s is no address space", space->word);
    } else if (target->pages == 0) {
        mech_fail(t, "%s has no pages", target->word);
    }
    bool same = strcmp(target->type, "VMR") == 0;
    uint64_t address = same ? target->address : space->address, pages = target->pages;
    const char *dot = strrchr(t->words[3], '.');
    const char *last = t->count > 4 ? t->words[4] : dot == NULL ? t->words[3] : dot + 1;
    char word[2 * CM_MAX_MECHANISM_LINE], extra[2 * CM_MAX_MECHANISM_LINE];
    snprintf(word, sizeof word, "%s.%s", space->word, last);
    snprintf(extra, sizeof extra, "0x%llx_%s_%llu_12", (unsigned long long)address, kind, (unsigned long long)pages);
    cm_node below = target->node;
    struct cm_extent extent;
    if (cm_field_vmr(cm_text_of(extra), &extent) != CM_FIELD_OK || !extent.kind_known) {
        mech_fail(t, "%s is no kind of VMR", kind);
    }
    if (mark == NULL) {
        rights = cm_kind_rights(cm_text_of(extra));
        rights |= (rights & CM_WRITE) == 0 ? CM_EXECUTE : 0;
    }
    struct mech_name *name = mech_add_resource(t, word, last, "VMR", space, extra);
    if (name != NULL) {
        name->pages = pages;
        name->address = address;
        space->address += same ? 0 : pages * PAGE_BYTES;
        mech_edge(t, CM_MAP, name->node, below, rights);
    }
}

/* run PD SPACE [VCPU]: in an address space, on a VCPU; if none is named, on PD.cpu, a new one on the core. */
static void say_run(struct mech *t)
{
    const struct mech_name *pd = mech_find(t, t->words[1], CM_PD), *space = mech_find(t, t->words[2], CM_SPACE);
    const struct mech_name *cpu = t->count > 3 ? mech_find(t, t->words[3], CM_RESOURCE) : NULL;
    if (t->status != CM_OK) {
        return;
    }
    if (strcmp(space->type, "ADS") != 0 || (cpu != NULL && strcmp(cpu->type, "VCPU") != 0)) {
        mech_fail(t, "a PD runs in an address space and on a VCPU");
        return;
    }
    if (cpu == NULL) {
        char word[CM_MAX_MECHANISM_LINE + 8];
        snprintf(word, sizeof word, "%s.cpu", pd->word);
        cpu = mech_add_resource(t, word, word, "VCPU", mech_look_up(t, "threads"), space->id);
        if (cpu != NULL) {
            mech_edge(t, CM_MAP, cpu->node, mech_look_up(t, "core")->node, 0);
        }
    }
    if (cpu != NULL) {
        mech_edge(t, CM_HOLD, pd->node, cpu->node, CM_READ | CM_WRITE | CM_EXECUTE);
        mech_edge(t, CM_HOLD, pd->node, space->node, CM_READ | CM_WRITE | CM_EXECUTE);
    }
}

/* hold PD NAME RIGHTS */
static void say_hold(struct mech *t)
{
    const struct mech_name *pd = mech_find(t, t->words[1], CM_PD), *target = mech_find(t, t->words[2], CM_MISSING);
    unsigned rights = say_rights(t, t->words[3], CM_READ | CM_WRITE | CM_EXECUTE | CM_GRANT);
    if (t->status == CM_OK) {
        mech_edge(t, CM_HOLD, pd->node, target->node, rights);
    }
}

/* map NAME NAME [RIGHTS]: of a VMR, or of guest memory, which its host backs with rwx if rights are not given. */
static void say_map(struct mech *t)
{
    const struct mech_name *from = mech_find(t, t->words[1], CM_RESOURCE), *to = mech_find(t, t->words[2], CM_RESOURCE);
    const unsigned all = CM_READ | CM_WRITE | CM_EXECUTE;
    bool guest = from != NULL && strcmp(from->type, "GMO") == 0;
    unsigned rights = t->count > 3 ? say_rights(t, t->words[3], all) : guest ? all : 0;
    if (t->count > 3 && from != NULL && !guest && strcmp(from->type, "VMR") != 0) {
        mech_fail(t, "rights are those of a VMR's or of guest memory's map");
    }
    if (t->status == CM_OK) {
        mech_edge(t, CM_MAP, from->node, to->node, rights);
    }
}

/* request PD PD TYPE [SPACE] */
static void say_request(struct mech *t)
{
    const struct mech_name *from = mech_find(t, t->words[1], CM_PD), *to = mech_find(t, t->words[2], CM_PD);
    const struct mech_name *space = t->count > 4 ? mech_find(t, t->words[4], CM_SPACE) : NULL;
    const char *fault = cm_type_fault(cm_text_of(t->words[3]));
    if (fault != NULL) {
        mech_fail(t, "the type %s %s", t->words[3], fault);
    }
    if (t->status == CM_OK) {
        mech_check(t, cm_graph_add_request(t->graph, from->node, to->node, cm_text_of(t->words[3]),
                                      space == NULL ? CM_NONE : space->node));
    }
}

static void say_fault(struct mech *t)
{
    const struct mech_name *from = mech_find(t, t->words[1], CM_PD), *to = mech_find(t, t->words[2], CM_PD);
    if (t->status == CM_OK) {
        mech_edge(t, CM_FAULT, from->node, to->node, 0);
    }
}

/* ------------------------------------------------------------------------------------------------------------- read */

static long read_file(void *context, char *buffer, size_t size)
{
    ssize_t got;
    do {
        got = read(*(const int *)context, buffer, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* A row of the file that `read` names is wrong: the error names this line. */
static bool pass_on(void *context, const struct cm_problem *problem)
{
    struct mech *t = context;
    if (problem->lost) {
        mech_fail(t, "%s:%u:%s: %s", t->words[1], problem->line, problem->column, problem->text);
    }
    return !problem->lost;
}

/* read FILE: the model is in another file, beside this one. */
static void say_read(struct mech *t)
{
    const char *own = t->options->path;
    char path[2 * CM_MAX_MECHANISM_LINE];
    if (own == NULL || t->used > 0) {
        mech_fail(t, own == NULL ? "only a file that is read by its name can name another" : "read stands instead of a model");
        return;
    }
    const char *slash = strrchr(own, '/');
    int folder = slash == NULL || t->words[1][0] == '/' ? 0 : (int)(slash - own + 1);
    int file = -1;
    if (snprintf(path, sizeof path, "%.*s%s", folder, own, t->words[1]) < (int)sizeof path) {
        file = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (file < 0) {
        mech_fail(t, "%s: %s", t->words[1], strerror(errno));
        return;
    }
    struct cm_read_options options = {.visit = pass_on, .context = t};
    enum cm_status status = cm_read_any((struct cm_source){read_file, &file}, t->graph, &options);
    if (status == CM_SOURCE_FAILED) {
        mech_fail(t, "%s: %s", t->words[1], strerror(errno));
    }
    close(file);
    mech_check(t, status);
}

/* ------------------------------------------------------------------------------------------------------------ lines */

static const struct {
    const char *word;
    unsigned least, most; /* words, its own included; most 0: any number, a text */
    void (*say)(struct mech *t);
    const char *usage;
} statements[] = {
    {"title", 2, 0, say_title, "TEXT"},
    {"pair", 3, 3, say_pair, "PD PD"},
    {"cite", 2, 0, say_cite, "TEXT"},
    {"read", 2, 2, say_read, "FILE"},
    {"pd", 2, 2, say_pd, "NAME"},
    {"space", 4, 6, say_space, "NAME TYPE MANAGER [on SPACE]"},
    {"resource", 3, 4, say_resource, "NAME SPACE [PAGES]"},
    {"vmr", 4, 5, say_vmr, "SPACE KIND[:RIGHTS] TARGET [NAME]"},
    {"run", 3, 4, say_run, "PD SPACE [VCPU]"},
    {"hold", 4, 4, say_hold, "PD NAME RIGHTS"},
    {"map", 3, 4, say_map, "NAME NAME [RIGHTS]"},
    {"request", 4, 5, say_request, "PD PD TYPE [SPACE]"},
    {"fault", 3, 3, say_fault, "PD PD"},
};

static void say(struct mech *t)
{
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        if (strcmp(t->words[0], statements[i].word) != 0) {
            continue;
        }
        if (t->count < statements[i].least || (statements[i].most > 0 && t->count > statements[i].most)) {
            mech_fail(t, "usage: %s %s", statements[i].word, statements[i].usage);
        } else {
            statements[i].say(t);
        }
        return;
    }
    mech_fail(t, "no statement %s", t->words[0]);
}

/* A line without its end; blanks part words, # starts a comment. */
static void take_line(struct mech *t, char *line)
{
    static const char blanks[] = " \t\r";
    char *rest = NULL;
    t->line++;
    cm_graph_at_line(t->graph, t->line);
    t->count = 0;
    line[strcspn(line, "#")] = '\0';
    for (char *word = strtok_r(line, blanks, &rest); word != NULL; word = strtok_r(NULL, blanks, &rest)) {
        t->words[t->count++] = word;
    }
    if (t->count > 0) {
        say(t);
    }
}

/* Reads until a line is complete; false at the end. A line that is too long, or has a NUL in it, fails. */
static bool next_line(struct mech *t, struct cm_source source, char *buffer, size_t *used, char *line)
{
    for (;;) {
        char *end = memchr(buffer, '\n', *used);
        size_t length = end == NULL ? *used : (size_t)(end - buffer);
        if (end == NULL && *used < CM_MAX_MECHANISM_LINE) {
            long got = source.read(source.context, buffer + *used, CM_MAX_MECHANISM_LINE - *used);
            mech_check(t, got < 0 ? CM_SOURCE_FAILED : CM_OK);
            if (got > 0) {
                *used += (size_t)got;
                continue;
            }
        }
        if (t->status != CM_OK || *used == 0) {
            return false;
        }
        if (length >= CM_MAX_MECHANISM_LINE || memchr(buffer, '\0', length) != NULL || !cm_is_utf8((struct cm_text){buffer, length})) {
            t->line++;
            t->count = 0;
            mech_fail(t, "a line is UTF-8 and shorter than %d bytes (CM_MAX_MECHANISM_LINE)", CM_MAX_MECHANISM_LINE);
            return false;
        }
        memcpy(line, buffer, length);
        line[length] = '\0';
        *used -= end == NULL ? length : length + 1;
        memmove(buffer, buffer + length + 1, *used);
        return true;
    }
}

enum cm_status cm_mechanism_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    char buffer[CM_MAX_MECHANISM_LINE], line[CM_MAX_MECHANISM_LINE];
    size_t used = 0;
    struct mech *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return CM_NO_MEMORY;
    }
    t->graph = graph;
    t->options = options;
    while (t->status == CM_OK && next_line(t, source, buffer, &used, line)) {
        take_line(t, line);
    }
    for (uint32_t i = 0; i < t->used; i++) {
        free(t->names[i].word);
        free(t->names[i].id);
        free(t->names[i].type);
    }
    enum cm_status status = t->status;
    free(t);
    return status;
}
