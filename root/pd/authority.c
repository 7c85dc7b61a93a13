/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/authority.c: see authority.h. */
#include "root/pd/authority.h"

#include "root/core/standing.h"

/* Can a handle of it still matter? Nobody gets one of a dead PD that none is left of. */
static bool counts(const struct pd *pd)
{
    return pd_alive(pd) || pd->object.handles != 0;
}

/* The next maker above that counts; NULL above PD_0. Those that no longer count never
 * will again, so they are passed over for good. */
static struct pd *maker_above(struct pd *pd)
{
    while (pd->above != NULL && !counts(pd->above))
        pd->above = pd->above->above;
    return pd->above;
}

unsigned authority_over(const struct pd *asker, struct pd *target)
{
    unsigned rights = 0;

    if (asker == &pd_root)
        return HANDLE_ALL;
    for (struct pd *at = target; at != NULL; at = maker_above(at))
        rights |= standing_rights(asker->cspace.common, at->object.id);
    return rights;
}

/* Is `target` the PD `holder`, or was it made by it, directly or through others? */
static bool authority_covers(const struct pd *holder, struct pd *target)
{
    struct pd *at = target;

    while (at != NULL && at != holder)
        at = maker_above(at);
    return at != NULL;
}

struct pd *authority_select(const struct pd *holder, uint64_t id)
{
    struct pd *pd = pd_known(id);

    return pd != NULL && authority_covers(holder, pd) ? pd : NULL;
}
