/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/machine.c: machines as a whole; see machine.h. Bottom-up: finding, making and ending, work without a request,
 * power and pauses. */
#include "servers/vmm/machine.h"

#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <cell/idl/resspc.h>
#include <cell/idl/vcpu.h>
#include <cell/idl/word.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vmm/disk.h"
#include "servers/vmm/freeze.h"
#include "servers/vmm/load.h"
#include "servers/vmm/saved.h"

static struct id_table by_number;
static uint32_t seen; /* of disk_events */
static struct machine *all;

struct machine *machine_find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&by_number, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct machine, entry);
}

/* ---- Making and ending ---------------------------------------------------- */

#define MO_LARGE 2u /* a flag of mo.allocate */

static cell_error_t map_memory(struct machine *machine)
{
    uint64_t start = 0;
    cell_error_t error = ads_attach(CSPACE_SELF, machine->mo, 0, CELL_REGION_SHARED_FRAMES,
                                    CELL_READ | CELL_WRITE | CELL_EXECUTE, machine->is_copy, &start);

    machine->memory = (char *)start;
    return error;
}

static cell_error_t make_memory(struct machine *machine, bool is_large)
{
    const uint64_t state = is_large ? MACHINE_LARGE_PAGE : MACHINE_STATE_BYTES;
    cell_error_t error = mo_allocate(cell_rde("MO"), (machine->bytes + state) / CELL_PAGE, is_large ? MO_LARGE : 0, &machine->mo);

    return error == CELL_OK ? map_memory(machine) : error;
}

/* Copies a memory object. Pages of 4 KiB are mapped when they are touched; large pages are copied at once. */
static cell_error_t copy_memory(struct machine *machine, cell_cap_t source)
{
    uint64_t pages = 0, page = 0;
    cell_error_t error = mo_size(source, &pages);

    if (error != CELL_OK)
        return error;
    const uint64_t size = pages * CELL_PAGE, state = size % MACHINE_MEBIBYTE == 0 ? MACHINE_LARGE_PAGE : MACHINE_STATE_BYTES;

    machine->bytes = size - state;
    if (machine->bytes % MACHINE_MEBIBYTE != 0 || machine->bytes - 1 >= MACHINE_MOST * MACHINE_MEBIBYTE)
        return CELL_BAD_ARGUMENT;
    error = mo_copy(cell_rde("MO"), source, &machine->mo);
    if (error == CELL_OK)
        error = mo_page_size(machine->mo, &page);
    machine->is_copy = page == CELL_PAGE;
    return error == CELL_OK ? map_memory(machine) : error;
}

static cell_error_t make_cpus(struct machine *machine)
{
    cell_error_t error = CELL_OK;

    for (unsigned i = 0; error == CELL_OK && i < machine->cpus; i++)
        error = cpu_make(machine, i);
    return error;
}

static cell_error_t make(struct machine *machine, const struct machine_wish *wish)
{
    memcpy(machine->text, wish->text, wish->length);
    machine->bytes = wish->mebibytes * MACHINE_MEBIBYTE;
    machine->cpus = wish->cpus;
    cell_error_t error = make_memory(machine, wish->is_large);

    if (error == CELL_OK)
        error = disk_open(&wish->disk, &machine->disk);
    if (error == CELL_OK)
        error = net_connect(machine, wish->network);
    if (error == CELL_OK)
        error = load_begin(machine);
    return error == CELL_OK ? make_cpus(machine) : error;
}

struct machine *machine_new(const char *name)
{
    static uint64_t number;
    struct machine *machine = calloc(1, sizeof *machine);

    if (machine == NULL)
        return NULL;
    machine->state = MACHINE_ENDED;
    machine->entry.id = ++number;
    snprintf(machine->name, sizeof machine->name, "guest-%lu", (unsigned long)number);
    if (name[0] != 0)
        snprintf(machine->name, sizeof machine->name, "%s", name);
    if (!id_table_add(&by_number, &machine->entry)) {
        free(machine);
        return NULL;
    }
    machine->next = all;
    all = machine;
    return machine;
}

