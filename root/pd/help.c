/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/help.c: see help.h. */
#include "root/pd/help.h"

bool help_first(struct pd *pd)
{
    if (pd->helping != HELP_GIVES_BACK)
        return false;
    if (reap_piece_until(pd->helps_until))
        return true;
    pd->helping = HELP_LAST_ATTEMPT;
    return false;
}

bool help_again(struct pd *pd, bool is_short, bool owing)
{
    bool again = is_short && owing && pd->helping != HELP_LAST_ATTEMPT;

    pd->helping = again ? HELP_GIVES_BACK : HELP_NONE;
    pd->helps_until = reap_last;
    return again;
}
