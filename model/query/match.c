/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Matching nodes: see match.h. By name, every node gets a key that holds no id, in an order in which keys build on each
 * other: PDs, spaces, resources. Keys are sorted on both sides, and equal ones go together one by one.
 */
#include "match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/fields.h"

static enum cm_status make_match(const struct cm_graph *old_graph, const struct cm_graph *new_graph,
                                 struct cm_match *match)
{
    size_t old_bytes = ((size_t)cm_graph_nodes(old_graph) + 1) * sizeof(cm_node);
    size_t new_bytes = ((size_t)cm_graph_nodes(new_graph) + 1) * sizeof(cm_node);
    match->in_new = malloc(old_bytes);
    match->in_old = malloc(new_bytes);
    if (match->in_new == NULL || match->in_old == NULL) {
        cm_match_free(match);
        return CM_NO_MEMORY;
    }
    memset(match->in_new, 0xff, old_bytes);
    memset(match->in_old, 0xff, new_bytes);
    return CM_OK;
}

void cm_match_free(struct cm_match *match)
{
    free(match->in_new);
    free(match->in_old);
    *match = (struct cm_match){0};
}

enum cm_status cm_match_ids(const struct cm_graph *old_graph, const struct cm_graph *new_graph, struct cm_match *match)
{
    enum cm_status status = make_match(old_graph, new_graph, match);
    for (cm_node n = 0; status == CM_OK && n < cm_graph_nodes(old_graph); n++) {
        if (cm_node_kind(old_graph, n) == CM_MISSING) {
            continue;
        }
        cm_node other = cm_graph_find(new_graph, cm_text_of(cm_node_id(old_graph, n)));
        if (other != CM_NONE && cm_node_kind(new_graph, other) == cm_node_kind(old_graph, n)) {
            match->in_new[n] = other;
            match->in_old[other] = n;
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------------------- keys */

struct keys {
    struct cm_graph *graph;
    char **text; /* per node; NULL: none yet */
};

/* A longer key for a node: its own words after the key of what it belongs to. False: no memory. */
static bool set_key(struct keys *keys, cm_node node, const char *owner, const char *kind, const char *words)
{
    size_t size = strlen(owner) + strlen(kind) + strlen(words) + 3;
    char *text = malloc(size);
    if (text != NULL) {
        snprintf(text, size, "%s\n%s\n%s", owner, kind, words);
    }
    keys->text[node] = text;
    return text != NULL;
}

/* Who runs in an address space or on a VCPU: the first, which is enough to tell it by. */
static cm_node runner(struct keys *keys, cm_node place, enum cm_status *status)
{
    uint32_t count;
    const uint32_t *edges = cm_node_in(keys->graph, place, &count);
    if (edges == NULL) {
        *status = CM_NO_MEMORY;
        return CM_NONE;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct cm_edge hold;
        cm_graph_edge(keys->graph, edges[i], &hold);
        if (hold.edge_type == CM_HOLD && cm_hold_runs(keys->graph, &hold) && hold.from != cm_graph_root(keys->graph)) {
            return hold.from;
        }
    }
    return CM_NONE;
}

static enum cm_status key_space(struct keys *keys, cm_node space)
{
    enum cm_status status = CM_OK;
    cm_node owner = CM_NONE;
    if (cm_node_type(keys->graph, space) == CM_TYPE_ADS) {
        owner = runner(keys, space, &status);
    }
    uint32_t count;
    const cm_node *managers = cm_space_managers(keys->graph, space, &count);
    if (owner == CM_NONE && count > 0) {
        owner = managers[0];
    }
    const char *of = owner == CM_NONE ? "" : keys->text[owner];
    bool good = set_key(keys, space, of, "SPACE", cm_node_data(keys->graph, space));
    return status != CM_OK ? status : good ? CM_OK : CM_NO_MEMORY;
}

/* What tells a resource from others of its space and type. */
static const char *resource_words(const struct cm_graph *graph, cm_node node, char *buffer, size_t size)
{
    struct cm_extent extent;
    uint64_t first, count;
    struct cm_text extra = cm_text_of(cm_node_extra(graph, node));
    uint32_t type = cm_node_type(graph, node);
    if (type == CM_TYPE_VMR && cm_field_vmr(extra, &extent) == CM_FIELD_OK) {
        snprintf(buffer, size, "%.*s %llx", (int)extent.kind.length, extent.kind.at,
                 (unsigned long long)extent.address);
        return buffer;
    }
    if (type == CM_TYPE_MO && cm_field_mo(extra, &extent) == CM_FIELD_OK && extent.has_address &&
        extent.address != 0) {
        snprintf(buffer, size, "%llx", (unsigned long long)extent.address);
        return buffer;
    }
    if (type == CM_TYPE_BLOCK && cm_field_blocks(extra, &first, &count) == CM_FIELD_OK) {
        snprintf(buffer, size, "%llu", (unsigned long long)first);
        return buffer;
    }
    if (type == CM_TYPE_FILE && extra.length > 0) {
        return extra.at;
    }
    const char *object = strrchr(cm_node_id(graph, node), '_');
    return object == NULL ? cm_node_id(graph, node) : object + 1;
}

static enum cm_status key_resource(struct keys *keys, cm_node node)
{
    enum cm_status status = CM_OK;
    char buffer[64];
    cm_node space = cm_resource_space(keys->graph, node);
    const char *owner = space == CM_NONE ? "" : keys->text[space];
    const char *words = resource_words(keys->graph, node, buffer, sizeof buffer);
    if (cm_node_type(keys->graph, node) == CM_TYPE_VCPU) {
        cm_node pd = runner(keys, node, &status);
        words = pd == CM_NONE ? words : keys->text[pd];
    }
    bool good = set_key(keys, node, owner, cm_node_data(keys->graph, node), words);
    return status != CM_OK ? status : good ? CM_OK : CM_NO_MEMORY;
}

static enum cm_status make_keys(struct keys *keys)
{
    uint32_t nodes = cm_graph_nodes(keys->graph);
    keys->text = calloc((size_t)nodes + 1, sizeof *keys->text);
    enum cm_status status = keys->text == NULL ? CM_NO_MEMORY : CM_OK;
    static const enum cm_kind order[] = {CM_PD, CM_SPACE, CM_RESOURCE};
    for (int turn = 0; turn < 3; turn++) {
        for (cm_node n = 0; n < nodes && status == CM_OK; n++) {
            if (cm_node_kind(keys->graph, n) != order[turn]) {
                continue;
            }
            if (turn == 0) {
                status = set_key(keys, n, "", "PD", cm_node_data(keys->graph, n)) ? CM_OK : CM_NO_MEMORY;
            } else {
                status = turn == 1 ? key_space(keys, n) : key_resource(keys, n);
            }
        }
    }
    return status;
}

static void free_keys(struct keys *keys)
{
    for (uint32_t n = 0; keys->text != NULL && n < cm_graph_nodes(keys->graph); n++) {
        free(keys->text[n]);
    }
    free(keys->text);
}

/* ------------------------------------------------------------------------------------------------------------ match */

struct keyed {
    const char *text;
    cm_node node;
};

static int compare_keyed(const void *one, const void *other)
{
    const struct keyed *a = one, *b = other;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : a->node < b->node ? -1 : 1;
}

static struct keyed *sorted(const struct keys *keys, uint32_t *count)
{
    uint32_t nodes = cm_graph_nodes(keys->graph);
    struct keyed *list = malloc(((size_t)nodes + 1) * sizeof *list);
    *count = 0;
    for (cm_node n = 0; list != NULL && n < nodes; n++) {
        if (keys->text[n] != NULL) {
            list[(*count)++] = (struct keyed){keys->text[n], n};
        }
    }
    if (*count > 0) {
        qsort(list, *count, sizeof *list, compare_keyed);
    }
    return list;
}

static enum cm_status pair_up(const struct keys *old_keys, const struct keys *new_keys, struct cm_match *match)
{
    uint32_t old_count, new_count, i = 0, k = 0;
    struct keyed *old_list = sorted(old_keys, &old_count), *new_list = sorted(new_keys, &new_count);
    bool good = old_list != NULL && new_list != NULL;
    while (good && i < old_count && k < new_count) {
        int order = strcmp(old_list[i].text, new_list[k].text);
        if (order == 0) {
            match->in_new[old_list[i].node] = new_list[k].node;
            match->in_old[new_list[k].node] = old_list[i].node;
        }
        i += order <= 0;
        k += order >= 0;
    }
    free(old_list);
    free(new_list);
    return good ? CM_OK : CM_NO_MEMORY;
}

enum cm_status cm_match_names(struct cm_graph *old_graph, struct cm_graph *new_graph, struct cm_match *match)
{
    struct keys old_keys = {old_graph, NULL}, new_keys = {new_graph, NULL};
    enum cm_status status = make_match(old_graph, new_graph, match);
    if (status == CM_OK) {
        status = make_keys(&old_keys);
    }
    if (status == CM_OK) {
        status = make_keys(&new_keys);
    }
    if (status == CM_OK) {
        status = pair_up(&old_keys, &new_keys, match);
    }
    free_keys(&old_keys);
    free_keys(&new_keys);
    if (status != CM_OK) {
        cm_match_free(match);
    }
    return status;
}
