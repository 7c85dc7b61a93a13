/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/keeper.c: a key in a library with an address space of its own, which seals words with the key.
 *
 *   keeper             seals a word, and shows that the program itself has no key
 *   keeper probe       tries to get at the key in every way that there is
 *   keeper search      looks for it in all memory, and in the answers to all requests that name its address
 *   keeper two         two libraries; one calls the other
 *   keeper HOW         calls a library that does not return; HOW: faults, exits, loops, sleeps
 *   keeper hold        stays, with a library that was called once */
#include <cell/idl/ads.h>
#include <cell/idl/graph.h>
#include <cell/idl/handle.h>
#include <cell/idl/library.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/report.h>
#include <cell/idl/word.h>
#include <lib/client/library.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/touch/secret.h"

#define SECOND UINT64_C(1000000000)
#define DAY (86400 * SECOND)
#define KEY 0x5ec2e70fu

static volatile uint32_t key; /* each address space has its own */

struct question {
    uint32_t word, sealed;
};

static int seal(void *argument)
{
    struct question *question = argument; /* on the stack, which both share */

    key = KEY;
    question->sealed = question->word ^ key;
    /* Leaves the key in registers of all kinds, as careless code would. */
    __asm__ volatile("dup v9.4s, %w0\n\tdup v20.4s, %w0\n\tmov x20, %0"
                     :
                     : "r"((uint64_t)key)
                     : "v9", "v20", "x20");
    return 7;
}

static void say(const char *what, cell_error_t error)
{
    printf("keeper: %s: %s\n", what, cell_error_text(error));
}

static int make(const char *name, int (*function)(void *), struct spawned *library)
{
    cell_error_t error = cell_library_create(name, function, library);

    if (error != CELL_OK)
        printf("keeper: %s%s%s\n", cell_error_text(error), *library->fault != 0 ? ": " : "", library->fault);
    return error == CELL_OK ? 0 : 1;
}

/* ---- Proper use -------------------------------------------------------- */

static int show(void)
{
    struct spawned library;
    struct question question = {.word = 0x1234};
    int result = 0;

    if (make("seal", seal, &library) != 0)
        return 1;
    say("call", cell_library_call(&library, &question, SECOND, &result));
    printf("keeper: returns %d, %#x sealed is %#x, the program's key is %#x\n", result, question.word, question.sealed, key);
    handle_drop(library.pd);
    return result != 7 || key != 0;
}

static struct spawned inner;

/* Calls another library, and tries to call itself. */
static int outer(void *argument)
{
    struct question question = {.word = 1};
    int result = 0;
    cell_error_t error = cell_library_call(&inner, &question, SECOND, &result);

    say("from the outer", error);
    say("the outer itself", cell_library_call(argument, &question, SECOND, &result));
    key = 99;
    return (int)(question.sealed ^ KEY);
}

static int two(void)
{
    struct spawned library;
    int result = 0;

    if (make("inner", seal, &inner) != 0 || make("outer", outer, &library) != 0)
        return 1;
    struct spawned itself = library;

    say("call", cell_library_call(&library, &itself, SECOND, &result));
    printf("keeper: the outer returns %d, the program's key is %u\n", result, key);
    handle_drop(library.pd);
    handle_drop(inner.pd);
    return result != 1;
}

/* ---- Libraries that do not return ------------------------------------- */

static int misbehave(void *argument)
{
    const char *how = argument;

    if (strcmp(how, "faults") == 0)
        __asm__ volatile("str wzr, [%0]"
                         :
                         : "r"(UINT64_C(8))
                         : "memory");
    if (strcmp(how, "exits") == 0)
        exit(5);
    while (strcmp(how, "loops") == 0)
        __asm__ volatile("");
    cell_sleep(DAY);
    return 0;
}

static int contain(const char *how)
{
    char text[16] = {0};
    struct spawned library, next;
    int result = 0;
    uint64_t limit = strcmp(how, "sleeps") == 0 ? UINT64_MAX : SECOND / 10;

    strncpy(text, how, sizeof text - 1);
    if (make("bad", misbehave, &library) != 0 || make("good", seal, &next) != 0)
        return 1;
    say(how, cell_library_call(&library, text, limit, &result));
    say("again", cell_library_call(&library, text, limit, &result));
    struct question question = {.word = 0};

    say("another", cell_library_call(&next, &question, SECOND, &result));
    handle_drop(library.pd);
    handle_drop(next.pd);
    return question.sealed != KEY;
}

/* ---- Attacks ------------------------------------------------------------ */

#define MUST(condition)      \
    do {                     \
        if (!(condition))    \
            return __LINE__; \
    } while (0)

/* The error for a configuration that names the library. */
static cell_error_t configure(const char *preset, const char *more, const char *line)
{
    struct spawn spawn;
    struct spawned spy;

    spawn_begin(&spawn, "spy", preset, more);
    spawn_line(&spawn, "%s", line);
    cell_error_t error = spawn_run(&spawn, &spy);

    if (error == CELL_OK)
        pd_terminate(spy.pd, spy.id, 255, 255);
    return error;
}

static bool in_vectors(uint64_t *words)
{
    for (unsigned i = 0; i < 64; i++)
        if ((uint32_t)words[i] == KEY || (uint32_t)(words[i] >> 32) == KEY)
            return true;
    return false;
}

