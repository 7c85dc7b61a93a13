/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/image.c: cellimage, the image packer: loader + kernel + root task make
 * one arm64 Image that a machine can be started with.
 *
 * All reading and checking of ELF files happens here, so that the loader only
 * copies (loader/payload.h). Bottom-up: one program's loadable segments, checked
 * and sorted; the rules for a kernel and for a root task; laying out the image.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/payload.h"
#include "nucleus/settings.h"
#include "tools/host.h"

#define TOOL "cellimage"
#define PAGE UINT64_C(4096)
#define BLOCK (UINT64_C(1) << 21)
#define GIGABYTE (UINT64_C(1) << 30)
/* Offset of the image size in the header of an arm64 Image. */
#define IMAGE_SIZE_OFFSET 16

static const char usage[] =
    "usage: cellimage --root ELF [--kernel ELF] [--root-cnode-bits N] [--loader FILE] -o IMAGE\n"
    "\n"
    "Packs the loader, a kernel and a root task into an arm64 Image.\n"
    "  --root ELF     the root task: a static AArch64 program\n"
    "  --kernel ELF   the kernel (default: the release build of nucleus)\n"
    "  --root-cnode-bits N\n"
    "                 the root CNode has 2^N slots (default 12); only for nucleus\n"
    "  --loader FILE  the loader (default: the one built beside this tool)\n"
    "  -o IMAGE       the file to write\n";

/* ---- A program -------------------------------------------------------- */

struct segment {
    uint64_t virtual;
    uint64_t physical;
    uint64_t offset;
    uint64_t file_size;
    uint64_t memory_size;
};

struct program {
    struct host_file file;
    uint64_t entry;
    struct segment *segments; /* sorted by virtual address */
    size_t count;
};

static uint64_t align_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) / to * to;
}

static const Elf64_Ehdr *check_header(const struct host_file *file)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)file->bytes;

    if (file->size < SELFMAG || memcmp(file->bytes, ELFMAG, SELFMAG) != 0)
        host_fail(file->path, "not an ELF file");
    if (file->size < sizeof *header)
        host_fail(file->path, "ends inside the ELF header");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
        host_fail(file->path, "not a 64-bit little-endian ELF file");
    if (header->e_machine != EM_AARCH64)
        host_fail(file->path, "is for ELF machine %u, not for AArch64 (%u)", header->e_machine,
                  EM_AARCH64);
    if (header->e_type != ET_EXEC)
        host_fail(file->path, "is of ELF type %u, not an executable with fixed addresses (%u)",
                  header->e_type, ET_EXEC);
    if (header->e_phentsize != sizeof(Elf64_Phdr))
        host_fail(file->path, "program headers of %u bytes, not %zu", header->e_phentsize,
                  sizeof(Elf64_Phdr));
    if (header->e_phoff > file->size
        || header->e_phnum > (file->size - header->e_phoff) / sizeof(Elf64_Phdr))
        host_fail(file->path, "ends inside the program headers");
    return header;
}

static struct segment check_segment(const struct host_file *file, const Elf64_Phdr *header,
                                    unsigned number)
{
    if (header->p_filesz > header->p_memsz)
        host_fail(file->path, "segment %u has %#jx bytes in the file but only %#jx in memory", number,
                  (uintmax_t)header->p_filesz, (uintmax_t)header->p_memsz);
    if (header->p_offset > file->size || header->p_filesz > file->size - header->p_offset)
        host_fail(file->path, "ends inside segment %u", number);
    if (header->p_vaddr + header->p_memsz < header->p_vaddr
        || header->p_paddr + header->p_memsz < header->p_paddr)
        host_fail(file->path, "segment %u goes past the end of the address space", number);
    return (struct segment){.virtual = header->p_vaddr,
                            .physical = header->p_paddr,
                            .offset = header->p_offset,
                            .file_size = header->p_filesz,
                            .memory_size = header->p_memsz};
}

