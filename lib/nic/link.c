/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/nic/link.c: see link.h. The memory: the ring, then places of 2 KiB, first those for frames that come. */
#include <lib/nic/link.h>

#include <cell/idl/handle.h>
#include <cell/idl/nic.h>
#include <cell/idl/server.h>
#include <sel4/sel4.h>
#include <string.h>

#define RING_BYTES (2 * CELL_PAGE)
#define PLACE 2048u
#define RECEIVES 16u
#define SENDS 14u
#define PAGES ((RING_BYTES + (RECEIVES + SENDS) * PLACE) / CELL_PAGE)

static uint64_t place(uint64_t number)
{
    return RING_BYTES + number * PLACE;
}

static uint8_t *bytes_of(const struct nic_link *link, uint64_t number)
{
    return (uint8_t *)link->memory.address + place(number);
}

static cell_error_t receive(struct nic_link *link, uint64_t number)
{
    return cell_ring_ask(&link->ring, number, NIC_RECEIVE_LABEL, (uint64_t[]){link->there, place(number)}, 2);
}

cell_error_t nic_link_open(struct nic_link *link, cell_cap_t edge, const char *network, uint64_t address, unsigned bit)
{
    *link = (struct nic_link){.edge = edge, .free = (UINT32_C(1) << SENDS) - 1};
    cell_error_t error = nic_take(edge, network, address, &link->card, &link->address);

    if (error == CELL_OK)
        error = cell_memory_make(PAGES, &link->memory);
    if (error == CELL_OK)
        error = handle_give_to_server(edge, link->memory.mo, CELL_READ | CELL_WRITE, &link->there);
    if (error == CELL_OK)
        error = cell_ring_make(&link->ring, edge, link->card, &link->memory, link->there, 0, RING_BYTES, bit);
    for (uint64_t i = 0; error == CELL_OK && i < RECEIVES; i++)
        error = receive(link, i);
    if (error != CELL_OK)
        nic_link_close(link);
    return error;
}

void nic_link_close(struct nic_link *link)
{
    cell_ring_free(&link->ring);
    if (link->card != 0)
        handle_drop(link->card);
    if (link->there != 0)
        server_forget(link->edge, link->there);
    if (link->memory.mo != 0)
        cell_memory_free(&link->memory);
    *link = (struct nic_link){0};
}

#define FIRST_PAUSE UINT64_C(10000000)
#define LONGEST_PAUSE UINT64_C(10000000000)

uint64_t nic_link_pause(uint64_t last)
{
    return last == 0 ? FIRST_PAUSE : last < LONGEST_PAUSE / 2 ? 2 * last
                                                              : LONGEST_PAUSE;
}

cell_error_t nic_link_send(struct nic_link *link, const uint8_t *frame, size_t length)
{
    const uint64_t slot = (uint64_t)__builtin_ctz(link->free | UINT32_C(1) << SENDS), number = RECEIVES + slot;

    if (slot == SENDS)
        return CELL_BUSY;
    memcpy(bytes_of(link, number), frame, length);
    cell_error_t error = cell_ring_ask(&link->ring, number, NIC_SEND_LABEL, (uint64_t[]){link->there, place(number), length}, 3);

    if (error == CELL_OK)
        link->free &= ~(UINT32_C(1) << slot);
    return error;
}

bool nic_link_take(struct nic_link *link, uint8_t frame[FRAME_MOST], size_t *length)
{
    struct ring_entry answer;

    while (cell_ring_answer(&link->ring, &answer) == CELL_OK) {
        const bool has_frame =
            answer.label == CELL_OK && answer.length == 1 && answer.words[0] >= FRAME_LEAST && answer.words[0] <= FRAME_MOST;

        if (answer.tag >= RECEIVES) {
            link->free |= answer.tag < RECEIVES + SENDS ? UINT32_C(1) << (answer.tag - RECEIVES) : 0;
            continue;
        }
        if (has_frame) {
            *length = answer.words[0];
            memcpy(frame, bytes_of(link, answer.tag), *length);
        }
        if (answer.label == CELL_OK)
            receive(link, answer.tag);
        if (has_frame)
            return true;
    }
    return false;
}

void nic_link_again(const struct nic_link *link)
{
    seL4_Signal(link->ring.bell);
}
