/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/names.c: names of PDs, and what the creator may do to a PD that a line names.
 *
 * A name is looked up where the line can use it: servers among those that the creator
 * may ask, other PDs among those that it has authority over. So a child called like a
 * server does not get in the way, and a PD that is somebody else's is not found.
 */
#include <string.h>

#include "lib/plan/planner.h"
#include "lib/words/name.h"

/* ---- What a PD may be called ------------------------------------------- */

/* The id in `PD_` and up to 16 hexadecimal digits. */
static bool read_id(const char *name, size_t length, uint64_t *id)
{
    if (!name_is_number(name, length) || length > 19)
        return false;
    *id = 0;
    for (size_t i = 3; i < length; i++)
        *id = *id << 4 | (unsigned)(name[i] <= '9' ? name[i] - '0' : (name[i] | 0x20) - 'a' + 10);
    return true;
}

const char *config_name_fault(const char *name, size_t length)
{
    if (length == 0 || length > PLAN_NAME_LIMIT)
        return "1 to 31 bytes are possible";
    if (!name_is_text(name, length))
        return "control characters, and bytes that are not UTF-8, cannot be in it";
    if (name_is_number(name, length) || name_is_root(name, length))
        return "root and PD_ with a number stand for what has them";
    return NULL;
}

/* ---- Authority --------------------------------------------------------- */

bool planner_is_root(const struct planner *planner, struct config_text name)
{
    return name_is_root(config_string(planner->config, name), name.length);
}

unsigned planner_authority(const struct planner *planner, uint64_t pd)
{
    const struct plan_view *view = planner->view;

    return pd == view->creator ? CELL_ALL : view->authority(view->context, pd);
}

cell_error_t planner_need(struct planner *planner, const char *field, uint32_t line,
                          struct config_text name, uint64_t pd, unsigned rights)
{
    const char *text = name.length == 0 ? "its creator" : config_string(planner->config, name);
    int length = name.length == 0 ? (int)strlen(text) : (int)name.length;
    unsigned have = planner_authority(planner, pd);
    char letters[CELL_RIGHTS_SIZE];

    if ((rights & ~have) == 0)
        return CELL_OK;
    if (have == 0)
        return plan_fail(planner->error, CELL_DENIED, line, "%s: no authority over '%.*s'", field,
                         length, text);
    cell_rights_text(rights & ~have, letters);
    return plan_fail(planner->error, CELL_DENIED, line, "%s: no authority (%s) over '%.*s'", field,
                     letters, length, text);
}

/* ---- Looking up -------------------------------------------------------- */

static cell_error_t not_found(struct planner *planner, const char *field, uint32_t line,
                              struct config_text name, cell_error_t error)
{
    const char *text = config_string(planner->config, name);

    if (error == CELL_DENIED)
        return plan_fail(planner->error, error, line, "%s: no authority over '%.*s'", field,
                         (int)name.length, text);
    return plan_fail(planner->error, error, line, "%s: %s '%.*s'", field,
                     error == CELL_EXISTS ? "there are several PDs called"
                                          : "there is no PD called",
                     (int)name.length, text);
}

cell_error_t planner_pd(struct planner *planner, const char *field, uint32_t line,
                        struct config_text name, unsigned rights, uint64_t *pd)
{
    const char *text = config_string(planner->config, name);
    const struct plan_view *view = planner->view;
    cell_error_t error = CELL_OK;

    if (name_is_root(text, name.length))
        *pd = 0;
    else if (!read_id(text, name.length, pd))
        error = view->find_pd(view->context, text, name.length, pd);
    else if (view->system && planner_authority(planner, *pd) == 0)
        error = CELL_NOT_FOUND;
    return error == CELL_OK ? planner_need(planner, field, line, name, *pd, rights)
                            : not_found(planner, field, line, name, error);
}

cell_error_t planner_server(struct planner *planner, const char *field, uint32_t line,
                            struct config_text type, struct config_text name, uint64_t *server)
{
    const char *text = config_string(planner->config, name);
    const struct plan_view *view = planner->view;

    if (name_is_root(text, name.length)) {
        *server = 0;
        return CELL_OK;
    }
    if (read_id(text, name.length, server))
        return CELL_OK;
    cell_error_t error = view->find_server(view->context, config_string(planner->config, type),
                                           type.length, text, name.length, server);

    if (error == CELL_OK || error == CELL_EXISTS)
        return error == CELL_OK ? error : not_found(planner, field, line, name, error);
    return plan_fail(planner->error, error, line, "%s: there is no server '%.*s' of that type",
                     field, (int)name.length, text);
}
