/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library on the runtime: printing, streams, heap, constructors, errno. */
#include "runtime_test.h"
#include "tests/nucleus/conformance/lib/conformance.h"
#include <errno.h>
#include <lib/runtime/locks.h>
#include <lib/runtime/runtime.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_printf(void)
{
    char text[100];
    snprintf(text, sizeof text, "%d %5.2f %e %g|%-4s|%04lx %zu", -7, 3.14159, 12345.678, 1e-10, "ab", 0xbeeful, sizeof text);
    EXPECT(strcmp(text, "-7  3.14 1.234568e+04 1e-10|ab  |beef 100") == 0);
    snprintf(text, sizeof text, "%lld %.17g %f %g", -1234567890123ll, 0.1, 1e15, INFINITY);
    EXPECT(strcmp(text, "-1234567890123 0.1 1000000000000000.000000 inf") == 0);
    EXPECT(strtod("2.5e3x", NULL) == 2500.0);
    EXPECT(sqrt(2.25) == 1.5 && fabs(pow(2.0, 0.5) * pow(2.0, 0.5) - 2.0) < 1e-12);
}

/* The text of a write, seen by the hook; nothing of it reaches the console. */
static void test_lines(void)
{
    fflush(stdout);
    console_quiet = true;
    unsigned before = console_writes;
    printf("one ");
    printf("line %d", 1);
    EXPECT(console_writes == before);
    printf(".\n");
    EXPECT(console_writes == before + 1 && strcmp(console_last, "one line 1.\n") == 0);
    fprintf(stderr, "error %s %d\n", "text", 2);
    EXPECT(console_writes == before + 2 && strcmp(console_last, "error text 2\n") == 0);
    console_quiet = false;
}

static bool lock_was_free, prompt_was_out;
static const char *prompt;

static ssize_t read_watching(int file, void *buffer, size_t count)
{
    lock_was_free = __lock___libc_recursive_mutex.lock.owner == NULL;
    prompt_was_out = strcmp(console_last, prompt) == 0;
    (void)file;
    size_t length = count < 3 ? count : 3;
    memcpy(buffer, "no\n", length);
    return (ssize_t)length;
}

static void test_input(void)
{
    char line[20];
    int number = 0;
    console_input("first 42\nsecond\nlast");
    EXPECT(fgets(line, sizeof line, stdin) == line && strcmp(line, "first 42\n") == 0);
    EXPECT(sscanf(line, "first %d", &number) == 1 && number == 42);
    EXPECT(fgets(line, 4, stdin) == line && strcmp(line, "sec") == 0);
    EXPECT(getchar() == 'o');
    EXPECT(fgets(line, sizeof line, stdin) == line && strcmp(line, "nd\n") == 0);
    EXPECT(fgets(line, sizeof line, stdin) == line && strcmp(line, "last") == 0);
    EXPECT(fgets(line, sizeof line, stdin) == NULL && feof(stdin));
    (clearerr)(stdin);
    console_input("more\n");
    EXPECT(fgets(line, sizeof line, stdin) == line && strcmp(line, "more\n") == 0);
}

/* A thread that waits for input holds up no other, and its prompt is on the screen. */
static void test_prompt(void)
{
    char line[20];
    ssize_t (*kept)(int, void *, size_t) = runtime_hooks.read;
    runtime_hooks.read = read_watching;
    fflush(stdout);
    console_quiet = true;
    printf("%s", prompt = "question? ");
    EXPECT(fgets(line, sizeof line, stdin) == line && strcmp(line, "no\n") == 0);
    EXPECT(prompt_was_out && lock_was_free);
    fprintf(stderr, "%s", prompt = "another? ");
    EXPECT(fgets(line, sizeof line, stdin) == line && prompt_was_out);
    console_quiet = false;
    runtime_hooks.read = kept;
}

static void test_errno(void)
{
    char byte;
    errno = 0;
    EXPECT(write(7, "x", 1) == -1 && errno == EBADF);
    EXPECT(read(7, &byte, 1) == -1 && errno == EBADF);
    errno = 0;
    EXPECT(lseek(1, 0, SEEK_SET) == -1 && errno == ESPIPE);
    EXPECT(close(1) == -1 && errno == EBADF);
    ssize_t (*kept)(int, const void *, size_t) = runtime_hooks.write;
    runtime_hooks.write = NULL;
    errno = 0;
    EXPECT(write(1, "x", 1) == -1 && errno == EBADF);
    runtime_hooks.write = kept;
}

/* A heap of 4 pages that the hook lets grow to 8. */
enum { heap_pages = 8, first_pages = 4 };
static _Alignas(4096) char heap[heap_pages * 4096];
static unsigned grown, refused;
static size_t committed = first_pages;

static int commit(size_t first, size_t count, size_t total)
{
    EXPECT(first == committed && count > 0 && count <= RUNTIME_COMMIT_MOST && total >= count);
    if (first + total > heap_pages) {
        refused++;
        return EDQUOT;
    }
    grown++;
    committed += count;
    return 0;
}

