/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/vm.c: virtual machines (idl/vm.idl), those that this shell has started. */
#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/server.h>
#include <cell/idl/vm.h>
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

#define USUAL_MEMORY 64u

struct guest {
    cell_cap_t vm;
    uint64_t number; /* its number in the shell's commands */
    struct guest *next;
};

static struct guest *guests;

/* Finds a machine by its number; NULL, with a message: there is none. */
static struct guest *find(const struct words *words, const char *word)
{
    uint64_t number;

    if (!number_of(words, word, &number))
        return NULL;
    for (struct guest *guest = guests; guest != NULL; guest = guest->next)
        if (guest->number == number)
            return guest;
    complain(words, "there is no machine %s", word);
    return NULL;
}

/* Appends the words from `first` on to a text, with blanks between them. False: they are too long. */
static bool join(const struct words *words, int first, char *text, size_t room)
{
    size_t length = strlen(text);

    for (int i = first; i < words->count; i++) {
        int more = snprintf(text + length, room - length, "%s%s", i == first ? "" : " ", words->word[i]);

        if (more < 0 || (size_t)more >= room - length)
            return false;
        length += (size_t)more;
    }
    return true;
}

/* Options of `vm start`, `fork` and `restore`. */
struct wish {
    uint64_t monitor; /* the number of an edge to a monitor, from 1 on; 0: the command has no such option */
    uint64_t memory, large, cpus;
    uint64_t disk_first, disk_blocks;
    const char *path; /* of the file that is the disk; "": none */
    char name[32], network[32];
    char text[801];
};

/* Reads "FIRST+COUNT", "all", or a path. False, with a message: it is none of them. */
static bool range_of(const struct words *words, const char *value, struct wish *wish)
{
    const char *plus = strchr(value, '+');
    char first[24];

    if (value[0] == '/') {
        wish->path = value;
        return true;
    }
    wish->disk_blocks = UINT64_MAX;
    if (strcmp(value, "all") == 0)
        return true;
    if (plus == NULL || (size_t)(plus - value) >= sizeof first) {
        complain(words, "start: --disk FIRST+COUNT, in blocks of 4 KiB, --disk all, or --disk /PATH");
        return false;
    }
    memcpy(first, value, (size_t)(plus - value));
    first[plus - value] = 0;
    return number_of(words, first, &wish->disk_first) && number_of(words, plus + 1, &wish->disk_blocks);
}

/* The edge to a monitor, by its number; 0: there is none. */
static cell_cap_t monitor_of(const struct wish *wish)
{
    const struct start_rde *rde;
    uint64_t left = wish->monitor;

    for (uint32_t i = 0; (rde = runtime_rde(i)) != NULL; i++)
        if (strcmp(rde->type, "VM") == 0 && --left == 0)
            return rde->slot;
    return 0;
}

/* Reads the options from word 2 on; returns the index of the word behind them, which is `what` in messages; 0, with a message:
 * something is wrong. `sized`: --memory and --cpus are allowed. */
static int options(const struct words *words, bool sized, const char *what, struct wish *wish)
{
    int at = 2;

    for (; at + 1 < words->count && words->word[at][0] == '-'; at += 2) {
        const char *option = words->word[at], *value = words->word[at + 1];

        if (strcmp(option, "--name") == 0) {
            snprintf(wish->name, sizeof wish->name, "%s", value);
        } else if (strcmp(option, "--net") == 0) {
            snprintf(wish->network, sizeof wish->network, "%s", value);
        } else if (wish->monitor != 0 && strcmp(option, "--monitor") == 0) {
            if (!number_of(words, value, &wish->monitor))
                return 0;
            if (monitor_of(wish) == 0) {
                complain(words, "there is no monitor %s", value);
                return 0;
            }
        } else if (strcmp(option, "--disk") == 0) {
            if (!range_of(words, value, wish))
                return 0;
        } else if (sized && strcmp(option, "--pages") == 0) {
            if (strcmp(value, "2M") != 0 && strcmp(value, "4K") != 0) {
                complain(words, "start: --pages 4K, or --pages 2M");
                return 0;
            }
            wish->large = value[0] == '2';
        } else if (sized && (strcmp(option, "--memory") == 0 || strcmp(option, "--cpus") == 0)) {
            if (!number_of(words, value, strcmp(option, "--cpus") == 0 ? &wish->cpus : &wish->memory))
                return 0;
        } else {
            complain(words, "%s: no option '%s'", words->word[1], option);
            return 0;
        }
    }
    if (at >= words->count || words->word[at][0] == '-') {
        complain(words, "%s: %s is missing", words->word[1], what);
        return 0;
    }
    return at;
}

