/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading page maps. An entry of pagemap is 64 bits (Linux, admin-guide/mm/pagemap): bit 63 present, bit 62 in swap,
 * bit 61 a page of a file or of shared memory, bit 56 mapped exclusively, bits 0 to 54 the frame, 0 for a reader that may not know it.
 *
 * Small mappings are read in one go. In large ones a scan finds first where there are pages; where the kernel has no
 * scan, the whole map is read, in bulk, unless smaps has it that nothing is there. Where frames are hidden the scan alone
 * tells all there is to know. */
#include "pages.h"
#include "../core/graph.h"
#include "page_scan.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A buffer of entries; a mapping is small up to `small_pages`; scanned ranges closer than that are read together. */
enum { chunk_entries = 1 << 16, small_pages = 1 << 10 };

/* Without a scan, a mapping larger than this is looked at only if smaps has anything of it in memory (or in swap). That
 * misses no page but the zero page. 64 GiB take 50 ms to read. */
enum { sparse_pages = 1 << 24 };

#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_SWAPPED (UINT64_C(1) << 62)
#define ENTRY_FILE (UINT64_C(1) << 61)
#define ENTRY_EXCLUSIVE (UINT64_C(1) << 56)
#define ENTRY_FRAME ((UINT64_C(1) << 55) - 1)

unsigned lx_page_bits(void)
{
    static unsigned bits;
    if (bits == 0) {
        bits = (unsigned)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
    }
    return bits;
}

/* The state of reading. */
struct reading {
    struct lx_runs *runs;
    struct lx_process *process;
    const struct lx_mapping *mapping;
    size_t owner;
    int file;
    uint64_t time_namespace; /* its inode; 0 if that is not known */
};

/* ------------------------------------------------------------------------------------------------ runs */

bool lx_run_add(struct lx_runs *runs, const struct lx_run *run)
{
    struct lx_run *last = runs->count > 0 ? &runs->runs[runs->count - 1] : NULL;
    if (last != NULL && last->owner == run->owner && last->rights == run->rights && last->home == run->home &&
        last->a == run->a && last->b == run->b) {
        uint64_t end = last->first + last->count;
        if (run->first == end && run->index == last->index + last->count) {
            last->count += run->count;
            return true;
        }
        if (run->first >= last->first && run->first + run->count <= end) {
            return true; /* the same pages once more: the zero page, again and again */
        }
    }
    if (!lx_grow((void **)&runs->runs, runs->count, sizeof *run)) {
        return false;
    }
    runs->runs[runs->count++] = *run;
    return true;
}

/* What the mapping allows; of a private one, w only toward pages that are its own. */
static unsigned rights_on(const struct lx_mapping *mapping, bool own)
{
    return (mapping->read ? CM_READ : 0u) | (mapping->write && (mapping->shared || own) ? CM_WRITE : 0u) |
           (mapping->execute ? CM_EXECUTE : 0u);
}

/* The kernel's own pages go by the name in brackets. -1: it is not one of them. */
static int kernel_page_of(const struct lx_mapping *mapping)
{
    static const struct {
        const char *name;
        enum lx_kernel_page wide, narrow;
    } names[] = {{"[vdso]", LX_VDSO, LX_VDSO_32},
                 {"[vvar]", LX_VVAR, LX_VVAR_32},
                 {"[vvar_vclock]", LX_VVAR_CLOCK, LX_VVAR_CLOCK_32},
                 {"[vectors]", LX_VECTORS, LX_VECTORS}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(mapping->path, names[i].name) == 0) {
            return (int)(mapping->end >> 32 == 0 ? names[i].narrow : names[i].wide);
        }
    }
    return -1;
}

