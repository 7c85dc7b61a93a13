/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/touch/touch.c: see touch.h. All functions keep their return address in x10, by which touch_faulted returns. */
#include "apps/touch/touch.h"

#include <cell/idl/pd.h>

void touch_faulted(void);

__asm__(".text\n"
        ".global touch_read, touch_write, touch_execute, touch_call\n"
        "touch_read:\n"
        "\tmov x10, x30\n\tldr w1, [x0]\n\tmov x0, #1\n\tret x10\n"
        "touch_write:\n"
        "\tmov x10, x30\n\tldr w1, [x0]\n\tstr w1, [x0]\n\tmov x0, #1\n\tret x10\n"
        "touch_execute:\n"
        "\tmov x10, x30\n\tblr x0\n\tmov x0, #1\n\tret x10\n"
        "touch_call:\n"
        "\tmov x10, x30\n\tmov x1, #0x3f00000\n\tmov x2, #0\n\tmov x3, #0\n\tmov x4, #0\n\tmov x5, #0\n"
        "\tmov x7, #-1\n\tsvc #0\n\tlsr x0, x1, #12\n\tret x10\n"
        "touch_faulted:\n"
        "\tmov x0, #0\n\tret x10\n");

cell_error_t touch_begin(struct touch_frame *frame)
{
    return pd_upcall((uintptr_t)touch_faulted, (uintptr_t)frame);
}

void touch_end(void)
{
    pd_upcall(0, 0);
}
