/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/load.c: see load.h. */
#include "lib/linux/load.h"

#include "lib/linux/disk.h"
#include "lib/linux/files.h"
#include "lib/linux/images.h"
#include "lib/linux/mappings.h"
#include "lib/linux/rewrite.h"
#include "lib/linux/time.h"
#include "lib/linux/vdso.h"

/* ---- Segments -------------------------------------------------------------- */

struct loading {
    const struct executable *executable;
    const struct executable_segment *segment;
    uint64_t base;
    struct stubs stubs;
};

/* Replaces the calls in the code of a segment, which is at `bytes`. */
static bool rewrite_segment(void *context, uint8_t *bytes, uint64_t address, uint64_t count)
{
    struct loading *loading = context;
    const struct executable_segment *segment = loading->segment;
    struct executable_code code;

    (void)count;
    for (uint32_t at = 0; executable_code(loading->executable, &at, &code);) {
        uint64_t where = loading->base + code.address;

        if (code.offset < segment->offset || code.offset - segment->offset >= segment->file_bytes)
            continue;
        if (!rewrite_code(&loading->stubs, (uint32_t *)(void *)(bytes + (where - address)), where, code.words))
            return false;
    }
    return true;
}

static int64_t load_segment(struct loading *loading, const struct executable_segment *segment)
{
    uint64_t address = loading->base + segment->address, start = PAGE_DOWN(address);
    bool code = (segment->rights & PROT_EXEC) != 0;

    loading->segment = segment;
    /* What is written and executed at once is written, and found out when it is executed. */
    unsigned protection = (segment->rights & PROT_WRITE) != 0 ? segment->rights & ~(unsigned)PROT_EXEC : segment->rights;

    return memory_load(start, address + segment->memory_bytes - start, loading->executable->bytes + segment->offset,
                       address - start, segment->file_bytes, protection, code ? rewrite_segment : NULL, loading);
}

static bool write_stubs(void *context, uint8_t *bytes, uint64_t address, uint64_t count)
{
    struct stubs *stubs = context;

    *stubs = (struct stubs){(uint32_t *)(void *)bytes, address, 0, count};
    return stubs_begin(stubs, linux_entry_of_stubs());
}

static int64_t load_segments(struct loading *loading)
{
    const struct executable *executable = loading->executable;
    struct executable_segment segment;
    uint64_t area = PAGE_UP(rewrite_area(executable->calls)), at = loading->base + executable->start - area;
    /* Stubs are written while the code is gone through. */
    int64_t result = memory_load(at, area, NULL, area, 0, PROT_READ | PROT_WRITE, write_stubs, &loading->stubs);

    for (uint32_t i = 0; result == 0 && executable_segment(executable, &i, &segment);)
        result = load_segment(loading, &segment);
    return result == 0 ? memory_finish(at, area, PROT_READ | PROT_EXEC) : result;
}

static int64_t load(const void *bytes, uint64_t size, uint64_t place, struct loaded *loaded, const char **why)
{
    struct executable executable;
    enum executable_error error = executable_open(&executable, bytes, size);

    if (error != EXECUTABLE_OK) {
        *why = executable_error_text(error);
        return -ENOEXEC;
    }
    struct loading loading = {.executable = &executable, .base = executable.movable ? place : 0};
    uint64_t area = PAGE_UP(rewrite_area(executable.calls));

    if (executable.start + loading.base < MEMORY_LOWEST + area || executable.end > MEMORY_HIGHEST - loading.base) {
        *why = "it has no room for stubs below its code";
        return -ENOEXEC;
    }
    *loaded = (struct loaded){.base = loading.base,
                              .entry = loading.base + executable.entry,
                              .headers = executable.headers == 0 ? 0 : loading.base + executable.headers,
                              .header_count = executable.header_count,
                              .end = loading.base + executable.end,
                              .movable = executable.movable};
    if (executable.interpreter != NULL) {
        if (text_length(executable.interpreter) >= sizeof loaded->interpreter)
            return -ENAMETOOLONG;
        __builtin_memcpy(loaded->interpreter, executable.interpreter, text_length(executable.interpreter));
    }
    return load_segments(&loading);
}

/* ---- Images ----------------------------------------------------------------- */

static int64_t map_code(const struct image *image, const struct image_segment *segment, uint64_t base, bool with_stubs)
{
    lock_take(&mappings_lock);
    int64_t result = !mappings_put_aside() ? -ENOMEM : with_stubs ? images_map(image, segment, base, segment->pages)
                                                                  : images_map_pages(image, segment, base, segment->pages);

    lock_give(&mappings_lock);
    return result;
}