/* Adds `count` present pages from the mapping's page `index` on, whose frames are hidden. `own`: no other process maps them. */
static bool add_hidden(const struct reading *r, uint64_t index, uint64_t count, bool of_file, bool zero, bool own)
{
    const struct lx_mapping *mapping = r->mapping;
    struct lx_run run = {
        .first = (mapping->offset >> lx_page_bits()) + index, .count = count, .index = index, .owner = r->owner};
    int kernel_page = kernel_page_of(mapping);
    if (zero) {
        run.home = LX_KERNEL_PAGE;
        run.a = LX_ZERO;
        run.first = 0;
        run.count = 1;
    } else if (kernel_page >= 0) {
        run.home = LX_KERNEL_PAGE;
        run.a = (uint64_t)kernel_page;
        run.b = kernel_page == LX_VDSO || kernel_page == LX_VDSO_32 ? 0 : r->time_namespace;
        run.first = index;
    } else if (mapping->inode != 0 && (mapping->shared || of_file)) {
        run.home = LX_FILE_PAGE;
        run.a = mapping->device;
        run.b = mapping->inode;
    } else {
        run.home = LX_PRIVATE_PAGE;
        run.a = (uint64_t)r->process->id;
        run.first = (mapping->start >> lx_page_bits()) + index;
    }
    run.rights = rights_on(mapping, run.home == LX_PRIVATE_PAGE && own);
    r->process->unseen += run.home == LX_PRIVATE_PAGE && !own ? count : 0;
    r->process->private += run.home == LX_PRIVATE_PAGE ? count : 0;
    r->runs->hidden = true;
    r->runs->present += count;
    return lx_run_add(r->runs, &run);
}

static bool add_entry(const struct reading *r, uint64_t index, uint64_t entry)
{
    if ((entry & ENTRY_PRESENT) == 0) {
        r->process->swapped += (entry & ENTRY_SWAPPED) != 0;
        return true;
    }
    uint64_t frame = r->runs->no_frames ? 0 : entry & ENTRY_FRAME;
    bool own = (entry & ENTRY_EXCLUSIVE) != 0 && (entry & ENTRY_FILE) == 0;
    if (frame == 0) {
        return add_hidden(r, index, 1, (entry & ENTRY_FILE) != 0, false, own);
    }
    struct lx_run run = {.home = LX_FRAME, .first = frame, .count = 1, .index = index, .owner = r->owner,
                         .rights = rights_on(r->mapping, own)};
    r->runs->present++;
    return lx_run_add(r->runs, &run);
}

/* ------------------------------------------------------------------------------------------------ page maps */

/* Reads the entries of the mapping's pages [from, to). */
static bool read_entries(const struct reading *r, uint64_t from, uint64_t to)
{
    uint64_t *entries = r->runs->entries;
    while (from < to) {
        uint64_t want = to - from < chunk_entries ? to - from : chunk_entries;
        uint64_t place = ((r->mapping->start >> lx_page_bits()) + from) * sizeof *entries;
        ssize_t got = pread(r->file, entries, want * sizeof *entries, (off_t)place);
        if (got < (ssize_t)sizeof *entries) {
            return true; /* it has ended, or its memory is out of bounds, as that of vsyscall */
        }
        uint64_t count = (uint64_t)got / sizeof *entries;
        for (uint64_t i = 0; i < count; i++) {
            if (!add_entry(r, from + i, entries[i])) {
                return false;
            }
        }
        from += count;
    }
    return true;
}

/* Takes ranges as they are, for hidden frames; of private pages the entries say besides which others map, too. */
static bool take_ranges(const struct reading *r, const struct lx_range *ranges, int count)
{
    for (int i = 0; i < count; i++) {
        uint64_t first = (ranges[i].start - r->mapping->start) >> lx_page_bits();
        uint64_t pages = (ranges[i].end - ranges[i].start) >> lx_page_bits();
        uint64_t kind = ranges[i].categories;
        if ((kind & LX_PAGE_PRESENT) == 0) {
            r->process->swapped += pages;
        } else if (!((kind & (LX_PAGE_FILE | LX_PAGE_ZERO)) == 0
                         ? read_entries(r, first, first + pages)
                         : add_hidden(r, first, pages, (kind & LX_PAGE_FILE) != 0, (kind & LX_PAGE_ZERO) != 0, false))) {
            return false;
        }
    }
    return true;
}

