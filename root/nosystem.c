/* SPDX-License-Identifier: BSD-2-Clause */
/* root/nosystem.c: what pd.c gives, as long as there is none: weak, for tests of the core alone. */
#include "root/boot.h"
#include "root/pd.h"

__attribute__((weak)) struct cspace *pd_cspace(struct pd *pd)
{
    (void)pd;
    root_bug("no PDs in this build");
}

__attribute__((weak)) void system_start(void)
{
}
