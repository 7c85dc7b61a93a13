/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/server.c: the receive loop. Bottom-up: answering later, one
 * request, one signal, the loop.
 */
#include <lib/server/parts.h>

#include <cell/idl/handle.h>
#include <cell/idl/resspc.h>
#include <lib/client/call.h>
#include <lib/client/signals.h>
#include <lib/idl/message.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The message that was received, and its answer. */
static struct message message;
static uint64_t words_in[IDL_WORDS], words_out[IDL_WORDS];

/* In place of a slot: the answer goes through a ring. */
#define RING_SLOT UINT_MAX

/* ---- Answering later ------------------------------------------------------- */

/* A bit per slot behind CSPACE_REPLY: in use; slot 0 is the CNode itself. */
static uint64_t few_slots = 1, *slots = &few_slots;
static size_t slot_words = 1;
static size_t first_free; /* no word below has a free slot */
static unsigned slot_bits = CSPACE_REPLY_BITS;

static cell_error_t more_slots(void)
{
    uint64_t count = 0;
    uint64_t *more = malloc((slot_words + 1) * sizeof *more);
    cell_error_t error = more == NULL ? CELL_NO_MEMORY : resspc_more_replies(&count);

    if (more != NULL && memory_lend_objects(error))
        error = resspc_more_replies(&count);
    if (error != CELL_OK) {
        free(more);
        return error;
    }
    memcpy(more, slots, slot_words * sizeof *more);
    more[slot_words++] = 0;
    if (slots != &few_slots)
        free(slots);
    slots = more;
    slot_bits = CSPACE_REPLY_LEAVES_BITS + CSPACE_REPLY_BITS;
    return CELL_OK;
}

/* A free slot. */
static cell_error_t find_slot(unsigned *slot)
{
    while (first_free < slot_words && ~slots[first_free] == 0)
        first_free++;
    cell_error_t error = first_free == slot_words ? more_slots() : CELL_OK;

    if (error != CELL_OK)
        return error;
    unsigned bit = (unsigned)__builtin_ctzll(~slots[first_free]);

    slots[first_free] |= UINT64_C(1) << bit;
    *slot = (unsigned)first_free * CSPACE_REPLY_SLOTS + bit;
    return CELL_OK;
}

/* A client keeps one of the slots that it has had. */
static void free_slot(unsigned slot, struct server_client *client)
{
    size_t word = slot / CSPACE_REPLY_SLOTS;

    if (client != NULL && client->reply_slot == 0) {
        client->reply_slot = slot;
        return;
    }
    slots[word] &= ~(UINT64_C(1) << slot % CSPACE_REPLY_SLOTS);
    if (word < first_free)
        first_free = word;
}

void replies_client_gone(struct server_client *client)
{
    if (client->reply_slot != 0)
        free_slot(client->reply_slot, NULL);
}

/* `client`: that waits, or NULL. */
static cell_error_t save_caller(struct server_client *client, unsigned *slot)
{
    cell_error_t error = CELL_OK;

    if (client != NULL && client->reply_slot != 0) {
        *slot = client->reply_slot;
        client->reply_slot = 0;
    } else {
        error = find_slot(slot);
    }
    if (error == CELL_OK && seL4_CNode_SaveCaller(CSPACE_REPLY, *slot, (seL4_Uint8)slot_bits) != seL4_NoError) {
        free_slot(*slot, client);
        error = CELL_BUSY;
    }
    return error;
}

cell_error_t server_defer(struct server_request *request, struct server_reply *reply)
{
    struct server_client *client = request->handle == NULL ? NULL : request->handle->client;
    const struct server_source *source = request->source;

    if (source != NULL && source->kept != NULL) {
        *reply = *source->kept;
        *source->kept = (struct server_reply){0};
        request->deferred = true;
        return CELL_OK;
    }
    /* a guest's message is its monitor's own */
    cell_error_t error = client == NULL ? CELL_OK : server_charge(client);

    if (error != CELL_OK)
        return error;
    *reply = (struct server_reply){.slot = RING_SLOT, .client = client == NULL ? 0 : client->entry.id};
    if (source != NULL) {
        reply->ring = source->ring;
        reply->tag = source->tag;
        ring_owe(source->ring);
    } else {
        error = save_caller(client, &reply->slot);
    }
    request->deferred = error == CELL_OK;
    if (error == CELL_OK)
        return CELL_OK;
    *reply = (struct server_reply){0};
    if (client != NULL)
        server_discharge(client);
    return error;
}

void server_answer(struct server_reply *reply, cell_error_t error, const void *out, size_t bytes)
{
    if (reply->slot == 0)
        return;
    uint32_t words = error == CELL_OK ? (uint32_t)((bytes + 7) / 8) : 0;
    struct server_client *client = handles_client(reply->client);

    if (reply->ring != NULL) {
        ring_answer(reply->ring, reply->tag, error, out, words);
    } else {
        message_answer_saved(CSPACE_REPLY + reply->slot, error, out, words);
        /* Sending has used the capability up; if not, it goes now. */
        seL4_CNode_Delete(CSPACE_REPLY, reply->slot, (seL4_Uint8)slot_bits);
        free_slot(reply->slot, client);
    }
    if (client != NULL)
        server_discharge(client);
    *reply = (struct server_reply){0};
}

/* ---- One request ------------------------------------------------------------ */

