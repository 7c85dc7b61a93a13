/* SPDX-License-Identifier: BSD-2-Clause */
/* root/base/refused.c: kernel_error() of kernel.h. */
#include "root/base/kernel.h"

cell_error_t kernel_error(int error)
{
    return error == KERNEL_NO_MEMORY       ? CELL_NO_MEMORY
           : error == KERNEL_IN_USE        ? CELL_EXISTS
           : error == KERNEL_MISSING_TABLE ? CELL_NO_SLOTS
                                           : CELL_UNSUPPORTED;
}