cell_error_t machine_start(const struct machine_wish *wish, struct machine **made)
{
    struct machine *machine = machine_new(wish->name);
    cell_error_t error = machine == NULL ? CELL_NO_MEMORY : make(machine, wish);

    if (error == CELL_OK)
        *made = machine;
    else if (machine != NULL)
        machine_free(machine);
    machine_set_timer();
    return error;
}

cell_error_t machine_restore(struct machine *machine, cell_cap_t memory, const struct disk_wish *disk, const char *network)
{
    cell_error_t error = copy_memory(machine, memory);

    if (error == CELL_OK)
        error = disk_open(disk, &machine->disk);
    if (error == CELL_OK)
        error = saved_read(machine, network);
    if (error == CELL_OK)
        error = make_cpus(machine);
    if (error == CELL_OK)
        error = saved_run(machine);
    if (error == CELL_OK)
        machine->state = MACHINE_RUNS;
    return error;
}

void machine_halt(struct machine *machine, enum machine_state state)
{
    freeze_end(machine, CELL_GONE);
    console_end_line(machine);
    machine->state = state;
    load_end(machine);
    disk_stop(machine->disk);
    /* The first comes last: the others would end with it. */
    for (unsigned i = machine->cpus; i-- > 0;)
        cpu_end(&machine->cpu[i]);
}

void machine_look(struct machine *machine)
{
    uint64_t badge;

    if (machine->cpu[0].pd != 0 && vcpu_badge(machine->cpu[0].pd, machine->cpu[0].id, &badge) == CELL_GONE)
        machine_halt(machine, MACHINE_ENDED);
}

/* Guest-physical memory is a type without operations: it is there for the model. */
static const struct idl_interface gmo_interface = {.name = "gmo", .type = "GMO", .number = 28};
const struct server_type gmo_type = {.name = "GMO", .interface = &gmo_interface};

static cell_error_t tell_memory(uint64_t space, struct machine *machine)
{
    const uint64_t memory = server_space(&gmo_type);
    char name[32];

    if (memory == 0)
        return server_map(space, machine->entry.id, machine->mo);
    snprintf(name, sizeof name, "%#lx_%lu_12", (unsigned long)MACHINE_MEMORY, (unsigned long)(machine->bytes / CELL_PAGE));
    cell_error_t error = resspc_create_resource(server_space_handle(memory), machine->entry.id, name);

    machine->has_gmo = error == CELL_OK;
    if (error == CELL_OK)
        error = server_map(memory, machine->entry.id, machine->mo);
    return error == CELL_OK ? server_map_own(space, machine->entry.id, memory, machine->entry.id) : error;
}

cell_error_t machine_tell(uint64_t space, struct machine *machine)
{
    cell_error_t error = tell_memory(space, machine);

    for (unsigned i = 0; error == CELL_OK && i < machine->cpus; i++)
        error = server_map(space, machine->entry.id, machine->cpu[i].pd);
    if (error == CELL_OK && machine->disk != NULL)
        error = server_map(space, machine->entry.id, disk_store(machine->disk));
    if (error == CELL_OK && machine->card.link.card != 0)
        error = server_map(space, machine->entry.id, machine->card.link.card);
    return error;
}

void machine_free(struct machine *machine)
{
    struct machine **at = &all;

    machine_halt(machine, MACHINE_ENDED);
    for (struct machine *other = all; other != NULL; other = other->next)
        freeze_forget(other, machine);
    console_gone(machine);
    net_disconnect(machine);
    while (*at != machine)
        at = &(*at)->next;
    *at = machine->next;
    id_table_remove(&by_number, &machine->entry);
    disk_close(machine->disk);
    if (machine->has_gmo)
        server_revoke(server_space(&gmo_type), machine->entry.id);
    if (machine->memory != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)machine->memory);
    if (machine->mo != 0)
        mo_release(machine->mo);
    free(machine);
}