/* The interface with a number among those of all types and the frame's own; NULL: none. */
static const struct idl_interface *find_interface(uint64_t number)
{
    if (number == bulk_interface->number)
        return bulk_interface;
    for (const struct server_type *const *type = server_running->types; *type != NULL; type++)
        if ((*type)->interface->number == number)
            return (*type)->interface;
    return NULL;
}

/* A handle that a request names is one that the client gave. */
static cell_error_t find_given(void *context, unsigned number, uint64_t where, struct idl_handle *found)
{
    static char type[IDL_ARGUMENTS][32];
    const struct server_request *request = context;
    const struct server_bulk *bulk = bulk_of(where, request->handle->client);
    uint64_t rights = 0;

    if (bulk != NULL) {
        *found = (struct idl_handle){IDL_RESOURCE, (uint8_t)bulk_rights(bulk), "MO"};
        return CELL_OK;
    }
    cell_error_t error = handle_given(where, request->handle->entry.id, &rights, type[number]);

    *found = (struct idl_handle){IDL_RESOURCE, (uint8_t)rights, type[number]};
    return error;
}

const struct idl_operation *request_operation(uint64_t label)
{
    const struct idl_interface *interface = find_interface(label >> 16);
    uint64_t number = label & 0xffff;

    return interface == NULL || number == 0 || number > interface->count ? NULL : &interface->operations[number - 1];
}

static inline cell_error_t run(struct server_request *request, uint64_t label, uint32_t length, const uint64_t *words,
                               uint64_t *out, uint32_t *out_words)
{
    const struct server_handle *handle = request->handle;
    const struct idl_interface *interface = handle->type->interface;

    if (interface->number != label >> 16)
        interface = find_interface(label >> 16);
    if (interface == NULL)
        return CELL_BAD_REQUEST;
    memory_payer(handle->client->entry.id);
    struct idl_target target = {
        .on = handle->object == SERVER_SPACE ? IDL_SPACE : IDL_RESOURCE,
        .rights = handle->rights,
        .type_matches = interface == bulk_interface || handle->type->interface == interface,
        .find = find_given,
    };
    cell_error_t error = idl_serve(interface, &target, (uint32_t)(label & 0xffff), length, words, request, out, out_words);

    return error == CELL_LATER && !request->deferred ? later_keep(request, label, length, words) : error;
}

cell_error_t request_run(struct server_request *request, uint64_t label, uint32_t length, const uint64_t *words,
                         uint64_t *out, uint32_t *out_words)
{
    return run(request, label, length, words, out, out_words);
}

/* Is it a guest's message? Then it is dealt with. */
static bool run_fault(struct server_request *request, uint32_t *length)
{
    uint64_t label = seL4_MessageInfo_get_label(message.info);

    return server_running->fault != NULL && label < CELL_FIRST_ERROR &&
           server_running->fault(request, message.badge, label, words_in, length);
}

/* Returns whether to answer. */
static bool run_request(void)
{
    struct server_request request = {0};
    uint32_t out_words = 0;
    uint32_t length = message_take(&message, words_in);

    memory_payer(0);
    if (run_fault(&request, &length)) {
        message_fill(&message, CELL_OK, words_in, length);
        return !request.deferred;
    }
    cell_error_t error = handles_find(message.badge, &request.handle);

    if (error == CELL_OK)
        error = run(&request, seL4_MessageInfo_get_label(message.info), length, words_in, words_out, &out_words);
    if (request.deferred)
        return false;
    message_fill(&message, error, words_out, out_words);
    return true;
}

/* ---- One signal --------------------------------------------------------------- */

static void run_signal(void)
{
    memory_payer(0);
    uint64_t own = message.badge & (SIGNAL_OWN | SIGNAL_WOKEN);

    if (own != 0 && server_running->notified != NULL)
        server_running->notified(own);
    rings_rung(message.badge == 0 ? SIGNAL_RING : message.badge & SIGNAL_RING);
    if (message.badge == 0 || (message.badge & SIGNAL_WORK) != 0)
        work_run();
}

/* ---- The loop ------------------------------------------------------------------ */

const struct server *server_running;

static cell_error_t begin(const struct server *server, int argc, char **argv)
{
    server_running = server;
    memory_start();
    cell_error_t error = spaces_start();

    if (error == CELL_OK && server->start != NULL)
        error = server->start(argc, argv);
    return error == CELL_OK ? cell_ready() : error;
}

int server_run(const struct server *server, int argc, char **argv)
{
    cell_error_t error = begin(server, argc, argv);
    bool answer = false;

    if (error != CELL_OK) {
        fprintf(stderr, "%s: cannot serve %s: %s\n", argv[0], server->types[0]->name, cell_error_text(error));
        return 1;
    }
    for (;;) {
        if ((rings_ready != NULL || work_is_unfinished()) && answer) {
            message_answer(&message);
            answer = false;
        }
        if (rings_ready != NULL)
            rings_turn();
        if (work_is_unfinished()) {
            work_go_on();
            seL4_Yield(); /* clients that are as urgent as the server can ask it now */
        }
        if (rings_ready != NULL || work_is_unfinished())
            message_poll(&message, CSPACE_ENDPOINT);
        else
            message_receive(&message, CSPACE_ENDPOINT, answer);
        answer = message.badge != 0 && (message.badge & SIGNAL_MARK) == 0;
        if (answer)
            answer = run_request();
        else
            run_signal();
    }
}
