/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/items.c: what a PD may ask, hold, serve: the lines of a configuration that are
 * no regions, a function each. Nothing is passed on that the creator has not got.
 */
#include "lib/plan/planner.h"

/* ---- Rights and types ------------------------------------------------ */

/* Rights of an item among those that the creator has; all of them by default. */
static cell_error_t pass_rights(struct planner *planner, const struct config_item *item,
                                const char *field, uint8_t have, uint8_t otherwise, uint8_t *rights)
{
    *rights = item->rights == CONFIG_DEFAULT_RIGHTS ? otherwise & have : item->rights;
    if ((*rights & ~have) != 0)
        return plan_fail(planner->error, CELL_DENIED, item->line,
                         "%s: rights that the creator does not have", field);
    return CELL_OK;
}

static cell_error_t check_type(struct planner *planner, const struct config_item *item,
                               const char *field)
{
    const char *type = config_string(planner->config, item->text);

    if (item->text.length == 0 || item->text.length > PLAN_NAME_LIMIT)
        return planner_fail(planner, item->line, "%s: a type has 1 to %u letters and digits", field,
                            PLAN_NAME_LIMIT);
    for (uint32_t i = 0; i < item->text.length; i++)
        if (!((type[i] >= 'A' && type[i] <= 'Z') || (type[i] >= 'a' && type[i] <= 'z') ||
              (type[i] >= '0' && type[i] <= '9')))
            return planner_fail(planner, item->line, "%s: '%.*s' is not letters and digits", field,
                                (int)item->text.length, type);
    return CELL_OK;
}

/* ---- Request edges --------------------------------------------------- */

static cell_error_t edge_server(struct planner *planner, const struct config_item *item,
                                struct config_text type, uint64_t *server)
{
    *server = PLAN_NONE;
    return item->from.length == 0
               ? CELL_OK
               : planner_server(planner, "rde: from", item->line, type, item->from, server);
}