/* Enters a new machine into the shell's list, or prints why there is none. */
static void keep(const struct words *words, const char *what, cell_error_t error, cell_cap_t vm, uint64_t id)
{
    static uint64_t number;
    struct guest *guest = error == CELL_OK ? calloc(1, sizeof *guest) : NULL;

    if (guest == NULL) {
        if (error == CELL_OK)
            handle_drop(vm);
        complain(words, "%s: %s", what,
                 error == CELL_NO_SERVER ? "its monitor can ask no server for such a disk"
                                         : cell_error_text(error == CELL_OK ? CELL_NO_MEMORY : error));
        return;
    }
    number++;
    *guest = (struct guest){.vm = vm, .number = number, .next = guests};
    guests = guest;
    printf("machine %lu: PD_%lx\n", (unsigned long)guest->number, (unsigned long)id);
}

static void start(const struct words *words)
{
    struct wish wish = {.monitor = 1, .memory = USUAL_MEMORY, .cpus = 1, .path = ""};
    const int first = options(words, true, "the name of a kernel image", &wish);
    uint64_t id = 0;
    cell_cap_t vm = 0;

    if (first == 0)
        return;
    if (snprintf(wish.text, sizeof wish.text, "%s", wish.path) >= (int)sizeof wish.text ||
        !join(words, first, wish.text, sizeof wish.text)) {
        complain(words, "start: more than %zu characters", sizeof wish.text - 1);
    } else {
        cell_error_t error = vm_start(monitor_of(&wish), wish.memory, wish.large, wish.cpus, wish.name, wish.disk_first, wish.disk_blocks,
                                      wish.network, strlen(wish.path), wish.text, strlen(wish.text), &vm, &id);

        keep(words, words->word[first], error, vm, id);
    }
}

static void fork(const struct words *words)
{
    struct wish wish = {.path = ""};
    const int at = options(words, false, "the number of a machine", &wish);
    const struct guest *guest = at == 0 ? NULL : find(words, words->word[at]);
    uint64_t id = 0;
    cell_cap_t vm = 0;

    if (guest != NULL) {
        cell_error_t error =
            vm_fork(guest->vm, wish.name, wish.disk_first, wish.disk_blocks, wish.network, wish.path, strlen(wish.path), &vm, &id);

        keep(words, words->word[at], error, vm, id);
    }
}

/* ---- Files ------------------------------------------------------------------------- */

#define PAGE UINT64_C(4096)
#define NO_MACHINE "that is no snapshot of a machine, or of one with another disk, or without a network card"
#define MOST (UINT64_C(4100) << 20) /* bytes of a file: more than the largest machine has */

static void snapshot(const struct words *words)
{
    const struct guest *guest = words->count == 4 ? find(words, words->word[2]) : NULL;
    struct words to = *words;
    uint64_t pages = 0, start = 0;
    cell_cap_t memory = 0;

    if (words->count != 4)
        complain(words, "snapshot N FILE");
    if (guest == NULL)
        return;
    cell_error_t error = vm_save(guest->vm, &memory);

    if (error == CELL_OK)
        error = mo_size(memory, &pages);
    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, memory, 0, CELL_REGION_SHARED_FRAMES, CELL_READ, 1, &start);
    to.output = words->word[3];
    if (error == CELL_OK) {
        redirect_memory(&to, "save", (const void *)start, pages * PAGE);
        ads_remove(CSPACE_SELF, start);
    } else {
        complain(words, "%s: %s", words->word[2], cell_error_text(error));
    }
    if (memory != 0)
        mo_release(memory);
}

