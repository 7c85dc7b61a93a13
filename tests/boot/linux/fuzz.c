/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls at random about memory, one file and descriptors, each against a model in memory: `fuzz ROUNDS SEED FOLDER`. Results and faults
 * must be
 * those of the model; now and then the contents of all pages are compared, too. The last line has the same hash on Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096l
#define PAGES 128l
#define FILE_PAGES 24l
#define DESCRIPTORS 40

/* The kind of a page of the area. */
struct page {
    enum { HOLE,
           OWN,    /* memory of its own */
           SHARED, /* of the file */
           COPIED, /* of the file, until it is written to */
    } kind;
    int protection;
    long of;        /* in the file */
    int is_copy;    /* it was written to */
    uint64_t value; /* of its own; the first word of the page, and the last one */
    long mapping;   /* pages of one call, whose protection nobody changed since */
};

static struct page model[PAGES];
static uint64_t file_values[FILE_PAGES];
static long file_pages, mappings, calls, faults, different;
static char *area, buffer[PAGE] __attribute__((aligned(4096)));
static int file;
static uint64_t state, hash = 14695981039346656037u;
static sigjmp_buf back;
static volatile sig_atomic_t came;

static long at_random(long below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (long)((state >> 33) % (uint64_t)below);
}

/* Checks a call's result, or a byte that was read. */
static void check(const char *what, long at, long result, long expected)
{
    calls++;
    hash = (hash ^ (uint64_t)result) * 1099511628211u;
    if (result != expected && different++ < 10)
        printf("call %ld, %s at %ld: %ld, not %ld\n", calls, what, at, result, expected);
}

static long error_of(long result)
{
    return result == -1 ? -errno : result;
}

static void on_fault(int signal)
{
    came = signal;
    siglongjmp(back, 1);
}

/* ---- Touching --------------------------------------------------------------------- */

/* The signal of a page that is read or written; 0: none. */
static int fault_of(const struct page *page, int write)
{
    if (page->kind == HOLE || (page->protection & (write ? PROT_WRITE : PROT_READ)) == 0)
        return SIGSEGV;
    return page->kind >= SHARED && !page->is_copy && page->of >= file_pages ? SIGBUS : 0;
}

static uint64_t *value_of(struct page *page)
{
    return page->kind == OWN || page->is_copy ? &page->value : &file_values[page->of];
}

/* Writes a value to both ends of a page, or reads them; the signal that came. */
static int try(volatile uint64_t *page, int write, uint64_t values[2])
{
    came = 0;
    if (sigsetjmp(back, 0) != 0)
        return came;
    if (write) {
        page[0] = values[0];
        page[PAGE / 8 - 1] = values[0];
    } else {
        values[0] = page[0];
        values[1] = page[PAGE / 8 - 1];
    }
    return 0;
}

static void touch(long at, int write)
{
    struct page *page = &model[at];
    uint64_t values[2] = {state, 0};
    int expected = fault_of(page, write), found = try((uint64_t *)(area + at * PAGE), write, values);

    faults += found != 0;
    check(write ? "write" : "read", at, found, expected);
    if (found != 0 || expected != 0)
        return;
    if (!write) {
        check("first word", at, (long)values[0], (long)*value_of(page));
        check("last word", at, (long)values[1], (long)*value_of(page));
        return;
    }
    page->is_copy |= page->kind == COPIED;
    *value_of(page) = values[0];
}

/* ---- Mapping ------------------------------------------------------------------------ */

static int protection_at_random(void)
{
    static const int protections[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE};

    return protections[at_random(4)];
}