/* Zeros behind the pages that the file has of a segment that is not written. */
static int64_t add_zeros(const struct image_segment *segment, uint64_t base)
{
    uint64_t start = base + PAGE_DOWN(segment->address) + segment->pages * PAGE,
             end = PAGE_UP(base + segment->address + segment->memory_bytes);
    int64_t result = end > start ? memory_make(start, end - start, true) : 0;

    return end > start && result == 0 ? memory_finish(start, end - start, (unsigned)segment->rights) : result;
}

static int64_t load_segment_of(const struct image *image, const struct image_segment *segment, uint64_t base, bool first)
{
    uint64_t address = base + segment->address, start = PAGE_DOWN(address);

    if (image_is_shared(segment)) {
        int64_t result = segment->pages == 0 ? 0 : map_code(image, segment, base, first);

        return result == 0 ? add_zeros(segment, base) : result;
    }
    return memory_load(start, address + segment->memory_bytes - start,
                       (const uint8_t *)image->header + segment->page * PAGE + (address - start), address - start, segment->file_bytes,
                       PROT_READ | PROT_WRITE, NULL, NULL);
}

/* Loads what is prepared: its code is mapped, its data copied. -ENOENT: it has to be loaded from the file. */
static int64_t load_image(const struct image *image, uint64_t place, struct loaded *loaded)
{
    const struct image_header *header = image->header;
    uint64_t base = header->movable ? place : 0;
    int64_t result = 0;

    if (header->segments == 0 || header->segments > IMAGE_SEGMENTS || !image_is_shared(&header->segment[0]) ||
        header->segment[0].pages == 0 || base + header->start < MEMORY_LOWEST + header->stubs * PAGE || header->end > MEMORY_HIGHEST - base)
        return -ENOENT;
    *loaded = (struct loaded){.base = base,
                              .entry = base + header->entry,
                              .headers = header->headers == 0 ? 0 : base + header->headers,
                              .header_count = header->header_count,
                              .end = base + header->end,
                              .movable = header->movable != 0};
    __builtin_memcpy(loaded->interpreter, header->interpreter, sizeof loaded->interpreter - 1);
    for (uint64_t i = 0; i < header->segments && result == 0; i++)
        result = load_segment_of(image, &header->segment[i], base, i == 0);
    return result;
}

static int64_t load_and_close(int64_t opened, const struct image *image, uint64_t place, struct loaded *loaded)
{
    if (opened != 0)
        return opened;
    int64_t result = load_image(image, place, loaded);

    images_close(image);
    return result;
}

/* ---- Files ------------------------------------------------------------------- */

/* Where a file of a disk is while it is loaded, away from all that is loaded. */
#define FILE_PLACE UINT64_C(0x3000000000)

/* Loads a file that is open, if it is one that can be executed. */
static int64_t load_open(struct description *description, uint64_t place, struct loaded *loaded, const char **why)
{
    struct linux_stat stat;
    int64_t result = description->kind->stat(description, &stat);

    *why = "it cannot be read";
    if (result != 0)
        return result;
    if ((stat.mode & S_IFMT) != S_IFREG || (stat.mode & 0111) == 0) {
        *why = "Permission denied";
        return -EACCES;
    }
    struct image image;

    result = load_and_close(images_open(description, &image), &image, place, loaded);
    if (result != -ENOENT)
        return result;
    *why = "it cannot be loaded";
    uint64_t bytes = (uint64_t)stat.size;
    int64_t address = bytes == 0 ? 0 : memory_map_file(description, FILE_PLACE, bytes);

    if (address < 0)
        return address;
    result = load((const void *)address, bytes, place, loaded, why);
    if (bytes != 0)
        memory_drop((uint64_t)address, bytes);
    return result;
}

static int64_t load_from_archive(const char *path, uint64_t place, struct loaded *loaded, const char **why)
{
    uint64_t address, size;
    struct image image;
    int64_t result = load_and_close(images_open_archive(path, &image), &image, place, loaded);

    if (result != -ENOENT)
        return result;
    result = archive_map(path, &address, &size);
    if (result != 0)
        return result;
    result = load((const void *)address, size, place, loaded, why);
    archive_unmap(address);
    return result;
}