static cell_error_t add_edge(struct planner *planner, const struct config_item *item,
                             const struct plan_edge *edge)
{
    bool pass_on = (item->flags & CONFIG_PASS_ON) != 0;
    uint8_t rights;
    cell_error_t error = pass_rights(planner, item, "rde", edge->rights, CELL_READ | CELL_WRITE,
                                     &rights);

    if (error != CELL_OK)
        return error;
    if (item->pages != CONFIG_UNLIMITED && item->pages >= PLAN_ALLOW_DEFAULT)
        return planner_fail(planner, item->line, "rde: allow: %lu is too large",
                            (unsigned long)item->pages);
    if ((rights & CELL_GRANT) != 0)
        return planner_fail(planner, item->line, "rde: g is no right of a request edge");
    /* What the machine cannot do without does not wait for what others may delay. */
    if (planner->config->essential && !pass_on && edge->priority < planner->priority)
        return planner_fail(planner, item->line,
                            "rde: an essential PD of priority %u cannot ask a server of priority "
                            "%u, only pass-on the edge", planner->priority, edge->priority);
    struct plan_operation *operation = planner_add(planner, PLAN_EDGE, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->edge.space = edge->space;
    operation->edge.rights = rights;
    operation->edge.pass_on = pass_on;
    operation->edge.allow = (uint32_t)item->pages;
    return CELL_OK;
}

/* All at once, where nothing is asked of a single one. */
static cell_error_t plan_edges(struct planner *planner, const struct config_item *item, uint64_t server)
{
    struct plan_operation *operation = planner_add(planner, PLAN_EDGES, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->edges.server = server;
    operation->edges.pass_on = (item->flags & CONFIG_PASS_ON) != 0;
    operation->edges.allow = (uint32_t)item->pages;
    return CELL_OK;
}

static cell_error_t plan_all_edges(struct planner *planner, const struct config_item *item)
{
    const struct plan_view *view = planner->view;
    struct plan_edge edge;
    uint64_t where = 0, server;

    if (view->system)
        return planner_fail(planner, item->line, "rde: the system has no edges to pass on");
    cell_error_t error = edge_server(planner, item, (struct config_text){0, 0}, &server);

    if (error == CELL_OK && view->count_edges != NULL && item->rights == CONFIG_DEFAULT_RIGHTS &&
        item->pages == CONFIG_UNLIMITED && !planner->config->essential)
        return plan_edges(planner, item, server);
    while (error == CELL_OK && view->next_edge(view->context, server, &where, &edge))
        error = add_edge(planner, item, &edge);
    return error;
}

static cell_error_t no_edge(struct planner *planner, const struct config_item *item,
                            const struct plan_wanted *wanted, cell_error_t error)
{
    const char *type = wanted->type;
    int length = (int)wanted->type_length, space_length = (int)wanted->space_length;

    if (error == CELL_EXISTS && space_length != 0)
        return plan_fail(planner->error, error, item->line,
                         "rde: space: several of type %.*s are called '%.*s'", length, type,
                         space_length, wanted->space);
    if (error == CELL_EXISTS)
        return plan_fail(planner->error, error, item->line,
                         "rde: from: several PDs serve %.*s, which is meant?", length, type);
    plan_fail(planner->error, CELL_NOT_FOUND, item->line,
              "rde: there is no space%s%.*s%s of type %.*s%s to ask%s", space_length == 0 ? "" : " '",
              space_length, wanted->space, space_length == 0 ? "" : "'", length, type,
              item->from.length == 0 ? "" : " of that PD", error == CELL_BUSY ? " yet" : "");
    if (error == CELL_BUSY)
        planner->error->reason = CELL_REFUSED_NO_SPACE_YET;
    return CELL_NOT_FOUND;
}

static cell_error_t plan_edge(struct planner *planner, const struct config_item *item)
{
    const struct config *config = planner->config;
    struct plan_wanted wanted = {config_string(config, item->text), config_string(config, item->space),
                                 item->text.length, item->space.length, PLAN_NONE};
    struct plan_edge edge;

    if ((item->flags & CONFIG_ALL) != 0)
        return item->space.length == 0 ? plan_all_edges(planner, item)
                                       : planner_fail(planner, item->line, "rde: space: * means all of them");
    cell_error_t error = check_type(planner, item, "rde");

    if (error == CELL_OK)
        error = edge_server(planner, item, item->text, &wanted.server);
    if (error != CELL_OK)
        return error;
    error = planner->view->edge(planner->view->context, &wanted, &edge);
    return error == CELL_OK ? add_edge(planner, item, &edge) : no_edge(planner, item, &wanted, error);
}

/* ---- Handles --------------------------------------------------------- */

/* Handles go into the table that the new PD has: another PD's takes authority over that. */
static cell_error_t check_table(struct planner *planner, const struct config_item *item,
                                const char *field)
{
    return planner->preset->shares_handles
               ? planner_need(planner, field, item->line, planner->config->relative,
                              planner->relative, CELL_GRANT)
               : CELL_OK;
}

static cell_error_t check_handle(struct planner *planner, const struct config_item *item,
                                 uint8_t *rights)
{
    unsigned long where = (unsigned long)item->address;
    uint8_t have;
    cell_error_t error = planner->view->handle(planner->view->context, item->address, &have);

    if (error != CELL_OK)
        return plan_fail(planner->error, error, item->line, "give: there is no handle at 0x%lx",
                         where);
    if ((have & CELL_GRANT) == 0)
        return plan_fail(planner->error, CELL_DENIED, item->line,
                         "give: the handle at 0x%lx may not be passed on", where);
    return pass_rights(planner, item, "give", have, have, rights);
}

static cell_error_t plan_give(struct planner *planner, const struct config_item *item)
{
    uint8_t rights = item->rights;

    if (planner->view->system)
        return planner_fail(planner, item->line, "give: the system has no handles to give");
    cell_error_t error = check_table(planner, item, "give");

    if (error == CELL_OK)
        error = (item->flags & CONFIG_ALL) != 0 ? check_type(planner, item, "give")
                                                : check_handle(planner, item, &rights);
    if (error != CELL_OK)
        return error;
    struct plan_operation *operation = planner_add(planner, PLAN_GIVE, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->give.type = item->text;
    operation->give.where = item->address;
    operation->give.rights = rights;
    return CELL_OK;
}

/* Authority over a PD comes from a handle that covers it; nobody has any over
 * himself to pass on. */
static cell_error_t plan_hold(struct planner *planner, const struct config_item *item)
{
    const struct plan_view *view = planner->view;
    uint64_t pd;
    uint8_t rights;
    cell_error_t error = check_table(planner, item, "hold");

    if (error == CELL_OK)
        error = planner_pd(planner, "hold", item->line, item->from, 0, &pd);
    if (error != CELL_OK)
        return error;
    unsigned have = view->authority(view->context, pd);

    if (have == 0)
        return plan_fail(planner->error, CELL_DENIED, item->line, "hold: no authority over '%.*s'",
                         (int)item->from.length, config_string(planner->config, item->from));
    error = pass_rights(planner, item, "hold", (uint8_t)have, CELL_ALL, &rights);
    if (error != CELL_OK)
        return error;
    struct plan_operation *operation = planner_add(planner, PLAN_HOLD, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->hold.pd = pd;
    operation->hold.rights = rights;
    return CELL_OK;
}

/* ---- What descriptions hand out -------------------------------------- */

static cell_error_t plan_serves(struct planner *planner, const struct config_item *item)
{
    const struct plan_view *view = planner->view;
    struct config_text type = {0, 0};
    cell_error_t error = CELL_OK;

    if ((item->flags & CONFIG_ALL) == 0) {
        type = item->text;
        error = check_type(planner, item, "serves");
    }
    if (error != CELL_OK)
        return error;
    const char *fault = item->from.length == 0
                            ? NULL
                            : config_name_fault(config_string(planner->config, item->from),
                                                item->from.length);

    if (fault != NULL)
        return planner_fail(planner, item->line, "serves: as: %s", fault);
    if (!view->may_serve(view->context, config_string(planner->config, type), type.length))
        return plan_fail(planner->error, CELL_DENIED, item->line,
                         "serves: the creator may not serve '%.*s'", (int)item->text.length,
                         config_string(planner->config, item->text));
    struct plan_operation *operation = planner_add(planner, PLAN_SERVES, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->serves.type = type;
    operation->serves.name = item->from;
    return CELL_OK;
}

static cell_error_t plan_irq(struct planner *planner, const struct config_item *item)
{
    const struct plan_view *view = planner->view;

    if (item->address < PLAN_IRQ_FIRST || item->address > PLAN_IRQ_LAST)
        return planner_fail(planner, item->line, "irq: %lu is not between %u and %u",
                            (unsigned long)item->address, PLAN_IRQ_FIRST, PLAN_IRQ_LAST);
    if (!view->has(view->context, PLAN_HAS_IRQ, item->address, 0))
        return plan_fail(planner->error, CELL_DENIED, item->line,
                         "irq: the creator does not have interrupt %lu",
                         (unsigned long)item->address);
    struct plan_operation *operation = planner_add(planner, PLAN_IRQ, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->irq = item->address;
    return CELL_OK;
}

static cell_error_t (*const item_plans[])(struct planner *, const struct config_item *) = {
    [ITEM_RDE] = plan_edge,   [ITEM_GIVE] = plan_give,     [ITEM_HOLD] = plan_hold,
    [ITEM_IRQ] = plan_irq,    [ITEM_SERVES] = plan_serves,
};

/* The items that are no regions (those are regions.c's) and not for prediction. */
cell_error_t planner_items(struct planner *planner)
{
    const struct config_item *items = config_items(planner->config);
    cell_error_t error = CELL_OK;

    for (uint32_t i = 0; error == CELL_OK && i < planner->config->item_count; i++) {
        uint8_t kind = items[i].kind;

        if (kind < sizeof item_plans / sizeof item_plans[0] && item_plans[kind] != NULL)
            error = item_plans[kind](planner, &items[i]);
    }
    return error;
}
