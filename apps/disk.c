/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/disk.c: does with a disk (idl/block.idl) what its arguments say, one after the other, and stops at the first that fails:
 *
 *   take[=FIRST,COUNT]        takes a range; by default, all of the disk
 *   part=FIRST,COUNT[,RIGHTS] takes a part of the range, which it uses from then on
 *   write=FIRST,COUNT,SEED    writes blocks made from a number; verify=… compares them
 *   zero=FIRST,COUNT          expects zeroes
 *   discard=FIRST,COUNT       flush           about
 *   map                       maps the disk, for put=FIRST,COUNT,SEED and look=FIRST,COUNT,SEED, which write and compare there
 *   forget                    lets the server forget the memory that requests name
 *   drop                      gives the range up; keep: notes the range, which drop-kept gives up later
 *   expect=ERROR              the next action must end with this error, a number
 *   again=ACTION=…            repeats an action forever
 *   ready hold                reports to the runner that it is ready, and stays
 */
#include <cell/idl/ads.h>
#include <cell/idl/block.h>
#include <cell/idl/handle.h>
#include <cell/idl/server.h>
#include <lib/client/client.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks of a request, at most. */
#define BLOCK_MOST 256u
/* Flags of ads_attach(): pages are made and mapped when they are touched. */
#define ON_TOUCH_AND_MAY_FAULT 5u

static cell_cap_t server, range, kept, there;
static struct cell_memory memory;
static char *mapped;

struct numbers {
    uint64_t first, count, third;
    unsigned given;
};

/* ---- Contents --------------------------------------------------------------- */

/* Word number `at` of a block made from a seed. */
static uint64_t word_of(uint64_t seed, uint64_t block, uint64_t at)
{
    uint64_t mixed = (seed << 40 ^ block << 9 ^ at) * UINT64_C(0x9e3779b97f4a7c15);

    return mixed ^ mixed >> 31;
}

static void fill(char *at, uint64_t block, uint64_t count, uint64_t seed)
{
    uint64_t *words = (uint64_t *)at;

    for (uint64_t i = 0; i < count * CELL_PAGE / 8; i++)
        words[i] = word_of(seed, block + i / 512, i % 512);
}

static bool is_filled(const char *at, uint64_t block, uint64_t count, uint64_t seed)
{
    const uint64_t *words = (const uint64_t *)at;

    for (uint64_t i = 0; i < count * CELL_PAGE / 8; i++)
        if (words[i] != word_of(seed, block + i / 512, i % 512)) {
            printf("disk: block %lu is wrong at word %lu\n", block + i / 512, i % 512);
            return false;
        }
    return true;
}

static bool is_zero(const char *at, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++)
        if (at[i] != 0)
            return false;
    return true;
}

/* ---- Actions ------------------------------------------------------------------ */

static cell_error_t do_take(const struct numbers *numbers)
{
    uint64_t first, count;
    cell_error_t error = block_take(server, numbers->first, numbers->count, &range, &first, &count);

    if (error == CELL_OK)
        printf("disk: %lu blocks from %lu\n", count, first);
    return error;
}

static cell_error_t do_part(const struct numbers *numbers)
{
    return block_part(range, numbers->first, numbers->count, numbers->given > 2 ? numbers->third : CELL_READ | CELL_WRITE,
                      &range);
}

/* Writes blocks in parts that fit a request. */
static cell_error_t do_write(const struct numbers *numbers)
{
    cell_error_t error = CELL_OK;

    for (uint64_t done = 0, part; done < numbers->count && error == CELL_OK; done += part) {
        part = numbers->count - done < BLOCK_MOST ? numbers->count - done : BLOCK_MOST;
        fill(memory.address, numbers->first + done, part, numbers->third);
        error = block_write(range, there, 0, numbers->first + done, part);
    }
    return error;
}

static cell_error_t do_verify(const struct numbers *numbers)
{
    cell_error_t error = CELL_OK;

    for (uint64_t done = 0, part; done < numbers->count && error == CELL_OK; done += part) {
        part = numbers->count - done < BLOCK_MOST ? numbers->count - done : BLOCK_MOST;
        error = block_read(range, there, 0, numbers->first + done, part);
        if (error == CELL_OK && !is_filled(memory.address, numbers->first + done, part, numbers->third))
            error = CELL_CORRUPT;
    }
    return error;
}

static cell_error_t do_zero(const struct numbers *numbers)
{
    memset(memory.address, 0xaa, numbers->count * CELL_PAGE);
    cell_error_t error = block_read(range, there, 0, numbers->first, numbers->count);

    return error == CELL_OK && !is_zero(memory.address, numbers->count * CELL_PAGE) ? CELL_CORRUPT : error;
}

static cell_error_t do_discard(const struct numbers *numbers)
{
    return block_discard(range, numbers->first, numbers->count);
}

