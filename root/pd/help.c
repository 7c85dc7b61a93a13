/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/help.c: see help.h. */
#include "root/pd/help.h"

bool help_give_back(struct pd *pd)
{
    if (reap_piece_until(pd->helps_until))
        return true;
    pd->helping = HELP_LAST_ATTEMPT;
    return false;
}