/* rule: opaque. The library's maker may call and end it; every other operation on it is refused. */
static int probe_requests(const struct spawned *library)
{
    char type[32], line[64];
    uint64_t rights = 0, ignored, at = (uintptr_t)&key & ~UINT64_C(4095);
    cell_cap_t mo = 0, there;

    MUST(handle_about(library->pd, &ignored, &ignored, &ignored, &rights, type) == CELL_OK);
    MUST(rights == (CELL_WRITE | CELL_EXECUTE));
    for (unsigned how = 0; how < 2; how++) {
        snprintf(line, sizeof line, "region %#lx %s at=0x60000000 rights=r", at, how == 0 ? "copied" : "shared");
        MUST(configure("process", "of seal program=hello", line) == CELL_DENIED);
    }
    MUST(configure("thread", "of seal entry=main", "linked") == CELL_DENIED);
    MUST(configure("library", "of seal entry=main", "linked") == CELL_DENIED);
    MUST(configure("thread-isolated-stack", "of seal entry=main", "linked") == CELL_DENIED);
    MUST(configure("process", "program=hello", "hold seal rights=r") == CELL_DENIED);
    MUST(graph_extract(library->pd, library->id, 0, library->id, &ignored, &ignored) == CELL_DENIED);
    MUST(handle_held(library->pd, library->id, 0, &ignored, &ignored, &ignored, &ignored, &ignored, type) == CELL_DENIED);
    MUST(mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK);
    MUST(report_next(library->pd, library->id, 0, mo, &ignored, &ignored) == CELL_DENIED);
    MUST(handle_give(library->pd, library->id, mo, CELL_READ, &there) == CELL_DENIED);
    MUST(pd_info(library->pd, library->id, &ignored, &ignored, &ignored, &ignored, &ignored, &ignored, type) ==
         CELL_DENIED);
    MUST(mo_release(mo) == CELL_OK);
    /* The key's address means the program's own memory there. */
    MUST(ads_find(CSPACE_SELF, at, &ignored, &ignored, &ignored, &ignored) == CELL_OK);
    MUST(word_wait(CSPACE_SELF, (uintptr_t)&key, KEY, SECOND / 100, 0, &ignored) == CELL_OK && ignored == 0);
    MUST(library_leave(0) == CELL_NOT_FOUND);
    MUST(library_call(library->pd, cell_pd_id(), 0, SECOND, &ignored) == CELL_DENIED);
    MUST(library_call(CSPACE_SELF, cell_pd_id(), 0, SECOND, &ignored) == CELL_DENIED);
    return 0;
}

static int read_key(void *argument)
{
    (void)argument;
    return (int)key;
}

/* The key can be read inside the library only. */
static int probe(void)
{
    struct spawned library, other;
    struct question question = {.word = 1};
    uint64_t vectors[64] = {0}, kept = 0;
    int result = 0;

    MUST(make("seal", seal, &library) == 0);
    uint64_t error, word = 0;

    /* A call as by cell_library_call(), after which the registers are read at once. */
    __asm__ volatile("mov x20, #11"
                     :
                     :
                     : "x20");
    error = library_call(library.pd, library.id, (uintptr_t)&question, SECOND, &word);
    __asm__ volatile("stp q8, q9, [%1]\n\tstp q20, q21, [%1, #32]\n\tmov %0, x20"
                     : "=r"(kept)
                     : "r"(vectors)
                     : "memory");
    MUST(error == CELL_OK && word == 7 && question.sealed == (KEY ^ 1));
    MUST(!in_vectors(vectors) && (uint32_t)kept != KEY);
    MUST(key == 0);
    int line = probe_requests(&library);

    MUST(line == 0 || (printf("keeper: request in line %d\n", line), false));
    /* Another library of the program cannot read it either. */
    MUST(make("other", read_key, &other) == 0);
    MUST(cell_library_call(&other, NULL, SECOND, &result) == CELL_OK && result == 0);
    MUST(cell_library_call(&library, &question, SECOND, &result) == CELL_OK && result == 7);
    MUST(pd_terminate(other.pd, other.id, 255, 255) == CELL_OK);
    MUST(cell_library_call(&other, NULL, SECOND, &result) == CELL_GONE);
    handle_drop(other.pd);
    handle_drop(library.pd);
    return 0;
}

#define MASKED UINT64_C(0x1f2e3d4c5b6a7988)

static volatile uint64_t secret;

/* Makes the secret; the registers are cleared when the call ends. */
static int draw(void *unused)
{
    (void)unused;
    secret = MASKED ^ SECRET_MASK;
    return 0;
}

static int look(void *unused)
{
    (void)unused;
    return (int)secret_seen(MASKED, (uintptr_t)&secret);
}

static int search(void)
{
    struct spawned one, other;
    int drawn = 0, inside = 0, in_another = 0;

    if (make("draw", draw, &one) != 0 || make("look", look, &other) != 0)
        return 1;
    say("draw", cell_library_call(&one, NULL, SECOND, &drawn));
    say("look", cell_library_call(&other, NULL, 100 * SECOND, &in_another));
    unsigned outside = secret_seen(MASKED, (uintptr_t)&secret);

    draw(NULL);
    inside = (int)secret_seen(MASKED, (uintptr_t)&secret);
    printf("keeper: seen %d where it is, %u outside, %d in another\n", inside, outside, in_another);
    return 0;
}

static int hold(void)
{
    struct spawned library;
    struct question question = {.word = 1};
    int result = 0;

    if (make("seal", seal, &library) != 0)
        return 1;
    say("call", cell_library_call(&library, &question, SECOND, &result));
    cell_ready();
    cell_sleep(DAY);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return show();
    if (strcmp(argv[1], "hold") == 0)
        return hold();
    if (strcmp(argv[1], "two") == 0)
        return two();
    if (strcmp(argv[1], "search") == 0)
        return search();
    if (strcmp(argv[1], "probe") != 0)
        return contain(argv[1]);
    int line = probe();

    printf("keeper: probe: %s %d\n", line == 0 ? "refused" : "got through in line", line);
    return line != 0;
}