static struct start_block heap_block = {.magic = START_MAGIC, .version = START_VERSION, .heap_pages = first_pages};

static void test_no_heap(void)
{
    errno = 0;
    EXPECT(malloc(10) == NULL && errno == ENOMEM);
    EXPECT(sbrk(0) == (void *)-1);
}

/* Runs behind test_no_heap: from here on there is one. */
static void test_heap(void)
{
    heap_block.heap_start = (uint64_t)heap;
    runtime_heap_take(&heap_block);
    EXPECT(sbrk(0) == heap);
    EXPECT(sbrk(-1) == (void *)-1 && errno == EINVAL);
    EXPECT(sbrk(PTRDIFF_MAX) == (void *)-1 && errno == ENOMEM);
    EXPECT(sbrk(first_pages * 4096) == heap);
    EXPECT(sbrk(1) == (void *)-1 && errno == ENOMEM); /* no hook to grow it */
    EXPECT(sbrk(-first_pages * 4096) == heap + first_pages * 4096);
    runtime_hooks.commit = commit;
    char *first = malloc(1000);
    EXPECT(first >= heap && first < heap + sizeof heap && grown == 0);
    memset(first, 1, 1000);
    char *large = malloc(5 * 4096);
    /* More than is needed was asked for, and refused; then what is needed. */
    EXPECT(large != NULL && refused == 1 && grown == 1 && large + 5 * 4096 <= heap + committed * 4096);
    memset(large, 2, 5 * 4096);
    errno = 0;
    EXPECT(malloc(5 * 4096) == NULL && errno == EDQUOT); /* what the hook said */
    errno = 0;
    EXPECT(malloc(1000 * 4096) == NULL && errno == EDQUOT);
    EXPECT(first[999] == 1 && large[5 * 4096 - 1] == 2);
    free(large);
    char *again = malloc(5 * 4096);
    EXPECT(again != NULL);
    free(again);
    free(first);
    for (int i = 0; i < 1000; i++) {
        char *block = malloc(2000);
        EXPECT(block != NULL && ((uintptr_t)block & 15) == 0);
        free(block);
    }
    EXPECT(realloc(NULL, 10) != NULL);
    volatile size_t huge = SIZE_MAX;
    char *text = strcpy(realloc(malloc(10), 20), "nineteen characters");
    text = realloc(text, 3000);
    EXPECT(strcmp(text, "nineteen characters") == 0);
    free(text);
    errno = 0;
    EXPECT(malloc(huge) == NULL && errno == ENOMEM);
    EXPECT(calloc(huge / 2, 3) == NULL && errno == ENOMEM);
    unsigned *zeroes = calloc(25, 4);
    EXPECT(zeroes[0] == 0 && zeroes[24] == 0 && malloc_usable_size(zeroes) >= 100);
    free(zeroes);
    void *page = aligned_alloc(1024, 100);
    EXPECT(page != NULL && (uintptr_t)page % 1024 == 0);
    free(page);
    EXPECT(posix_memalign(&page, 24, 10) == EINVAL && posix_memalign(&page, 64, 10) == 0 && (uintptr_t)page % 64 == 0);
    free(page);
    runtime_start_block = NULL; /* a thread without a heap of its own uses the first one */
    void *still = malloc(100);
    EXPECT(still != NULL);
    free(still);
}

char constructor_order[10];

static void preinitialised(void)
{
    strcat(constructor_order, "p");
}

__attribute__((section(".preinit_array"), used)) static void (*const preinit)(void) = preinitialised;

__attribute__((constructor(101))) static void early(void)
{
    strcat(constructor_order, "a");
}

__attribute__((constructor)) static void late(void)
{
    strcat(constructor_order, "b");
}

static void test_constructors(void)
{
    EXPECT(strcmp(constructor_order, "pab") == 0);
}

static void test_longjmp(void)
{
    static jmp_buf place;
    static volatile int rounds;
    int value = setjmp(place);
    if (rounds++ == 0) {
        longjmp(place, 5);
    }
    EXPECT(value == 5 && rounds == 2);
}

/* lib/string's functions are the ones that are linked, not the library's. */
static void test_linked(void)
{
    /* The library's moves single bytes. */
    const unsigned *code = (const unsigned *)(uintptr_t)memcpy;
    bool pairs = false;
    for (int i = 0; i < 24; i++) {
        pairs |= (code[i] & 0xffc00000) == 0xa9400000 /* ldp x, x */;
    }
    EXPECT(pairs);
}

const struct runtime_test library_tests[] = {
    {"printf", test_printf},   {"lines", test_lines},   {"input", test_input},
    {"prompt", test_prompt},   {"errno", test_errno},   {"no-heap", test_no_heap},
    {"heap", test_heap},       {"longjmp", test_longjmp}, {"constructors", test_constructors},
    {"linked", test_linked},   {NULL, NULL},
};