static int compare_segments(const void *a, const void *b)
{
    uint64_t x = ((const struct segment *)a)->virtual;
    uint64_t y = ((const struct segment *)b)->virtual;

    return x < y ? -1 : x > y;
}

static void check_overlaps(const struct program *program)
{
    for (size_t i = 1; i < program->count; i++) {
        const struct segment *before = &program->segments[i - 1];

        if (before->virtual + before->memory_size > program->segments[i].virtual)
            host_fail(program->file.path, "the segments at %#jx and %#jx overlap",
                      (uintmax_t)before->virtual, (uintmax_t)program->segments[i].virtual);
    }
}

static struct program read_program(const char *path)
{
    struct program program = {.file = host_read(path)};
    const Elf64_Ehdr *header = check_header(&program.file);
    const Elf64_Phdr *headers = (const Elf64_Phdr *)(program.file.bytes + header->e_phoff);
    int entry_found = 0;

    program.entry = header->e_entry;
    program.segments = host_allocate(header->e_phnum * sizeof *program.segments);
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr copy;

        memcpy(&copy, &headers[i], sizeof copy); /* e_phoff may be odd */
        if (copy.p_type == PT_LOAD && copy.p_memsz != 0)
            program.segments[program.count++] = check_segment(&program.file, &copy, i);
    }
    if (program.count == 0)
        host_fail(path, "has nothing to load");
    qsort(program.segments, program.count, sizeof *program.segments, compare_segments);
    check_overlaps(&program);
    for (size_t i = 0; i < program.count; i++)
        entry_found |= program.entry - program.segments[i].virtual < program.segments[i].memory_size;
    if (!entry_found)
        host_fail(path, "its entry point %#jx is in no segment", (uintmax_t)program.entry);
    return program;
}

static uint64_t program_end(const struct program *program)
{
    const struct segment *last = &program->segments[program->count - 1];

    return last->virtual + last->memory_size;
}

/* ---- Rules ------------------------------------------------------------- */

/* The loader maps the kernel with 2 MiB blocks inside one gigabyte. */
static void check_kernel(const struct program *kernel)
{
    const struct segment *first = &kernel->segments[0];

    if (first->virtual % BLOCK != 0 || first->physical % BLOCK != 0)
        host_fail(kernel->file.path, "starts at %#jx (physical %#jx), not at a multiple of 2 MiB",
                  (uintmax_t)first->virtual, (uintmax_t)first->physical);
    for (size_t i = 1; i < kernel->count; i++)
        if (kernel->segments[i].virtual - first->virtual
            != kernel->segments[i].physical - first->physical)
            host_fail(kernel->file.path,
                      "the segment at %#jx is not as far from its physical address as the first",
                      (uintmax_t)kernel->segments[i].virtual);
    if (first->virtual / GIGABYTE != (program_end(kernel) - 1) / GIGABYTE)
        host_fail(kernel->file.path, "does not fit between %#jx and the end of that gigabyte",
                  (uintmax_t)first->virtual);
}

/* ---- Settings of nucleus ------------------------------------------------ */

/* In the bytes of the kernel's file; NULL in another kernel. */
static struct nucleus_settings *find_settings(struct program *kernel)
{
    const uint64_t magic = SETTINGS_MAGIC;

    for (size_t i = 0; i < kernel->count; i++) {
        const struct segment *segment = &kernel->segments[i];

        for (uint64_t at = 0; at + sizeof(struct nucleus_settings) <= segment->file_size; at += sizeof magic) {
            uint8_t *bytes = kernel->file.bytes + segment->offset + at;

            if (memcmp(bytes, &magic, sizeof magic) == 0)
                return (struct nucleus_settings *)bytes;
        }
    }
    return NULL;
}