int64_t load_file(const char *path, uint64_t place, struct loaded *loaded, const char **why)
{
    struct description *description;
    int64_t result = disk_there() ? disk_open(AT_FDCWD, path, O_RDONLY, 0, &description) : -ENOENT;

    if (result == 0) {
        result = load_open(description, place, loaded, why);
        description_put(description);
        return result;
    }
    *why = result == -ENOTDIR ? "Not a directory" : "it cannot be loaded";
    if (result == -ENOENT) /* what is on no disk may be in the boot archive */
        result = load_from_archive(path, place, loaded, why);
    if (result == -ENOENT)
        *why = "No such file or directory";
    return result;
}

/* ---- The first stack --------------------------------------------------------- */

struct stack {
    uint64_t at;
};

static uint64_t push(struct stack *stack, const void *bytes, uint64_t count)
{
    stack->at -= count;
    __builtin_memcpy((void *)stack->at, bytes, count);
    return stack->at;
}

static uint64_t push_text(struct stack *stack, const char *text)
{
    return push(stack, text, text_length(text) + 1);
}

/* Pushes texts that stand one behind the other; where each is goes into `places`. */
static void push_texts(struct stack *stack, const char *text, uint32_t count, uint64_t *places)
{
    for (uint32_t i = 0; i < count; i++) {
        places[i] = push_text(stack, text);
        text += text_length(text) + 1;
    }
}

static const char *skip_texts(const char *text, uint32_t count)
{
    while (count-- != 0)
        text += text_length(text) + 1;
    return text;
}

/* What the program begins with, from below: argc, argv, envp, the auxiliary vector. */
static uint64_t push_vectors(struct stack *stack, const struct start_block *start, uint32_t skip, uint64_t (*vector)[2],
                             uint64_t entries, const uint64_t *places)
{
    uint64_t count = start->argc - skip, words = 1 + count + 1 + start->envc + 1 + 2 * entries;
    uint64_t *at = (uint64_t *)((stack->at - words * 8) & ~UINT64_C(15));
    uint64_t *to = at;

    *to++ = count;
    for (uint64_t i = 0; i < count; i++)
        *to++ = places[i];
    *to++ = 0;
    for (uint64_t i = 0; i < start->envc; i++)
        *to++ = places[count + i];
    *to++ = 0;
    __builtin_memcpy(to, vector, 16 * entries);
    return (uint64_t)at;
}

uint64_t load_stack(const struct start_block *start, uint32_t skip, const struct loaded *program, const struct loaded *interpreter)
{
    struct stack stack = {STACK_END};
    uint32_t count = start->argc - skip;
    uint64_t places_bytes = (count + start->envc) * sizeof(uint64_t), random[2];
    uint64_t *places = heap_get(places_bytes + 1);

    if (places == NULL || memory_make(STACK_END - STACK_BYTES, STACK_BYTES, true) != 0)
        return 0;
    random_fill(random, sizeof random);
    uint64_t name = push_text(&stack, process.path), platform = push_text(&stack, "aarch64");

    push_texts(&stack, skip_texts((const char *)start + start->argv, skip), count, places);
    push_texts(&stack, (const char *)start + start->env, start->envc, places + count);
    stack.at &= ~UINT64_C(15);
    uint64_t bytes = push(&stack, random, sizeof random);
    uint64_t vector[][2] = {{AT_HWCAP, HWCAP_FP | HWCAP_ASIMD},
                            {AT_PAGESZ, PAGE},
                            {AT_CLKTCK, 100},
                            {AT_PHDR, program->headers},
                            {AT_PHENT, 56},
                            {AT_PHNUM, program->header_count},
                            {AT_BASE, interpreter->base},
                            {AT_FLAGS, 0},
                            {AT_ENTRY, program->entry},
                            {AT_UID, 0},
                            {AT_EUID, 0},
                            {AT_GID, 0},
                            {AT_EGID, 0},
                            {AT_SECURE, 0},
                            {AT_RANDOM, bytes},
                            {AT_HWCAP2, 0},
                            {AT_EXECFN, name},
                            {AT_PLATFORM, platform},
                            {time_base.scale == 0 ? AT_NULL : AT_SYSINFO_EHDR, (uint64_t)vdso_image},
                            {AT_NULL, 0}};
    uint64_t at = push_vectors(&stack, start, skip, vector, sizeof vector / sizeof *vector, places);

    heap_put(places, places_bytes + 1);
    return at;
}
