/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/plan/uses.c: what programs do by themselves, as the `serves` and `uses` lines of a description say. */
#include <stdio.h>
#include <string.h>

#include "tools/plan/draw.h"

/* The notification that is bound to its CPU. */
static void need_ntfn(struct predict *predict, struct paper_pd *pd)
{
    if (pd->ntfn != 0)
        return;
    pd->ntfn = ++predict->ntfns;
    draw_core(predict, NTFN_SPACE, pd->ntfn, "");
}

static void use_space(struct predict *predict, const struct config_item *item)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    struct paper_space *space = draw_space(predict, config_string(predict->config, item->text),
                                           item->text.length, predict->pd);
    char holder[ID_SIZE], id[ID_SIZE], extra[ID_SIZE * 2];

    if (space == NULL)
        return;
    if (item->kind == ITEM_SERVES)
        memcpy(space->name, config_string(predict->config, item->from), item->from.length);
    if (item->name.length < NAME_SIZE)
        memcpy(space->called, config_string(predict->config, item->name), item->name.length);
    draw_pd_id(holder, predict->pd);
    if (!pd->endpoint) {
        draw_core(predict, EP_SPACE, ++predict->eps, "");
        draw_core_id(id, EP_SPACE, predict->eps);
        draw_edge(predict, CM_HOLD, holder, id, CM_READ | CM_WRITE);
        pd->endpoint = true;
        need_ntfn(predict, pd);
    }
    snprintf(extra, sizeof extra, "%s_SPACE_%lx", space->type, (unsigned long)space->id);
    draw_core(predict, RESSPC_SPACE, space->id, extra);
    draw_core_id(id, RESSPC_SPACE, space->id);
    draw_handle(predict, predict->pd, id, CELL_ALL);
}

static void copy_name(const struct predict *predict, struct config_text text, char name[NAME_SIZE])
{
    size_t length = text.length < NAME_SIZE ? text.length : NAME_SIZE - 1;

    memcpy(name, config_string(predict->config, text), length);
    name[length] = 0;
}

static cell_error_t use_resource(struct predict *predict, const struct config_item *item,
                                 struct plan_error *error)
{
    const struct config *config = predict->config;
    const char *type = config_string(config, item->text);
    char parent[ID_SIZE * 2], name[NAME_SIZE], onto[NAME_SIZE];
    const struct paper_held *held;
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    struct plan_wanted wanted = {type, config_string(config, item->space), item->text.length, item->space.length, PLAN_NONE};
    struct paper_space *space;

    if (item->from.length != 0 &&
        paper_find_server(predict, type, item->text.length, config_string(config, item->from),
                          item->from.length, &wanted.server) != CELL_OK)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: from: there is no such server");
    if (paper_find_space(predict, &wanted, &space) != CELL_OK ||
        space->manager == 0)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: nobody manages a space of type "
                                                            "%.*s",
                         (int)item->text.length, type);
    copy_name(predict, item->name, name);
    copy_name(predict, item->onto, onto);
    held = (item->flags & CONFIG_AGAIN) != 0 ? draw_find_handle(predict, PLAN_NONE, space, name) : NULL;
    unsigned rights = item->rights == CONFIG_DEFAULT_RIGHTS ? CELL_ALL : item->rights;

    if (held != NULL) {
        snprintf(pd->resource, sizeof pd->resource, "%s", held->id);
        draw_handle_named(predict, predict->pd, pd->resource, name, rights);
        return CELL_OK;
    }
    if ((item->flags & CONFIG_AGAIN) != 0)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: again: there is no %s called '%s'", space->type, name);
    snprintf(pd->resource, sizeof pd->resource, "%s_%lx_%lx", space->type, (unsigned long)space->id,
             (unsigned long)++space->resources);
    snprintf(parent, sizeof parent, "%s_SPACE_%lx", space->type, (unsigned long)space->id);
    draw_resource(predict, pd->resource, space->type, name, parent);
    draw_handle_named(predict, predict->pd, pd->resource, name, rights);
    held = onto[0] != 0 ? draw_find_handle(predict, space->manager, NULL, onto) : NULL;
    if (held != NULL)
        draw_edge(predict, CM_MAP, pd->resource, held->id, 0);
    else if (onto[0] != 0)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: onto: the server has nothing called '%s'", onto);
    return CELL_OK;
}