static void set_cnode_bits(const struct program *kernel, struct nucleus_settings *settings, const char *bits)
{
    char *end;
    unsigned long value = strtoul(bits, &end, 10);

    if (*bits < '0' || *bits > '9' || *end != '\0' || value < SETTINGS_CNODE_BITS_LEAST
        || value > SETTINGS_CNODE_BITS_GREATEST)
        host_usage_fail(TOOL, "--root-cnode-bits is a number from %d to %d, not '%s'", SETTINGS_CNODE_BITS_LEAST,
                        SETTINGS_CNODE_BITS_GREATEST, bits);
    if (settings == NULL)
        host_fail(kernel->file.path, "is not nucleus; its root CNode got its size when the kernel was built");
    settings->root_cnode_bits = (uint32_t)value;
}

/* A64: movn x7, #n (system call -1-n), svc #0. */
#define MOVN_X7(n) (UINT32_C(0x92800007) | (uint32_t)(n) << 5)
#define SVC_0 UINT32_C(0xd4000001)
#define FIRST_DEBUG_CALL 9
#define LAST_DEBUG_CALL 14
#define SVC_IS_NEAR 8 /* instructions behind the number */

static int is_debug_call(const uint8_t *bytes, uint64_t left)
{
    uint32_t instruction;

    memcpy(&instruction, bytes, sizeof instruction);
    if (instruction < MOVN_X7(FIRST_DEBUG_CALL - 1) || instruction > MOVN_X7(LAST_DEBUG_CALL - 1)
        || instruction % 32 != 7)
        return 0;
    for (uint64_t at = sizeof instruction; at + sizeof instruction <= left && at <= SVC_IS_NEAR * sizeof instruction;
         at += sizeof instruction) {
        uint32_t next;

        memcpy(&next, bytes + at, sizeof next);
        if (next == SVC_0)
            return 1;
    }
    return 0;
}

/* A root task for a debug kernel stops at its first word on another, and cannot say why. */
static void warn_of_debug_calls(const struct program *kernel, const struct program *root)
{
    for (size_t i = 0; i < root->count; i++) {
        const struct segment *segment = &root->segments[i];

        for (uint64_t at = 0; at + sizeof(uint32_t) <= segment->file_size; at += sizeof(uint32_t))
            if (is_debug_call(root->file.bytes + segment->offset + at, segment->file_size - at)) {
                fprintf(stderr,
                        TOOL ": %s: makes debug system calls (at %#jx); %s has none, so it will stop there without a word:"
                             " take the debug build of the kernel\n",
                        root->file.path, (uintmax_t)(segment->virtual + at), kernel->file.path);
                return;
            }
    }
}

/* ---- The image --------------------------------------------------------- */

struct image {
    uint8_t *bytes;
    size_t size;
};

static void image_grow(struct image *image, size_t size)
{
    image->bytes = host_reallocate(image->bytes, size);
    memset(image->bytes + image->size, 0, size - image->size);
    image->size = size;
}

static void image_write(struct image *image, size_t offset, const void *bytes, size_t size)
{
    if (image->size < offset + size)
        image_grow(image, align_up(offset + size, PAYLOAD_ALIGNMENT));
    memcpy(image->bytes + offset, bytes, size);
}

/* Appends the bytes of a program whose memory goes from `start` to `end`, and
 * writes its rows of the piece table, which begins at `table`. What lies between
 * two segments, in front of the first (a piece without bytes) and behind the
 * last is zeroed. */
static struct payload_program image_append(struct image *image, size_t table, uint64_t first_piece,
                                           const struct program *program, uint64_t start,
                                           uint64_t end)
{
    const struct segment *segments = program->segments;
    struct payload_piece piece = {.memory_size = segments[0].virtual - start};
    size_t row = table + first_piece * sizeof piece;

    image_write(image, row, &piece, sizeof piece);
    for (size_t i = 0; i < program->count; i++) {
        uint64_t next = i + 1 < program->count ? segments[i + 1].virtual : end;

        piece.destination = segments[i].virtual - start;
        piece.source = image->size + piece.destination % PAYLOAD_ALIGNMENT;
        piece.file_size = segments[i].file_size;
        piece.memory_size = next - segments[i].virtual;
        row += sizeof piece;
        image_write(image, row, &piece, sizeof piece);
        image_write(image, piece.source, program->file.bytes + segments[i].offset, piece.file_size);
    }
    return (struct payload_program){.virtual = start,
                                    .size = end - start,
                                    .entry = program->entry,
                                    .first_piece = first_piece,
                                    .pieces = program->count + 1};
}