/* Reads a file into a memory object; 0, with a message: that failed. */
static cell_cap_t read_file(const struct words *words, char *path)
{
    struct words from = *words;
    uint64_t start = 0;
    cell_cap_t memory = 0;
    cell_error_t error = mo_allocate(cell_rde("MO"), MOST / PAGE + 1, 1, &memory);

    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, memory, 0, CELL_REGION_SHARED_FRAMES, CELL_READ | CELL_WRITE, 1, &start);
    from.input = path;
    if (error == CELL_OK) {
        const uint64_t *count = (const uint64_t *)(start + MOST);
        const uint64_t pages = redirect_memory(&from, "load", (const void *)start, MOST) ? *count / PAGE : 0;

        ads_remove(CSPACE_SELF, start);
        error = pages == 0 ? CELL_BAD_ARGUMENT : mo_resize(memory, pages);
    }
    if (error == CELL_OK)
        return memory;
    complain(words, "%s: %s", path, error == CELL_BAD_ARGUMENT ? NO_MACHINE : cell_error_text(error));
    if (memory != 0)
        mo_release(memory);
    return 0;
}

static void restore(const struct words *words)
{
    struct wish wish = {.monitor = 1, .path = ""};
    const int at = options(words, false, "the name of a file", &wish);
    const cell_cap_t edge = monitor_of(&wish);
    const cell_cap_t memory = at == 0 ? 0 : read_file(words, words->word[at]);
    cell_cap_t there = 0, vm = 0;
    uint64_t id = 0;

    if (memory == 0)
        return;
    cell_error_t error = handle_give_to_server(edge, memory, CELL_READ, &there);

    if (error == CELL_OK)
        error = vm_restore(edge, there, wish.name, wish.disk_first, wish.disk_blocks, wish.network, wish.path, strlen(wish.path), &vm, &id);
    if (error == CELL_BAD_ARGUMENT)
        complain(words, "%s: %s", words->word[at], NO_MACHINE);
    else
        keep(words, words->word[at], error, vm, id);
    if (there != 0)
        server_forget(edge, there);
    mo_release(memory);
}

/* ---- One machine ------------------------------------------------------------------- */

static void list(const struct words *words)
{
    static const char *const states[] = {"runs", "powered off", "crashed", "ended", "loads", "paused", "?", "?"};
    uint64_t state, id, memory, cpus, exits, accesses, waits;
    char image[32];

    (void)words;
    printf("%3s %-16s %5s %4s %-12s %-7s %10s %10s %10s\n", "n", "IMAGE", "MiB", "CPUs", "STATE", "PD", "EXITS", "DEVICES", "WAITS");
    for (const struct guest *guest = guests; guest != NULL; guest = guest->next)
        if (vm_about(guest->vm, &state, &id, &memory, &cpus, &exits, &accesses, &waits, image) == CELL_OK)
            printf("%3lu %-16s %5lu %4lu %-12s PD_%-4lx %10lu %10lu %10lu\n", (unsigned long)guest->number, image,
                   (unsigned long)memory, (unsigned long)cpus, states[state & 7], (unsigned long)id, (unsigned long)exits,
                   (unsigned long)accesses, (unsigned long)waits);
}

/* Types a text; tries again while the machine's port has no room. */
static cell_error_t type(const struct guest *guest, const char *text, size_t length)
{
    uint64_t taken = 0;

    while (length > 0) {
        cell_error_t error = vm_type(guest->vm, text, length > 256 ? 256 : length, &taken);

        if (error != CELL_OK)
            return error;
        text += taken;
        length -= taken;
        if (taken == 0)
            cell_sleep(10000000);
    }
    return CELL_OK;
}

static void console(const struct words *words, struct guest *guest)
{
    char line[256];
    cell_error_t error;

    printf("what you type goes to machine %lu; a line with ~. returns to the shell\n", (unsigned long)guest->number);
    fflush(stdout);
    error = vm_front(guest->vm);
    while (error == CELL_OK && fgets(line, sizeof line, stdin) != NULL && strcmp(line, "~.\n") != 0)
        error = type(guest, line, strlen(line));
    vm_back(guest->vm);
    if (error != CELL_OK)
        complain(words, "%s", cell_error_text(error));
}