/* Reads the entries of ranges, near ones in one go. */
static bool read_ranges(const struct reading *r, const struct lx_range *ranges, int count)
{
    for (int i = 0; i < count;) {
        uint64_t from = (ranges[i].start - r->mapping->start) >> lx_page_bits();
        uint64_t to = (ranges[i].end - r->mapping->start) >> lx_page_bits();
        for (i++; i < count; i++) {
            uint64_t next = (ranges[i].start - r->mapping->start) >> lx_page_bits();
            if (next - to > small_pages) {
                break;
            }
            to = (ranges[i].end - r->mapping->start) >> lx_page_bits();
        }
        if (!read_entries(r, from, to)) {
            return false;
        }
    }
    return true;
}

/* Scans the mapping; *done is whether the kernel can. */
static bool scan_mapping(const struct reading *r, bool *done)
{
    struct lx_range *ranges = r->runs->ranges;
    for (uint64_t at = r->mapping->start; at < r->mapping->end;) {
        int count = lx_page_scan(r->file, &at, r->mapping->end, ranges);
        if (count < 0) {
            break; /* it cannot, or the process has ended */
        }
        *done = true;
        if (!(r->runs->no_frames ? take_ranges(r, ranges, count) : read_ranges(r, ranges, count))) {
            return false;
        }
    }
    return true;
}

/* A scan passes over memory that the kernel maps by frame alone: devices, and some of what has its name in brackets. */
static bool can_be_scanned(const struct lx_mapping *mapping)
{
    const char *path = mapping->path;
    if (path[0] == '[') {
        return lx_begins(path, "[heap") || lx_begins(path, "[stack") || lx_begins(path, "[anon");
    }
    return !lx_begins(path, "/dev/") && !lx_begins(path, "/sys/") && !lx_begins(path, "/proc/");
}

/* smaps has for each mapping its line of maps, and lines such as `Rss:  4 kB`. True also if it cannot be read. */
static bool anything_there(const struct reading *r)
{
    static const char *const sizes[] = {"Rss:", "Swap:", "Shared_Hugetlb:", "Private_Hugetlb:"};
    char head[48];
    char *text = lx_read(r->process->reader, "smaps");
    snprintf(head, sizeof head, "%08" PRIx64 "-%08" PRIx64 " ", r->mapping->start, r->mapping->end);
    bool inside = false;
    bool found = false;
    bool something = text == NULL;
    for (char *line = text; line != NULL && line[0] != '\0' && !something;) {
        char *next = lx_next_line(line);
        bool is_head = (line[0] >= '0' && line[0] <= '9') || (line[0] >= 'a' && line[0] <= 'f');
        inside = is_head ? lx_begins(line, head) : inside;
        found = found || inside;
        for (size_t i = 0; inside && i < sizeof sizes / sizeof sizes[0]; i++) {
            something = something || (lx_begins(line, sizes[i]) && strtoull(line + strlen(sizes[i]), NULL, 10) > 0);
        }
        line = next;
    }
    free(text);
    return something || !found;
}

/* Without a page map every page of a mapping counts, if the mapping can be used at all. */
static bool add_mapping(const struct reading *r)
{
    const struct lx_mapping *mapping = r->mapping;
    uint64_t pages = (mapping->end - mapping->start) >> lx_page_bits();
    if (r->file < 0) {
        bool usable = mapping->read || mapping->write || mapping->execute;
        return !usable || add_hidden(r, 0, pages, true, false, true);
    }
    bool done = false;
    if ((r->runs->no_frames || pages > small_pages) && can_be_scanned(mapping) && !scan_mapping(r, &done)) {
        return false;
    }
    return done || (pages > sparse_pages && !anything_there(r)) || read_entries(r, 0, pages);
}

/* ------------------------------------------------------------------------------------------------ a process */

/* Whether page maps hide frames from us: a page of ours that was just written to has one. */
static bool frames_hidden(uint64_t *page)
{
    uint64_t entry = 0;
    char path[LX_PATH];
    *page = 1;
    snprintf(path, sizeof path, "%s/self/pagemap", lx_proc);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        uint64_t number = (uint64_t)(uintptr_t)page >> lx_page_bits();
        if (pread(file, &entry, sizeof entry, (off_t)(number * sizeof entry)) != sizeof entry) {
            entry = 0;
        }
        close(file);
    }
    return (entry & ENTRY_FRAME) == 0;
}

