/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/virtio.c: a machine's virtio devices: its disk, a console, a source of random numbers, its network card. Many requests
 * of a guest are done in pieces, so that others do not wait for all of them. */
#include <stdio.h>
#include <string.h>

#include "servers/vmm/disk.h"
#include "servers/vmm/machine.h"

#define RECEIVE 0u /* queues of the console, and of the card */
#define SEND 1u
#define PIECE UINT64_C(4096) /* bytes of a request to the console or for random numbers that are used; the rest is ignored */
#define AT_ONCE 8u           /* requests that are done at a time */

enum { CONSOLE_COLUMNS = 80,
       CONSOLE_ROWS = 24 };

/* ---- The console ----------------------------------------------------------------- */

static void print(struct machine *machine, unsigned cpu, const struct virtio_chain *chain)
{
    char text[256];
    uint64_t count;

    for (uint64_t at = 0; at < PIECE && (count = virtio_copy_out(chain, at, text, sizeof text)) != 0; at += count)
        for (uint64_t i = 0; i < count; i++)
            console_put(machine, cpu, text[i]);
    machine->console.is_virtio = true;
    console_rests(machine, cpu);
}

size_t virtio_type(struct machine *machine, const char *text, size_t count)
{
    struct virtio *console = &machine->virtio[MACHINE_CONSOLE];
    struct virtio_chain chain;

    if (!virtio_take(console, RECEIVE, &chain))
        return 0;
    count = virtio_copy_in(&chain, 0, text, count);
    virtio_give(console, RECEIVE, chain.head, count);
    return count;
}

/* ---- Random numbers ------------------------------------------------------------------ */

uint64_t virtio_random(void)
{
    static uint64_t state;
    uint64_t value = (state += UINT64_C(0x9e3779b97f4a7c15)) ^ cpu_clock() * UINT64_C(0xd6e8feb86659fd93);

    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static uint64_t fill(const struct virtio_chain *chain)
{
    uint64_t at = 0, count = sizeof at;

    for (; at < PIECE && count == sizeof at; at += count) {
        const uint64_t word = virtio_random();

        count = virtio_copy_in(chain, at, &word, sizeof word);
    }
    return at;
}

/* ---- The disk ---------------------------------------------------------------------------- */

static void disk_answer(struct machine *machine, const struct virtio_chain *chain, const struct disk_request *request,
                        enum disk_status status)
{
    virtio_give(&machine->virtio[MACHINE_DISK], 0, chain->head, disk_done(chain, request, status));
}

/* Begins the next request that takes time. True: it has done AT_ONCE others, and there may be more. */
static bool disk_go_on(struct machine *machine)
{
    static const char name[20] = "cellulos";
    struct virtio_chain chain;
    struct disk_request request;
    enum disk_status status;

    if (machine->disk == NULL)
        return false;
    if (disk_ended(machine->disk, &chain, &request, &status))
        disk_answer(machine, &chain, &request, status);
    if (machine->freeze != NULL)
        return false;
    for (unsigned i = 0; i < AT_ONCE; i++) {
        if (disk_is_busy(machine->disk) || !virtio_take(&machine->virtio[MACHINE_DISK], 0, &chain))
            return false;
        request = disk_request(&chain, disk_bytes(machine->disk), disk_read_only(machine->disk));
        status = request.status;
        if (request.what == DISK_NAME) {
            virtio_copy_in(&chain, 0, name, sizeof name);
            status = DISK_OK;
        } else if (request.what != DISK_NOTHING) {
            if (disk_begin(machine->disk, &chain, &request) == CELL_OK)
                return false;
            status = DISK_ERROR;
        }
        disk_answer(machine, &chain, &request, status);
    }
    return true;
}

/* ---- All of them ---------------------------------------------------------------------------- */

bool virtio_go_on(struct machine *machine)
{
    struct virtio *console = &machine->virtio[MACHINE_CONSOLE], *entropy = &machine->virtio[MACHINE_ENTROPY];
    struct virtio *card = &machine->virtio[MACHINE_NET];
    struct virtio_chain chain;
    unsigned done = 0;

    for (; done < AT_ONCE && virtio_take(console, SEND, &chain); done++) {
        print(machine, 0, &chain);
        virtio_give(console, SEND, chain.head, 0);
    }
    for (; done < AT_ONCE && virtio_take(entropy, 0, &chain); done++)
        virtio_give(entropy, 0, chain.head, fill(&chain));
    for (; done < AT_ONCE && virtio_take(card, SEND, &chain); done++) {
        net_send(machine, &chain);
        virtio_give(card, SEND, chain.head, 0);
    }
    return disk_go_on(machine) || done == AT_ONCE;
}

uint64_t virtio_device_read(struct cpu *cpu, uint64_t offset, unsigned bytes)
{
    return virtio_read(&cpu->machine->virtio[offset / VIRTIO_BYTES], offset % VIRTIO_BYTES, bytes);
}

void virtio_device_write(struct cpu *cpu, uint64_t offset, unsigned bytes, uint64_t value)
{
    if (virtio_write(&cpu->machine->virtio[offset / VIRTIO_BYTES], offset % VIRTIO_BYTES, bytes, (uint32_t)value) != 0)
        machine_go_on(cpu->machine);
}

void virtio_reset(struct machine *machine)
{
    static const struct {
        uint16_t columns, rows;
    } size = {CONSOLE_COLUMNS, CONSOLE_ROWS};
    const uint64_t console_size = 1;

    disk_stop(machine->disk);
    machine->ram = (struct virtio_memory){machine->memory, MACHINE_MEMORY, machine->bytes};
    machine->virtio[MACHINE_DISK] = (struct virtio){0};
    if (machine->disk != NULL) {
        machine->disk_about = (struct disk_configuration){
            .sectors = disk_bytes(machine->disk) / DISK_SECTOR, .segments_most = VIRTIO_PARTS - 2, .block_bytes = CELL_PAGE};
        virtio_init(&machine->virtio[MACHINE_DISK], VIRTIO_ID_BLOCK,
                    DISK_FEATURE_SEGMENTS | DISK_FEATURE_BLOCK_SIZE | DISK_FEATURE_FLUSH |
                        (disk_read_only(machine->disk) ? DISK_FEATURE_READ_ONLY : 0),
                    &machine->disk_about, sizeof machine->disk_about, &machine->ram);
    }
    virtio_init(&machine->virtio[MACHINE_CONSOLE], VIRTIO_ID_CONSOLE, console_size, &size, sizeof size, &machine->ram);
    virtio_init(&machine->virtio[MACHINE_ENTROPY], VIRTIO_ID_ENTROPY, 0, NULL, 0, &machine->ram);
    machine->virtio[MACHINE_NET] = (struct virtio){0};
    if (machine->card.present)
        virtio_init(&machine->virtio[MACHINE_NET], VIRTIO_ID_NET, NET_FEATURE_ADDRESS | NET_FEATURE_STATUS,
                    &machine->card.configuration, sizeof machine->card.configuration, &machine->ram);
}
