/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/toy-client.c: does with a toy what its arguments say, one after the other:
 *
 *   create       makes a toy          get          prints its value
 *   set=N add=N  changes it           await=N      waits until it is at least N
 *   share        shares a page with the server, and compares the value shown there
 *   child        lets a child PD add 10 to the same toy
 *   find         takes the toy that this PD was given
 *   destroy      destroys it for all  release      gives it up
 *   chest        puts it into a new chest          look   prints the sum of the toys in that
 *   loop null exit nap=N                makes the server misbehave
 *   again        tries to create one for 10 seconds, until there is a server
 *   ready        reports to the runner that it is ready     hold   does so, and stays
 *
 * Without arguments: create share add=3 get.
 */
#include <cell/idl/chest.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <cell/idl/toy.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cell_cap_t server, toy, chest;
static struct cell_memory page;

static cell_error_t do_create(uint64_t number, uint64_t *value)
{
    (void)value;
    return toy_create(server, number, "toy", &toy);
}

static cell_error_t do_again(uint64_t number, uint64_t *value)
{
    cell_error_t error = do_create(number, value);

    for (unsigned i = 0; error == CELL_GONE && i < 1000; i++) {
        cell_sleep(UINT64_C(10000000));
        error = do_create(number, value);
    }
    return error;
}

static cell_error_t do_get(uint64_t number, uint64_t *value)
{
    (void)number;
    return toy_get(toy, value);
}

static cell_error_t do_set(uint64_t number, uint64_t *value)
{
    *value = number;
    return toy_set(toy, number);
}

static cell_error_t do_add(uint64_t number, uint64_t *value)
{
    cell_error_t error = toy_add(toy, number, value);

    if (error == CELL_OK && page.pages != 0 && *(uint64_t *)page.address != *value)
        printf("toy-client: the shared page shows %lu\n", *(uint64_t *)page.address);
    return error;
}

static cell_error_t do_await(uint64_t number, uint64_t *value)
{
    return toy_await(toy, number, value);
}

static cell_error_t do_share(uint64_t number, uint64_t *value)
{
    cell_cap_t there;

    (void)number;
    cell_error_t error = cell_memory_make(1, &page);

    if (error == CELL_OK)
        error = handle_give_to_server(server, page.mo, CELL_READ | CELL_WRITE, &there);
    if (error == CELL_OK)
        error = toy_share(toy, there);
    if (error == CELL_OK)
        *value = *(uint64_t *)page.address;
    return error;
}

static cell_error_t do_child(uint64_t number, uint64_t *value)
{
    static char *arguments[] = {"find", "add=10"};
    struct spawn spawn;
    struct spawned spawned;
    uint64_t cause, code;

    (void)number;
    spawn_begin(&spawn, "toy-child", "process", "program=toy-client");
    spawn_edges(&spawn);
    spawn_line(&spawn, "  give %#lx rights=rw", toy);
    spawn_arguments(&spawn, 2, arguments);
    cell_error_t error = spawn_run(&spawn, &spawned);

    if (error != CELL_OK) {
        printf("toy-client: %s\n", spawned.fault);
        return error;
    }
    error = pd_wait(spawned.pd, spawned.id, &cause, &code);
    handle_drop(spawned.pd);
    return error == CELL_OK ? toy_get(toy, value) : error;
}

static cell_error_t do_find(uint64_t number, uint64_t *value)
{
    uint64_t where = 0, space, object, kind;
    char type[32];

    (void)number;
    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, value, &kind,
                   type) == CELL_OK) {
        if (kind == 0 && strcmp(type, "TOY") == 0) {
            toy = where;
            return CELL_OK;
        }
    }
    return CELL_NOT_FOUND;
}

static cell_error_t do_destroy(uint64_t number, uint64_t *value)
{
    (void)number;
    (void)value;
    return toy_destroy(toy);
}

static cell_error_t do_release(uint64_t number, uint64_t *value)
{
    (void)number;
    (void)value;
    return handle_drop(toy);
}

static cell_error_t do_chest(uint64_t number, uint64_t *value)
{
    cell_cap_t there;
    cell_error_t error = chest_create(cell_rde("CHEST"), &chest);

    (void)number;
    (void)value;
    if (error == CELL_OK)
        error = handle_give_to_server(server, toy, CELL_READ, &there);
    return error == CELL_OK ? chest_put(chest, there) : error;
}

static cell_error_t do_look(uint64_t number, uint64_t *value)
{
    uint64_t toys;
    cell_error_t error = chest_look(chest, &toys, value);

    (void)number;
    return error == CELL_OK && toys != 1 ? CELL_NOT_FOUND : error;
}

static cell_error_t do_loop(uint64_t number, uint64_t *value)
{
    (void)value;
    return toy_misbehave(server, 0, number);
}

static cell_error_t do_null(uint64_t number, uint64_t *value)
{
    (void)value;
    return toy_misbehave(server, 1, number);
}

static cell_error_t do_exit(uint64_t number, uint64_t *value)
{
    (void)value;
    return toy_misbehave(server, 2, number);
}

static cell_error_t do_nap(uint64_t number, uint64_t *value)
{
    (void)value;
    return toy_misbehave(server, 3, number);
}

static cell_error_t do_ready(uint64_t number, uint64_t *value)
{
    (void)number;
    (void)value;
    return cell_ready();
}

static cell_error_t do_hold(uint64_t number, uint64_t *value)
{
    (void)number;
    (void)value;
    cell_ready();
    while (cell_sleep(UINT64_C(3600000000000)) == CELL_OK)
        ;
    return CELL_NO_MEMORY;
}

static const struct {
    const char *word;
    cell_error_t (*run)(uint64_t number, uint64_t *value);
} actions[] = {
    {"create", do_create},
    {"again", do_again},
    {"get", do_get},
    {"set", do_set},
    {"add", do_add},
    {"await", do_await},
    {"share", do_share},
    {"child", do_child},
    {"find", do_find},
    {"destroy", do_destroy},
    {"release", do_release},
    {"chest", do_chest},
    {"look", do_look},
    {"loop", do_loop},
    {"null", do_null},
    {"exit", do_exit},
    {"nap", do_nap},
    {"ready", do_ready},
    {"hold", do_hold},
};

static int run(const char *word)
{
    size_t length = strcspn(word, "=");
    uint64_t number = word[length] == '=' ? strtoull(word + length + 1, NULL, 0) : 0;
    uint64_t value = 0;

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strlen(actions[i].word) != length || strncmp(actions[i].word, word, length) != 0)
            continue;
        cell_error_t error = actions[i].run(number, &value);

        if (error == CELL_OK)
            printf("toy-client: %s: %lu\n", word, value);
        else
            printf("toy-client: %s: %s\n", word, cell_error_text(error));
        return error != CELL_OK;
    }
    printf("toy-client: no action '%s'\n", word);
    return 1;
}

int main(int argc, char **argv)
{
    static char *usual[] = {"", "create", "share", "add=3", "get"};
    int status = 0;

    server = cell_rde("TOY");
    if (server == 0) {
        printf("toy-client: no request edge for TOY\n");
        return 1;
    }
    if (argc == 1) {
        argc = 5;
        argv = usual;
    }
    for (int i = 1; i < argc; i++)
        status |= run(argv[i]);
    return status;
}
