/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/figures.c: memory_figures() of memory.h, from the parts' own counts. */
#include "root/memory/blocks.h"
#include "root/memory/counts.h"
#include "root/memory/heap.h"
#include "root/memory/heap_pages.h"
#include "root/memory/large.h"
#include "root/memory/slots.h"

uint64_t memory_promised, memory_shared;
struct memory_now memory_now = {.kept = MEMORY_RESERVE};

void memory_figures(struct memory_figures *figures)
{
    /* What is kept for the next span, and the next objects, is nobody's. */
    objects_flush();
    heap_pages_flush();
    figures->total_pages = blocks_total_pages();
    figures->free_pages = blocks_free_runs() * RUN_PAGES + frames_free_count() + objects_free_pages();
    figures->frames = frames_used() + large_pages();
    figures->objects = objects_count();
    figures->object_bytes = objects_bytes();
    figures->slots = slots_used();
    figures->leaves = blocks_leaf_count();
    figures->heap_pages = heap_pages();
}