static cell_error_t do_flush(const struct numbers *numbers)
{
    (void)numbers;
    return block_flush(range);
}

static cell_error_t do_about(const struct numbers *numbers)
{
    uint64_t first, count, flags, in_flight;
    cell_error_t error = block_about(range, &first, &count, &flags, &in_flight);

    (void)numbers;
    if (error == CELL_OK)
        printf("disk: first %lu, count %lu, flags %lu, in flight %lu\n", first, count, flags, in_flight);
    return error;
}

static cell_error_t do_map(const struct numbers *numbers)
{
    uint64_t first, count, flags, in_flight, start;
    cell_cap_t mo;
    cell_error_t error = block_about(range, &first, &count, &flags, &in_flight);

    (void)numbers;
    if (error == CELL_OK)
        error = block_map(range, 0, count, CELL_READ | CELL_WRITE, &mo);
    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, ON_TOUCH_AND_MAY_FAULT, &start);
    if (error == CELL_OK)
        mapped = (char *)start;
    return error;
}

static cell_error_t do_put(const struct numbers *numbers)
{
    fill(mapped + numbers->first * CELL_PAGE, numbers->first, numbers->count, numbers->third);
    return CELL_OK;
}

static cell_error_t do_look(const struct numbers *numbers)
{
    return is_filled(mapped + numbers->first * CELL_PAGE, numbers->first, numbers->count, numbers->third) ? CELL_OK
                                                                                                          : CELL_CORRUPT;
}

static cell_error_t do_drop(const struct numbers *numbers)
{
    (void)numbers;
    return handle_drop(range);
}

static cell_error_t do_keep(const struct numbers *numbers)
{
    (void)numbers;
    kept = range;
    return CELL_OK;
}

static cell_error_t do_drop_kept(const struct numbers *numbers)
{
    (void)numbers;
    return handle_drop(kept);
}

static cell_error_t do_forget(const struct numbers *numbers)
{
    (void)numbers;
    return server_forget(server, there);
}

static cell_error_t do_ready(const struct numbers *numbers)
{
    (void)numbers;
    return cell_ready();
}

static cell_error_t do_hold(const struct numbers *numbers)
{
    (void)numbers;
    cell_ready();
    return cell_sleep(UINT64_MAX);
}

static const struct action {
    const char *name;
    cell_error_t (*run)(const struct numbers *numbers);
} actions[] = {
    {"take", do_take},       {"part", do_part},   {"write", do_write}, {"verify", do_verify}, {"zero", do_zero},
    {"discard", do_discard}, {"flush", do_flush}, {"about", do_about}, {"map", do_map},       {"put", do_put},
    {"look", do_look},       {"drop", do_drop},   {"ready", do_ready}, {"hold", do_hold},     {"forget", do_forget},
    {"keep", do_keep},       {"drop-kept", do_drop_kept},
};

/* ---- One after the other -------------------------------------------------------- */

static struct numbers read_numbers(const char *text)
{
    struct numbers numbers = {0};
    uint64_t *const to[] = {&numbers.first, &numbers.count, &numbers.third};
    char *end;

    while (*text != 0 && numbers.given < 3) {
        *to[numbers.given++] = strtoull(text + 1, &end, 0);
        text = end;
    }
    return numbers;
}

static const struct action *find_action(const char *argument, size_t length)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strlen(actions[i].name) == length && strncmp(actions[i].name, argument, length) == 0)
            return &actions[i];
    return NULL;
}

/* Returns whether it ended with the expected error. */
static bool run(const char *argument, uint64_t *expected)
{
    size_t length = strcspn(argument, "=");
    struct numbers numbers = read_numbers(argument + length);
    const struct action *action = find_action(argument, length);

    if (length == 6 && strncmp(argument, "expect", 6) == 0) {
        *expected = numbers.first;
        return true;
    }
    if (action == NULL) {
        printf("disk: %s: unknown\n", argument);
        return false;
    }
    cell_error_t error = action->run(&numbers);
    bool right = error == *expected;

    *expected = CELL_OK;
    if (!right)
        printf("disk: %s: %s\n", argument, cell_error_text(error));
    return right;
}

static bool run_again(const char *argument)
{
    uint64_t expected = CELL_OK;

    while (run(argument, &expected))
        ;
    return false;
}

int main(int argc, char **argv)
{
    uint64_t expected = CELL_OK;

    server = cell_rde("BLOCK");
    cell_error_t error = cell_memory_make(BLOCK_MOST, &memory);

    if (error == CELL_OK)
        error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there);
    if (error != CELL_OK) {
        printf("disk: %s\n", cell_error_text(error));
        return 1;
    }
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "again=", 6) == 0 ? !run_again(argv[i] + 6) : !run(argv[i], &expected))
            return 1;
    printf("disk: done\n");
    return 0;
}
