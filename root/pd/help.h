/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/help.h: a PD that is short of something, which may be on its way back.
 *
 * It gives back what is waiting then, and what comes of that, in pieces, and tries once more: what that attempt leaves
 * behind, and what others leave meanwhile, is no reason for another one. So it has an answer in a time that
 * depends on what was there, however many PDs end all the time.
 */
#pragma once

#include "root/core/pd.h"

/* Is an error one that something on its way back may undo? */
static inline bool help_may_help(cell_error_t error)
{
    return error == CELL_NO_MEMORY || error == CELL_QUOTA || error == CELL_NO_SLOTS;
}

/* Is something on its way back that an answer depends on? Then the attempt is to end with CELL_NO_MEMORY, which the PD does
 * not see. */
static inline bool help_comes_first(const struct pd *pd)
{
    return reap_waits() && pd->helping != HELP_LAST_ATTEMPT;
}

/* Does a piece of what the PD gives back before its last attempt. True: there is more. */
bool help_give_back(struct pd *pd);

/* Before an attempt: does a piece, if that is what the PD is at. True: there is more, no attempt yet. */
static inline bool help_first(struct pd *pd)
{
    return pd->helping == HELP_GIVES_BACK && help_give_back(pd);
}

/* After an attempt that failed for want of something (`is_short`), or did not. True: it is to be made again; `owing`:
 * something waited to be given back when it began. */
static inline bool help_again(struct pd *pd, bool is_short, bool owing)
{
    bool again = is_short && owing && pd->helping != HELP_LAST_ATTEMPT;

    pd->helping = again ? HELP_GIVES_BACK : HELP_NONE;
    pd->helps_until = reap_last;
    return again;
}
