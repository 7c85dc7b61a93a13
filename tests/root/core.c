/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/core.c: see core.h. The program is linked with --wrap for the
 * functions that allocate, so that each can be made to fail.
 */
#include "tests/root/core.h"

#include <sel4/constants.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "root/memory/blocks.h"
#include "root/base/bug.h"
#include "root/loop/clock.h"
#include "root/channel/control.h"
#include "root/memory/devices.h"
#include "root/core/handle.h"
#include "root/core/reaper.h"
#include "root/memory/heap.h"
#include "root/selftest/selftest.h"
#include "root/memory/own_space.h"
#include "root/loop/timeouts.h"
#include "tests/root/fake_kernel.h"

/* ---- Functions that the core needs from the rest of the root task ------ */

_Noreturn void root_bug(const char *format, ...)
{
    char text[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    core_failed("root_bug", 0, text);
    abort();
}

void control_log(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void selftest_failed(const char *file, int line, const char *text)
{
    core_failed(file, line, text);
}

/* ---- Failing on purpose ---------------------------------------------- */

static uint64_t left = UINT64_MAX;
static int failed;

void core_fail_at(uint64_t count)
{
    left = count;
    failed = 0;
}

int core_has_failed(void)
{
    return failed;
}

static int fails(void)
{
    if (left == UINT64_MAX)
        return 0;
    if (left-- != 0)
        return 0;
    left = UINT64_MAX;
    failed = 1;
    return 1;
}

void *__real_heap_allocate(size_t size);
void *__wrap_heap_allocate(size_t size)
{
    return fails() ? NULL : __real_heap_allocate(size);
}

cell_error_t __real_frames_allocate(uint32_t count, page_t *pages);
cell_error_t __wrap_frames_allocate(uint32_t count, page_t *pages)
{
    return fails() ? CELL_NO_MEMORY : __real_frames_allocate(count, pages);
}

uint64_t core_pages_given;

void __real_heap_pages_give(void *first, uint32_t count);
void __wrap_heap_pages_give(void *first, uint32_t count)
{
    core_pages_given++;
    __real_heap_pages_give(first, count);
}

cell_error_t __real_object_allocate(unsigned type, unsigned bits, struct kernel_object *object);
cell_error_t __wrap_object_allocate(unsigned type, unsigned bits, struct kernel_object *object)
{
    return fails() ? CELL_NO_MEMORY : __real_object_allocate(type, bits, object);
}

cell_error_t __real_cnode_allocate(unsigned bits, struct kernel_object *object);
cell_error_t __wrap_cnode_allocate(unsigned bits, struct kernel_object *object)
{
    return fails() ? CELL_NO_MEMORY : __real_cnode_allocate(bits, object);
}

slot_t __real_slot_allocate(void);
slot_t __wrap_slot_allocate(void)
{
    return fails() ? 0 : __real_slot_allocate();
}

int __real_kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits);
int __wrap_kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits)
{
    return fails() ? KERNEL_IN_USE : __real_kernel_mint_cnode(to, index, from, guard_bits);
}

/* ---- Start and figures ----------------------------------------------- */

void core_start(void)
{
    static char table[65536];
    page_t first = FAKE_DEVICE >> PAGE_BITS, end = (FAKE_RAM + FAKE_RAM_SIZE) >> PAGE_BITS;
    slot_t spare = SLOT_SPARE;

    fake_start();
    pool_add(SLOT_UNTYPED, FAKE_RAM >> PAGE_BITS, 20, 0);
    blocks_add_ram(SLOT_UNTYPED + 1, (FAKE_RAM + 0x8000000) >> PAGE_BITS, 27, 0);
    devices_add(SLOT_UNTYPED + 2, first, 24);
    if (blocks_table_size(first, end) > sizeof table || !space_prepare(SPACE_WINDOW, &spare))
        abort();
    blocks_init(first, end, table);
}

struct core_figures core_figures(void)
{
    struct memory_figures figures;

    reap_all();
    memory_figures(&figures);
    return (struct core_figures){figures.frames - figures.heap_pages, figures.objects,
                                 figures.object_bytes, figures.slots, heap_used(), handle_count()};
}

static void same(const char *what, uint64_t before, uint64_t after, const char *file, int line)
{
    char text[200];

    if (before == after)
        return;
    snprintf(text, sizeof text, "%s: %lu before, %lu after", what, (unsigned long)before,
             (unsigned long)after);
    core_failed(file, line, text);
}

void core_compare(const struct core_figures *before, const char *file, int line)
{
    struct core_figures after = core_figures();

    same("frames", before->frames, after.frames, file, line);
    same("objects", before->objects, after.objects, file, line);
    same("bytes of objects", before->object_bytes, after.object_bytes, file, line);
    same("slots", before->slots, after.slots, file, line);
    same("heap", before->heap, after.heap, file, line);
    same("handles", before->handles, after.handles, file, line);
    if (!memory_check(control_log))
        core_failed(file, line, "memory_check()");
}