/* Buffers, once. */
static bool prepare(struct lx_runs *runs)
{
    if (runs->entries == NULL) {
        runs->entries = malloc(chunk_entries * sizeof *runs->entries);
        runs->ranges = malloc(LX_RANGES * sizeof(struct lx_range));
        runs->no_frames = runs->no_frames || (runs->entries != NULL && frames_hidden(runs->entries));
    }
    return runs->entries != NULL && runs->ranges != NULL;
}

/* The link reads `time:[4026531834]`. */
static uint64_t time_namespace_of(const struct lx_process *process)
{
    const struct lx_task *task = process->tasks;
    for (size_t i = 0; process->task_count > 0 && i < task->membership_count; i++) {
        if (strcmp(task->memberships[i].type, "NSTIME") == 0) {
            return strtoull(task->memberships[i].name + strcspn(task->memberships[i].name, "0123456789"), NULL, 10);
        }
    }
    return 0;
}

/* Opens its page map. False: it cannot be read; *ended: because it has ended. */
static bool open_map(struct reading *r, bool *ended)
{
    char path[LX_PATH];
    r->file = open(lx_path(path, r->process->reader, "pagemap"), O_RDONLY | O_CLOEXEC);
    *ended = r->file < 0 && errno == ESRCH;
    return r->file >= 0;
}

bool lx_runs_add(struct lx_runs *runs, struct lx_process *process, size_t owner)
{
    bool ended;
    if (!prepare(runs)) {
        return false;
    }
    struct reading r = {runs, process, NULL, owner, -1, time_namespace_of(process)};
    process->pages_denied = !open_map(&r, &ended);
    process->swapped = process->private = process->unseen = 0;
    bool fine = true;
    for (size_t i = 0; i < process->mapping_count && fine && !ended; i++, r.owner++) {
        r.mapping = &process->mappings[i];
        fine = add_mapping(&r);
    }
    if (r.file >= 0) {
        close(r.file);
    }
    return fine;
}

/* The mapping that an address lies in, or the one behind it; NULL: there is none. */
static const struct lx_mapping *mapping_at(const struct lx_process *process, uint64_t address)
{
    size_t low = 0;
    for (size_t high = process->mapping_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (process->mappings[middle].end <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < process->mapping_count ? &process->mappings[low] : NULL;
}

static bool add_part(struct reading *r, const struct lx_part *part)
{
    bool fine = true;
    for (uint64_t at = part->start; at < part->end && fine;) {
        const struct lx_mapping *whole = mapping_at(r->process, at);
        if (whole == NULL || whole->start >= part->end) {
            break;
        }
        struct lx_mapping piece = *whole;
        piece.start = at > whole->start ? at : whole->start;
        piece.end = part->end < whole->end ? part->end : whole->end;
        piece.offset += piece.start - whole->start;
        r->mapping = &piece;
        r->owner = part->owner;
        fine = add_mapping(r);
        at = piece.end;
    }
    return fine;
}

bool lx_runs_add_parts(struct lx_runs *runs, struct lx_process *process, const struct lx_part *parts, size_t count)
{
    bool ended;
    if (!prepare(runs)) {
        return false;
    }
    struct reading r = {runs, process, NULL, 0, -1, time_namespace_of(process)};
    struct lx_process counted = *process; /* with the mappings */
    open_map(&r, &ended);
    bool fine = true;
    for (size_t i = 0; i < count && fine && !ended; i++) {
        fine = add_part(&r, &parts[i]);
    }
    process->swapped = counted.swapped;
    process->private = counted.private;
    process->unseen = counted.unseen;
    if (r.file >= 0) {
        close(r.file);
    }
    return fine;
}

void lx_runs_free(struct lx_runs *runs)
{
    free(runs->runs);
    free(runs->pieces);
    free(runs->entries);
    free(runs->ranges);
    *runs = (struct lx_runs){0};
}