static void map(long at, long pages)
{
    int kind = OWN + (int)at_random(3), protection = protection_at_random();
    long of = at_random(FILE_PAGES - pages);
    char *wanted = area + at * PAGE;
    char *got = mmap(wanted, (size_t)(pages * PAGE), protection,
                     (kind == SHARED ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED | (kind == OWN ? MAP_ANONYMOUS : 0), kind == OWN ? -1 : file,
                     kind == OWN ? 0 : of * PAGE);

    check("mmap", at, got == wanted ? 0 : -errno, 0);
    mappings++;
    for (long i = 0; i < pages; i++)
        model[at + i] = (struct page){.kind = kind, .protection = protection, .of = of + i, .mapping = mappings};
}

static void unmap(long at, long pages)
{
    check("munmap", at, error_of(munmap(area + at * PAGE, (size_t)(pages * PAGE))), 0);
    memset(&model[at], 0, (size_t)pages * sizeof *model);
}

/* Pages before a hole are changed all the same. */
static void protect(long at, long pages)
{
    int protection = protection_at_random();
    long done = 0;
    long result = error_of(mprotect(area + at * PAGE, (size_t)(pages * PAGE), protection));

    for (long was = 0; done < pages && model[at + done].kind != HOLE; done++) {
        struct page *page = &model[at + done];

        mappings += page->mapping != was;
        was = page->mapping;
        page->mapping = mappings;
        page->protection = protection;
    }
    check("mprotect", at, result, done == pages ? 0 : -ENOMEM);
}

/* Memory of its own is zero then, and copies are gone. */
static void forget(long at, long pages)
{
    long holes = 0;
    long result = error_of(madvise(area + at * PAGE, (size_t)(pages * PAGE), MADV_DONTNEED));

    for (long i = 0; i < pages; i++) {
        holes += model[at + i].kind == HOLE;
        model[at + i].is_copy = 0;
        model[at + i].value = 0;
    }
    check("madvise", at, result, holes == 0 ? 0 : -ENOMEM);
}

static void in_core(long at, long pages)
{
    unsigned char vector[PAGES];
    long holes = 0;

    for (long i = 0; i < pages; i++)
        holes += model[at + i].kind == HOLE;
    check("mincore", at, error_of(mincore(area + at * PAGE, (size_t)(pages * PAGE), vector)), holes == 0 ? 0 : -ENOMEM);
}

/* Of one mapping, to where nothing of it lies; or its end goes. */
static void move(long at, long pages)
{
    long to = at_random(PAGES - pages), left = 1 + at_random(pages);
    struct page moved[PAGES];

    for (long i = 0; i < pages; i++)
        if (model[at + i].kind == HOLE || model[at + i].mapping != model[at].mapping)
            return;
    if (at_random(2) == 0) {
        check("mremap, shorter", at, mremap(area + at * PAGE, (size_t)(pages * PAGE), (size_t)(left * PAGE), 0) == area + at * PAGE, 1);
        memset(&model[at + left], 0, (size_t)(pages - left) * sizeof *model);
        return;
    }
    if (to < at + pages && at < to + pages)
        return;
    check("mremap", at,
          mremap(area + at * PAGE, (size_t)(pages * PAGE), (size_t)(pages * PAGE), MREMAP_MAYMOVE | MREMAP_FIXED, area + to * PAGE) ==
              area + to * PAGE,
          1);
    memcpy(moved, &model[at], (size_t)pages * sizeof *model);
    memset(&model[at], 0, (size_t)pages * sizeof *model);
    memcpy(&model[to], moved, (size_t)pages * sizeof *model);
    mappings++;
    for (long i = 0; i < pages; i++)
        model[to + i].mapping = mappings;
}

/* ---- The file --------------------------------------------------------------------------- */

static void fill(uint64_t value)
{
    memset(buffer, 0, PAGE);
    memcpy(buffer, &value, 8);
    memcpy(buffer + PAGE - 8, &value, 8);
}

/* A page of the file from, or to, memory of the test's, or a page of the area. */
static void write_file(long of, long at, int from_area)
{
    struct page *page = &model[at];
    uint64_t value = state;
    int good = 1;

    fill(value);
    if (from_area) {
        good = fault_of(page, 0) == 0;
        value = good ? *value_of(page) : 0;
        if (page->kind >= SHARED && !page->is_copy && page->of == of)
            return; /* onto itself */
    }
    check("pwrite", of, error_of(pwrite(file, from_area ? area + at * PAGE : buffer, PAGE, of * PAGE)), good ? PAGE : -EFAULT);
    if (!good)
        return;
    file_values[of] = value;
    file_pages = of >= file_pages ? of + 1 : file_pages;
}

static void read_file(long of, long at, int to_area)
{
    struct page *page = &model[at];
    int there = of < file_pages, good = !to_area || fault_of(page, 1) == 0;
    uint64_t value = there ? file_values[of] : 0;

    if (to_area && page->kind >= SHARED && !page->is_copy && page->of == of)
        return;
    check("pread", of, error_of(pread(file, to_area ? area + at * PAGE : buffer, PAGE, of * PAGE)), !there ? 0 : good ? PAGE
                                                                                                                      : -EFAULT);
    if (!there || !good)
        return;
    if (to_area) {
        page->is_copy |= page->kind == COPIED;
        *value_of(page) = value;
    } else {
        check("what is read", of, memcmp(buffer, &value, 8) == 0 && memcmp(buffer + PAGE - 8, &value, 8) == 0, 1);
    }
}

/* Copies of pages behind the end go with them. */
static void cut(long pages)
{
    check("ftruncate", pages, error_of(ftruncate(file, pages * PAGE)), 0);
    for (long i = pages; i < FILE_PAGES; i++)
        file_values[i] = 0;
    for (long i = 0; i < PAGES; i++)
        if (model[i].kind == COPIED && model[i].of >= pages)
            model[i].is_copy = 0;
    file_pages = pages;
}

/* ---- Descriptors ------------------------------------------------------------------------ */

/* Of each descriptor, which open file it refers to, and where each stands. */
static int opened[DESCRIPTORS];
static long offsets[DESCRIPTORS];

static int lowest(int from)
{
    while (from < DESCRIPTORS && opened[from] != 0)
        from++;
    return from;
}

static void descriptors(const char *path)
{
    int number = (int)at_random(DESCRIPTORS), other = (int)at_random(DESCRIPTORS), free = lowest(0);
    long where = at_random(100000);

    if (number <= file || other <= file || free >= DESCRIPTORS - 1) { /* not those of the test */
        if (free >= DESCRIPTORS - 1)
            for (int i = file + 1; i < DESCRIPTORS; i++)
                if (opened[i] != 0) {
                    check("close", i, error_of(close(i)), 0);
                    opened[i] = 0;
                }
        return;
    }
    switch (at_random(5)) {
    case 0:
        check("open", free, error_of(open(path, O_RDONLY)), free);
        opened[free] = free + 1;
        for (int i = 0; i < DESCRIPTORS; i++) /* an open file is named by a descriptor that it had first */
            if (i != free && opened[i] == free + 1)
                opened[i] = -1;
        offsets[free] = 0;
        break;
    case 1:
        check("close", number, error_of(close(number)), opened[number] != 0 ? 0 : -EBADF);
        opened[number] = 0;
        break;
    case 2:
        check("dup3", number, error_of(dup3(number, other, 0)), number == other ? -EINVAL : opened[number] == 0 ? -EBADF
                                                                                                                : other);
        if (number != other && opened[number] != 0)
            opened[other] = opened[number];
        break;
    case 3:
        free = lowest(other);
        if (free >= DESCRIPTORS)
            return;
        check("F_DUPFD", number, error_of(fcntl(number, F_DUPFD, other)), opened[number] == 0 ? -EBADF : free);
        if (opened[number] != 0)
            opened[free] = opened[number];
        break;
    default:
        if (opened[number] == -1) /* its offset is not known any more */
            return;
        check("where it stands", number, error_of(lseek(number, 0, SEEK_CUR)), opened[number] == 0 ? -EBADF : offsets[opened[number] - 1]);
        check("lseek", number, error_of(lseek(number, where, SEEK_SET)), opened[number] == 0 ? -EBADF : where);
        if (opened[number] != 0)
            offsets[opened[number] - 1] = where;
    }
}

/* ---- All of it -------------------------------------------------------------------------- */

static void one(const char *path)
{
    long at = at_random(PAGES), most = PAGES - at < 16 ? PAGES - at : 16, pages = 1 + at_random(most);

    switch (at_random(16)) {
    case 0:
    case 1:
        map(at, pages);
        break;
    case 2:
        unmap(at, pages);
        break;
    case 3:
        protect(at, pages);
        break;
    case 4:
        forget(at, pages);
        break;
    case 5:
        in_core(at, pages);
        break;
    case 6:
        move(at, pages);
        break;
    case 7:
        write_file(at_random(FILE_PAGES), at, (int)at_random(2));
        break;
    case 8:
        read_file(at_random(FILE_PAGES), at, (int)at_random(2));
        break;
    case 9:
        if (at_random(4) == 0)
            cut(at_random(FILE_PAGES));
        break;
    case 10:
        descriptors(path);
        break;
    default:
        touch(at, (int)at_random(2));
    }
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    char path[256];

    if (argc != 4)
        return 2;
    state = strtoul(argv[2], NULL, 10);
    snprintf(path, sizeof path, "%s/fuzz.file", argv[3]);
    file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (file != 3 || area == MAP_FAILED)
        return 1;
    unmap(0, PAGES);
    for (int i = 0; i <= file; i++)
        opened[i] = -1;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    for (long round = strtol(argv[1], NULL, 10); calls < round && different < 10;) {
        one(path);
        if (at_random(1000) == 0)
            for (long at = 0; at < PAGES; at++)
                touch(at, 0);
    }
    for (int i = file + 1; i < DESCRIPTORS; i++)
        close(i);
    unlink(path);
    printf("%ld calls, %ld faults, %ld different, hash %016lx\n", calls, faults, different, (unsigned long)hash);
    return different != 0;
}