/* The space of a type that a PD has an edge to; NULL: none. */
static const struct paper_space *asked(const struct predict *predict, const char *type)
{
    for (uint32_t i = 0; i < predict->plan->count; i++) {
        const struct plan_operation *operation = &predict->plan->operations[i];
        const struct paper_space *space =
            operation->kind == PLAN_EDGE ? paper_space_at(predict, (uint32_t)operation->edge.space - 1) : NULL;

        if (space != NULL && strcmp(space->type, type) == 0)
            return space;
    }
    return NULL;
}

static cell_error_t use_map(struct predict *predict, const struct config_item *item, struct plan_error *error)
{
    char type[NAME_SIZE], onto[NAME_SIZE], from[ID_SIZE * 2], to[ID_SIZE * 2];
    bool found = false;

    copy_name(predict, item->text, type);
    copy_name(predict, item->onto, onto);
    const struct paper_space *other = asked(predict, onto);

    for (uint32_t i = 0; other != NULL && i < predict->spaces.count; i++) {
        const struct paper_space *own = paper_space_at(predict, i);

        if (own->manager != predict->pd || strcmp(own->type, type) != 0)
            continue;
        snprintf(from, sizeof from, "%s_SPACE_%lx", own->type, (unsigned long)own->id);
        snprintf(to, sizeof to, "%s_SPACE_%lx", other->type, (unsigned long)other->id);
        draw_edge(predict, CM_MAP, from, to, 0);
        found = true;
    }
    if (!found)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: map: it has no space of type '%s', or none of type '%s' to ask",
                         type, onto);
    return CELL_OK;
}

/* A ring: each side may signal the other; the server signals through a handle that the client has passed on. */
static void use_ring(struct predict *predict, uint64_t server)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    char id[ID_SIZE];

    need_ntfn(predict, pd);
    draw_core_id(id, NTFN_SPACE, pd->ntfn);
    draw_handle(predict, predict->pd, id, CELL_ALL);
    draw_handle(predict, server, id, CM_WRITE);
    draw_core_id(id, NTFN_SPACE, paper_pd_at(predict, server)->ntfn);
    draw_handle(predict, predict->pd, id, CM_WRITE);
}

static cell_error_t use_memory(struct predict *predict, const struct config_item *item,
                               struct plan_error *error)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    uint64_t mo = draw_mo(predict, item->pages, 0), other;
    char id[ID_SIZE];

    draw_core_id(id, MO_SPACE, mo);
    draw_handle_named(predict, predict->pd, id, "memory", CELL_ALL);
    draw_region(predict, pd->ads, mo, &(struct plan_mapping){.pages = item->pages, .kind = CELL_REGION_GENERIC, .rights = 3});
    if (item->from.length == 0)
        return CELL_OK;
    if (paper_find_pd(predict, config_string(predict->config, item->from), item->from.length, &other) !=
        CELL_OK)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: with: there is no such PD");
    draw_handle(predict, other, id, CM_READ | CM_WRITE);
    draw_region(predict, paper_pd_at(predict, other)->ads, mo,
                &(struct plan_mapping){.pages = item->pages, .kind = CELL_REGION_SHARED_FRAMES, .rights = 3});
    if (pd->resource[0] != 0)
        draw_edge(predict, CM_MAP, pd->resource, id, 0);
    if ((item->flags & CONFIG_RING) != 0)
        use_ring(predict, other);
    return CELL_OK;
}

cell_error_t draw_use(struct predict *predict, const struct config_item *item, struct plan_error *error)
{
    if (item->kind == ITEM_USES_SPACE || (item->kind == ITEM_SERVES && (item->flags & CONFIG_ALL) == 0))
        use_space(predict, item);
    else if (item->kind == ITEM_USES_RESOURCE)
        return use_resource(predict, item, error);
    else if (item->kind == ITEM_USES_MEMORY)
        return use_memory(predict, item, error);
    else if (item->kind == ITEM_USES_MAP)
        return use_map(predict, item, error);
    return CELL_OK;
}