static void stop(const struct words *words, struct guest *guest)
{
    struct guest **at = &guests;

    (void)words;
    while (*at != guest)
        at = &(*at)->next;
    *at = guest->next;
    vm_stop(guest->vm);
    handle_drop(guest->vm);
    free(guest);
}

/* Prints the registers of one CPU, in the order of seL4_UserContext. */
static cell_error_t show_registers(const struct guest *guest, uint64_t cpu)
{
    static const char *const names[] = {"pc", "sp", "spsr", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8",
                                        "x16", "x17", "x18", "x29", "x30", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                                        "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28"};
    const size_t count = sizeof names / sizeof *names;
    uint64_t r[40];
    cell_error_t error = CELL_OK;

    for (size_t i = 0; error == CELL_OK && i < count; i += 8) {
        const size_t first = i > 28 ? 28 : i;

        error = vm_registers(guest->vm, cpu, first, &r[first], &r[first + 1], &r[first + 2], &r[first + 3], &r[first + 4],
                             &r[first + 5], &r[first + 6], &r[first + 7]);
    }
    if (error != CELL_OK)
        return error;
    printf("CPU %lu\n", (unsigned long)cpu);
    for (size_t i = 0; i < count; i++)
        printf("%5s 0x%016lx%s", names[i], (unsigned long)r[i], i % 4 == 3 || i == count - 1 ? "\n" : "");
    return CELL_OK;
}

static void registers(const struct words *words, struct guest *guest)
{
    cell_error_t error = CELL_OK;
    uint64_t cpu = 0;

    for (; error == CELL_OK; cpu++)
        error = show_registers(guest, cpu);
    if (error != CELL_NOT_FOUND)
        complain(words, "%s", cell_error_text(error));
}

static void pause(const struct words *words, struct guest *guest)
{
    cell_error_t error = vm_pause(guest->vm);

    if (error != CELL_OK)
        complain(words, "%s: %s", words->word[2], error == CELL_BUSY ? "it does not run" : cell_error_text(error));
}

static void resume(const struct words *words, struct guest *guest)
{
    cell_error_t error = vm_resume(guest->vm);

    if (error != CELL_OK)
        complain(words, "%s: %s", words->word[2], error == CELL_BUSY ? "it is not paused" : cell_error_text(error));
}

static void reboot(const struct words *words, struct guest *guest)
{
    cell_error_t error = vm_reboot(guest->vm);

    if (error != CELL_OK)
        complain(words, "%s: %s", words->word[2], cell_error_text(error));
}

/* Commands for one machine. */
static const struct {
    const char *name;
    void (*act)(const struct words *words, struct guest *guest);
} actions[] = {{"console", console}, {"pause", pause}, {"resume", resume}, {"reboot", reboot}, {"registers", registers}, {"stop", stop}};

static void act(const struct words *words)
{
    struct guest *guest;

    for (size_t i = 0; words->count == 3 && i < sizeof actions / sizeof *actions; i++)
        if (strcmp(words->word[1], actions[i].name) == 0) {
            guest = find(words, words->word[2]);
            if (guest != NULL)
                actions[i].act(words, guest);
            return;
        }
    complain(words, "start [--monitor N] [--memory MIB] [--pages 4K|2M] [--cpus N] [--name X] [--disk FIRST+COUNT|all] [--net "
                    "NAME] IMAGE [initrd=FILE] [WORD...], "
                    "fork [--name X] [--disk FIRST+COUNT] [--net NAME] N, snapshot N FILE, restore [--monitor N] [--name X] "
                    "[--disk FIRST+COUNT] [--net NAME] FILE, list, or console|pause|resume|reboot|registers|stop N");
}

void command_vm(const struct words *words)
{
    const char *what = words->word[1];

    if (cell_rde("VM") == 0)
        complain(words, "nobody serves machines here: ./cellulos run --system vm");
    else if (strcmp(what, "start") == 0)
        start(words);
    else if (strcmp(what, "fork") == 0)
        fork(words);
    else if (strcmp(what, "snapshot") == 0)
        snapshot(words);
    else if (strcmp(what, "restore") == 0)
        restore(words);
    else if (strcmp(what, "list") == 0)
        list(words);
    else
        act(words);
}
