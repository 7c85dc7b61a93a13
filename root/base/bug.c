/* SPDX-License-Identifier: BSD-2-Clause */
/* root/base/bug.c: see bug.h. */
#include "root/base/bug.h"

#include <stdarg.h>
#include <stdio.h>

char root_bug_text[512];

_Noreturn void root_bug(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(root_bug_text, sizeof root_bug_text, format, arguments);
    va_end(arguments);
    __builtin_trap();
}