static struct image pack(const struct host_file *loader, const struct program *kernel,
                         const struct program *root)
{
    struct payload_header payload = {.magic = PAYLOAD_MAGIC};
    struct image image = {0};
    size_t table = loader->size + sizeof payload;

    /* For each program a piece per segment, and one in front of the first. */
    image_grow(&image, align_up(table + (kernel->count + root->count + 2) * sizeof(struct payload_piece),
                                PAYLOAD_ALIGNMENT));
    payload.kernel_physical = kernel->segments[0].physical;
    payload.kernel = image_append(&image, table, 0, kernel, kernel->segments[0].virtual,
                                  program_end(kernel));
    payload.root = image_append(&image, table, payload.kernel.pieces, root,
                                root->segments[0].virtual / PAGE * PAGE,
                                align_up(program_end(root), PAGE));
    image_grow(&image, align_up(image.size, PAGE));
    payload.image_size = image.size;
    memcpy(image.bytes, loader->bytes, loader->size);
    memcpy(image.bytes + loader->size, &payload, sizeof payload);
    memcpy(image.bytes + IMAGE_SIZE_OFFSET, &payload.image_size, sizeof payload.image_size);
    return image;
}

static struct host_file read_loader(const char *path)
{
    struct host_file loader = host_read(path);

    if (loader.size < 64 || memcmp(loader.bytes + 56, "ARM\x64", 4) != 0)
        host_fail(path, "not a loader: no arm64 Image header");
    if (loader.size % PAGE != 0)
        host_fail(path, "not a loader: does not end on a page");
    return loader;
}

int main(int argc, char **argv)
{
    const char *loader_path = NULL, *kernel_path = NULL, *root_path = NULL, *output = NULL, *cnode_bits = NULL;
    struct nucleus_settings *settings;
    struct host_file loader;
    struct program kernel, root;
    struct image image;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            host_print(usage);
            return 0;
        } else if (strcmp(argv[i], "--root") == 0) {
            root_path = host_option_value(TOOL, argc, argv, &i);
        } else if (strcmp(argv[i], "--kernel") == 0) {
            kernel_path = host_option_value(TOOL, argc, argv, &i);
        } else if (strcmp(argv[i], "--loader") == 0) {
            loader_path = host_option_value(TOOL, argc, argv, &i);
        } else if (strcmp(argv[i], "--root-cnode-bits") == 0) {
            cnode_bits = host_option_value(TOOL, argc, argv, &i);
        } else if (strcmp(argv[i], "-o") == 0) {
            output = host_option_value(TOOL, argc, argv, &i);
        } else {
            host_usage_fail(TOOL, "unknown argument '%s'", argv[i]);
        }
    }
    if (root_path == NULL || output == NULL)
        host_usage_fail(TOOL, "%s is missing", root_path == NULL ? "--root ELF" : "-o IMAGE");
    loader = read_loader(loader_path != NULL ? loader_path : host_sibling("loader/loader.bin"));
    kernel = read_program(kernel_path != NULL ? kernel_path
                                              : host_sibling("nucleus/release/kernel.elf"));
    check_kernel(&kernel);
    root = read_program(root_path);
    settings = find_settings(&kernel);
    if (cnode_bits != NULL)
        set_cnode_bits(&kernel, settings, cnode_bits);
    if (settings != NULL && settings->debug == 0)
        warn_of_debug_calls(&kernel, &root);
    image = pack(&loader, &kernel, &root);
    host_write(output, image.bytes, image.size);
    return 0;
}