void machine_revoke(uint64_t space, struct machine *machine)
{
    server_revoke(space, machine->entry.id);
    machine_free(machine);
}

/* ---- Work without a request -------------------------------------------------- */

void machine_update(struct machine *machine)
{
    if (machine->state != MACHINE_RUNS)
        return;
    bus_lines(machine);
    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_update(&machine->cpu[i], 0);
}

void machine_go_on(struct machine *machine)
{
    const bool more = virtio_go_on(machine);

    if (more && !machine->more) {
        machine->more = true;
        machine_set_timer();
    }
    machine->more = more;
}

/* Between pieces of loading, or of a guest's requests to its devices, other requests are served for this long (ns). */
#define BETWEEN_PIECES UINT64_C(50000)

void machine_set_timer(void)
{
    const uint64_t now = cpu_clock();
    uint64_t first = UINT64_MAX, woken;

    for (const struct machine *machine = all; machine != NULL; machine = machine->next) {
        if ((machine->state == MACHINE_LOADS || machine->more) && now + BETWEEN_PIECES < first)
            first = now + BETWEEN_PIECES;
        if (machine->freeze != NULL && freeze_until(machine) < first)
            first = freeze_until(machine);
        if (machine->card.again != 0 && machine->card.again < first)
            first = machine->card.again;
        for (unsigned i = 0; i < machine->cpus; i++)
            if (machine->cpu[i].sleeps && machine->cpu[i].wakes < first)
                first = machine->cpu[i].wakes;
    }
    const uint64_t wait = first == UINT64_MAX ? first : first > now ? first - now
                                                                    : 0;

    /* If a disk's request has ended meanwhile, the wait ends at once. */
    if (word_wait(CSPACE_SELF, (uint64_t)&disk_events, seen, wait, 1, &woken) == CELL_OK)
        word_wait(CSPACE_SELF, 0, 0, 0, 1, &woken);
}

/* Loads the next piece; starts the machine after the last one. */
static void load_on(struct machine *machine)
{
    uint64_t entry, argument;
    cell_error_t error = load_some(machine, &entry, &argument);

    if (error == CELL_AGAIN)
        return;
    load_end(machine);
    if (error == CELL_OK)
        error = cpu_start(&machine->cpu[0], entry, argument);
    if (error == CELL_OK) {
        machine->state = MACHINE_RUNS;
    } else {
        console_say(machine, "vmm: %s: %s\n", machine->name, cell_error_text(error));
        machine_halt(machine, MACHINE_ENDED);
    }
}

void machine_work(void)
{
    const uint64_t now = cpu_clock();

    seen = __atomic_load_n(&disk_events, __ATOMIC_ACQUIRE);
    for (struct machine *machine = all; machine != NULL; machine = machine->next) {
        if (machine->state == MACHINE_LOADS)
            load_on(machine);
        if (machine->state == MACHINE_RUNS) {
            machine->more = virtio_go_on(machine);
            bus_lines(machine);
            for (unsigned i = 0; i < machine->cpus; i++)
                cpu_update(&machine->cpu[i], now);
        }
        freeze_look(machine, now);
        net_go_on(machine, now);
    }
    machine_set_timer();
}

/* ---- Power and pauses ------------------------------------------------------------ */

cell_error_t machine_reset(struct machine *machine)
{
    if (machine->cpu[0].pd == 0)
        return CELL_GONE;
    freeze_end(machine, CELL_GONE);
    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_off(&machine->cpu[i]);
    cell_error_t error = load_begin(machine);

    if (error != CELL_OK)
        machine_halt(machine, MACHINE_ENDED);
    machine_set_timer();
    return error;
}

cell_error_t machine_resume(struct machine *machine)
{
    if (machine->state != MACHINE_PAUSED || machine->freeze != NULL)
        return CELL_BUSY;
    machine->state = MACHINE_RUNS;
    for (unsigned i = 0; i < machine->cpus; i++)
        cpu_resume(&machine->cpu[i]);
    machine_go_on(machine);
    machine_update(machine);
    return CELL_OK;
}
