/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/vm.c: virtual machines (idl/vm.idl), those that this shell has started. */
#include <cell/idl/handle.h>
#include <cell/idl/vm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

#define USUAL_MEMORY 64u

struct guest {
    cell_cap_t vm;
    uint64_t number; /* that the shell calls it by */
    struct guest *next;
};

static struct guest *guests;

/* NULL: there is none of that number; that was said. */
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

/* The words from `first` on, with blanks between them. False: they are too long. */
static bool join(const struct words *words, int first, char *text, size_t room)
{
    size_t length = 0;

    for (int i = first; i < words->count; i++) {
        int more = snprintf(text + length, room - length, "%s%s", i == first ? "" : " ", words->word[i]);

        if (more < 0 || (size_t)more >= room - length)
            return false;
        length += (size_t)more;
    }
    return true;
}

static void start(const struct words *words)
{
    static uint64_t number;
    const bool sized = words->count > 2 && strcmp(words->word[2], "--memory") == 0;
    const int first = sized ? 4 : 2;
    uint64_t memory = USUAL_MEMORY, id;
    char text[801];

    if (words->count <= first) {
        complain(words, "start: the name of a kernel image is missing");
        return;
    }
    if (sized && !number_of(words, words->word[3], &memory))
        return;
    if (!join(words, first, text, sizeof text)) {
        complain(words, "start: more than %zu characters", sizeof text - 1);
        return;
    }
    struct guest *guest = calloc(1, sizeof *guest);
    cell_error_t error = guest == NULL ? CELL_NO_MEMORY
                                       : vm_start(cell_rde("VM"), memory, text, strlen(text), &guest->vm, &id);

    if (error != CELL_OK) {
        complain(words, "%s: %s", words->word[first], cell_error_text(error));
        free(guest);
        return;
    }
    guest->number = ++number;
    guest->next = guests;
    guests = guest;
    printf("machine %lu: PD_%lx\n", (unsigned long)number, (unsigned long)id);
}

static void list(const struct words *words)
{
    static const char *const states[] = {"runs", "powered off", "crashed", "ended"};
    uint64_t state, id, memory, exits, accesses, waits;
    char image[32];

    (void)words;
    printf("%3s %-16s %5s %-12s %-7s %10s %10s %10s\n", "n", "IMAGE", "MiB", "STATE", "PD", "EXITS", "DEVICES", "WAITS");
    for (const struct guest *guest = guests; guest != NULL; guest = guest->next)
        if (vm_about(guest->vm, &state, &id, &memory, &exits, &accesses, &waits, image) == CELL_OK)
            printf("%3lu %-16s %5lu %-12s PD_%-4lx %10lu %10lu %10lu\n", (unsigned long)guest->number, image,
                   (unsigned long)memory, states[state & 3], (unsigned long)id, (unsigned long)exits,
                   (unsigned long)accesses, (unsigned long)waits);
}

/* Types a text; what the port has no room for is tried again. */
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

static void console(const struct words *words, const struct guest *guest)
{
    char line[256];
    cell_error_t error = CELL_OK;

    printf("what you type goes to machine %lu; a line with ~. comes back\n", (unsigned long)guest->number);
    fflush(stdout);
    while (error == CELL_OK && fgets(line, sizeof line, stdin) != NULL && strcmp(line, "~.\n") != 0)
        error = type(guest, line, strlen(line));
    if (error != CELL_OK)
        complain(words, "%s", cell_error_text(error));
}

static void stop(struct guest *guest)
{
    struct guest **at = &guests;

    while (*at != guest)
        at = &(*at)->next;
    *at = guest->next;
    vm_stop(guest->vm);
    handle_drop(guest->vm);
    free(guest);
}

void command_vm(const struct words *words)
{
    const char *what = words->word[1];
    struct guest *guest;

    if (cell_rde("VM") == 0)
        complain(words, "nobody serves machines here: ./cellulos run --system vm");
    else if (strcmp(what, "start") == 0)
        start(words);
    else if (strcmp(what, "list") == 0)
        list(words);
    else if (words->count != 3 || (strcmp(what, "console") != 0 && strcmp(what, "stop") != 0))
        complain(words, "start [--memory MIB] IMAGE [initrd=FILE] [WORD...], list, console N, or stop N");
    else if ((guest = find(words, words->word[2])) == NULL)
        return;
    else if (strcmp(what, "console") == 0)
        console(words, guest);
    else
        stop(guest);
}
