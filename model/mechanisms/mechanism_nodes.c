/* SPDX-License-Identifier: BSD-2-Clause */
/* Models written by hand: reports, names, nodes and edges. See mechanism_parts.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/fields.h"
#include "mechanism_parts.h"

#define FIRST_ADDRESS 0x10000 /* of the first VMR of an address space */

/* ---------------------------------------------------------------------------------------------------------- reports */

void mech_fail(struct mech *t, const char *format, ...)
{
    char words[CM_MAX_MECHANISM_LINE + 256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    struct cm_problem problem = {t->line, t->count > 0 ? t->words[0] : "line", 5, false, true, words};
    if (t->status == CM_OK) {
        t->options->visit(t->options->context, &problem);
        t->status = CM_STOPPED;
    }
}

void mech_check(struct mech *t, enum cm_status status)
{
    if (status == CM_DUPLICATE_ID) {
        mech_fail(t, "the id of %s is that of something else", t->words[1]);
    } else if (t->status == CM_OK) {
        t->status = status;
    }
}

/* ------------------------------------------------------------------------------------------------------------ names */

struct mech_name *mech_look_up(struct mech *t, const char *word)
{
    for (uint32_t i = 0; i < t->used; i++) {
        if (strcmp(t->names[i].word, word) == 0) {
            return &t->names[i];
        }
    }
    return NULL;
}

struct mech_name *mech_find(struct mech *t, const char *word, enum cm_kind kind)
{
    struct mech_name *name = mech_look_up(t, word);
    if (name == NULL) {
        mech_fail(t, "nothing is named %s", word);
    } else if (kind != CM_MISSING && name->kind != kind) {
        mech_fail(t, "%s is a %s, not a %s", word, cm_kind_text(name->kind), cm_kind_text(kind));
        name = NULL;
    }
    return name;
}

struct mech_name *mech_claim(struct mech *t, const char *word, enum cm_kind kind, const char *id, const char *type)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    if (t->status != CM_OK) {
        return NULL;
    }
    if (word[strspn(word, allowed)] != '\0') {
        mech_fail(t, "the name %s: letters, digits, - and . only", word);
    } else if (mech_look_up(t, word) != NULL) {
        mech_fail(t, "%s is named already", word);
    } else if (t->used == CM_MAX_MECHANISM_NAMES) {
        mech_fail(t, "more than %d names (CM_MAX_MECHANISM_NAMES)", CM_MAX_MECHANISM_NAMES);
    } else {
        struct mech_name *name = &t->names[t->used++];
        *name = (struct mech_name){strdup(word), strdup(id), type == NULL ? NULL : strdup(type), CM_NONE, kind, 0, 0};
        if (name->word != NULL && name->id != NULL && (type == NULL || name->type != NULL)) {
            return name;
        }
        mech_check(t, CM_NO_MEMORY);
    }
    return NULL;
}

uint64_t mech_pages(struct mech *t, const char *word)
{
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(word, &end, 10);
    if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 || parsed == 0 || parsed > CM_MAX_MO_UNITS) {
        mech_fail(t, "%s is not a number of pages", word);
        return 0;
    }
    return parsed;
}

/* -------------------------------------------------------------------------------------------------- nodes and edges */

void mech_edge(struct mech *t, enum cm_edge_type type, cm_node from, cm_node to, unsigned rights)
{
    if (t->status == CM_OK) {
        mech_check(t, cm_graph_add_edge(t->graph, type, from, to, rights));
    }
}

void mech_add_space(struct mech *t, const char *word, const char *type, const char *manager, const struct mech_name *below)
{
    char id[2 * CM_MAX_MECHANISM_LINE];
    const char *fault = cm_type_fault(cm_text_of(type));
    if (fault != NULL) {
        mech_fail(t, "the type %s %s", type, fault);
    }
    snprintf(id, sizeof id, "%s_SPACE_%s", type, word);
    struct mech_name *name = mech_claim(t, word, CM_SPACE, id, type);
    if (name == NULL) {
        return;
    }
    name->address = FIRST_ADDRESS;
    mech_check(t, cm_graph_add_space(t->graph, cm_text_of(id), cm_text_of(type), cm_text_of(manager), &name->node));
    if (below != NULL) {
        mech_edge(t, CM_MAP, name->node, below->node, 0);
    }
}

struct mech_name *mech_add_resource(struct mech *t, const char *word, const char *own, const char *type,
                                 const struct mech_name *space, const char *extra)
{
    char id[3 * CM_MAX_MECHANISM_LINE];
    snprintf(id, sizeof id, "%s_%s_%s", type, space->word, own);
    struct mech_name *name = mech_claim(t, word, CM_RESOURCE, id, type);
    if (name != NULL) {
        mech_check(t, cm_graph_add_resource(t->graph, cm_text_of(id), cm_text_of(type), cm_text_of(extra), &name->node));
        mech_edge(t, CM_SUBSET, name->node, space->node, 0);
    }
    return name;
}

void mech_add_core(struct mech *t)
{
    static const struct {
        const char *word, *type;
    } core[] = {{"memory", "MO"},     {"threads", "VCPU"}, {"cores", "PCPU"},
                {"endpoints", "EP"}, {"domains", "PD"},   {"spaces", "RESSPC"},
                {"notifications", "NTFN"}, {"interrupts", "IRQ"}, {"images", "IMAGE"}};
    for (size_t i = 0; i < sizeof core / sizeof *core; i++) {
        mech_add_space(t, core[i].word, core[i].type, CM_ROOT_ID, NULL);
    }
    const struct mech_name *cores = mech_look_up(t, "cores");
    if (cores != NULL && t->status == CM_OK) {
        mech_add_resource(t, "core", "core", "PCPU", cores, "");
    }
}
