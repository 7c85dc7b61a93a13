/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/isolation-guest.c: what guests can really reach, for comparison with the model: the monitor of two guests, which try
 * (apps/inside/inside.S), one after the other, every page around all that is mapped in them and samples of all other addresses, the
 * registers of the level above theirs, and every place of a capability. Then all stay. Prints as apps/isolation.c, and
 *
 *   isolation: PD_7.0 gets above 2             so many accesses to those registers went well
 */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <cell/idl/template_server.h>
#include <cell/idl/vcpu.h>
#include <lib/client/spawn.h>
#include <lib/server/server.h>
#include <sel4/sel4.h>
#include <stdio.h>
#include <string.h>

#define PAGE UINT64_C(4096)
#define CODE UINT64_C(0x40000000) /* in a guest; its memory with what it runs */
#define READ_ONLY UINT64_C(0x40100000)
#define NOT_EXECUTED UINT64_C(0x40200000)
#define TABLE PAGE
#define RESULTS (16 * PAGE)
#define CODE_PAGES 32u
#define FEW_PAGES 4u
#define GUESTS 2u
#define PLACES 80u
#define NO_PLACE UINT64_MAX
#define MARK 9u /* the register that says that an access failed */
#define INSTRUCTION_RET 0xd65f03c0u

extern const char inside_begin[], inside_end[], inside_after_call[];

static struct guest {
    cell_cap_t pd;
    uint64_t id, badge;
    char *memory;
    struct server_reply waiting;
} guests[GUESTS];

/* ---- What a guest tries --------------------------------------------------- */

struct range {
    uint64_t start, end, step;
};

static const struct range ranges[] = {
    {CODE - 64 * PAGE, CODE + 768 * PAGE, PAGE},
    {0x8000000, 0x8030000, PAGE}, /* the interrupt controller */
    {0x9000000, 0x9010000, PAGE}, /* the serial port */
    {0xa000000, 0xa004000, PAGE}, /* devices */
    {0, PAGE << 20, PAGE << 9},   /* all memory there is, and its pages of 2 MiB */
    {PAGE << 20, PAGE << 28, PAGE << 18},
};

/* Beyond all memory: the first page and the last below each power of two. */
#define BITS_FROM 40u
#define BITS_TO 48u

static uint64_t *put_range(uint64_t *at, uint64_t start, uint64_t end, uint64_t step)
{
    *at++ = start;
    *at++ = end;
    *at++ = step;
    return at;
}

static void put_table(uint64_t *at)
{
    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++)
        at = put_range(at, ranges[i].start, ranges[i].end, ranges[i].step);
    for (unsigned bit = BITS_FROM; bit < BITS_TO; bit++)
        at = put_range(at, (UINT64_C(1) << bit) - PAGE, (UINT64_C(1) << bit) + PAGE, PAGE);
    at = put_range(at, 0, 0, 0);
    for (unsigned slot = 0; slot < CSPACE_PRIVATE; slot++)
        if (CSPACE_DIRECT(slot) != CSPACE_SELF)
            *at++ = CSPACE_DIRECT(slot);
    for (unsigned i = 0; i < PLACES; i++) {
        *at++ = CSPACE_AT(CSPACE_PRIVATE, i);
        *at++ = CSPACE_AT(CSPACE_COMMON, i);
    }
    *at = NO_PLACE;
}

/* ---- What it has reached ---------------------------------------------------- */

static void say_run(const struct guest *guest, uint64_t start, uint64_t pages, unsigned rights)
{
    char letters[CELL_RIGHTS_SIZE];

    if (pages == 0 || rights == 0)
        return;
    cell_rights_text(rights, letters);
    printf("isolation: PD_%lx.0 maps %lx %lu %s\n", (unsigned long)guest->id, (unsigned long)start, (unsigned long)pages, letters);
}

/* The runs of a range with the same rights; returns the results behind it. */
static const uint8_t *say_range(const struct guest *guest, const uint64_t *range, const uint8_t *results)
{
    uint64_t from = range[0], pages = 0;
    unsigned rights = 0;

    for (uint64_t at = range[0]; at < range[1]; at += range[2], results++, pages++)
        if (*results != rights || range[2] != PAGE) {
            say_run(guest, from, pages, rights);
            from = at;
            pages = 0;
            rights = *results;
        }
    say_run(guest, from, pages, rights);
    return results;
}

static void say(const struct guest *guest)
{
    const uint64_t *table = (const uint64_t *)(guest->memory + TABLE);
    const uint8_t *results = (const uint8_t *)guest->memory + RESULTS;

    for (; table[2] != 0; table += 3)
        results = say_range(guest, table, results);
    if (*results++ != 0)
        printf("isolation: PD_%lx.0 gets above %u\n", (unsigned long)guest->id, results[-1]);
    for (table += 3; *table != NO_PLACE; table++)
        if (*results++ != 0)
            printf("isolation: PD_%lx.0 gets an answer at %lx\n", (unsigned long)guest->id, (unsigned long)*table);
    printf("isolation: PD_%lx.0 done\n", (unsigned long)guest->id);
    fflush(stdout);
}

/* ---- Its messages -------------------------------------------------------------- */

/* What it has called cannot be executed: it goes on behind the call. The message is lost by that, and its answer goes nowhere. */
static void return_from_call(const struct guest *guest)
{
    uint64_t words[8] = {0};

    vcpu_stop(guest->pd, guest->id);
    vcpu_step(guest->pd, guest->id, 0, MARK, 1);
    vcpu_registers(guest->pd, guest->id, 0, &words[0], &words[1], &words[2], &words[3], &words[4], &words[5], &words[6], &words[7]);
    words[0] = CODE + (uint64_t)(inside_after_call - inside_begin);
    vcpu_set_registers(guest->pd, guest->id, 0, words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7]);
    vcpu_resume(guest->pd, guest->id);
}

static bool fault(struct server_request *request, uint64_t badge, uint64_t label, uint64_t *words, uint32_t *count)
{
    struct guest *guest = guests;

    while (guest < guests + GUESTS && guest->badge != badge)
        guest++;
    if (guest == guests + GUESTS)
        return false;
    *count = 0;
    if (label == seL4_Fault_UnknownSyscall) {
        say(guest);
        server_defer(request, &guest->waiting);
        if (++guest < guests + GUESTS)
            vcpu_start(guest->pd, guest->id, CODE, CODE + TABLE);
    } else if (label == seL4_Fault_VMFault && words[seL4_VMFault_PrefetchFault] != 0) {
        return_from_call(guest);
    } else {
        vcpu_step(guest->pd, guest->id, sizeof(uint32_t), MARK, 1);
    }
    return true;
}

/* ---- Making them ------------------------------------------------------------------ */

/* Memory with something to execute in each page; 0: there is none. */
static uint64_t make_memory(unsigned pages)
{
    uint64_t at = 0;
    cell_cap_t mo;

    if (mo_allocate(cell_rde("MO"), pages, 0, &mo) != CELL_OK ||
        ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE | CELL_EXECUTE, 0, &at) != CELL_OK)
        return 0;
    for (unsigned i = 1; i <= pages; i++)
        *(uint32_t *)(at + i * PAGE - sizeof(uint32_t)) = INSTRUCTION_RET;
    return at;
}

static cell_error_t make(struct guest *guest)
{
    const uint64_t memory = make_memory(CODE_PAGES), read_only = make_memory(FEW_PAGES), not_executed = make_memory(FEW_PAGES);
    struct spawn spawn;
    struct spawned made;

    if (memory == 0 || read_only == 0 || not_executed == 0)
        return CELL_NO_MEMORY;
    guest->memory = (char *)memory;
    memcpy(guest->memory, inside_begin, (size_t)(inside_end - inside_begin));
    put_table((uint64_t *)(memory + TABLE));
    spawn_begin(&spawn, "probed", "guest", "");
    spawn_line(&spawn, "region %#lx shared at=%#lx rights=rwx", (unsigned long)memory, (unsigned long)CODE);
    spawn_line(&spawn, "region %#lx shared at=%#lx rights=r", (unsigned long)read_only, (unsigned long)READ_ONLY);
    spawn_line(&spawn, "region %#lx shared at=%#lx rights=rw", (unsigned long)not_executed, (unsigned long)NOT_EXECUTED);
    cell_error_t error = spawn_run(&spawn, &made);

    if (error != CELL_OK) {
        printf("isolation: guest: %s\n", made.fault);
        return error;
    }
    guest->pd = made.pd;
    guest->id = made.id;
    return vcpu_badge(guest->pd, guest->id, &guest->badge);
}

static cell_error_t start(int argc, char **argv)
{
    cell_error_t error = CELL_OK;

    (void)argc;
    (void)argv;
    for (unsigned i = 0; i < GUESTS && error == CELL_OK; i++)
        error = make(&guests[i]);
    return error == CELL_OK ? vcpu_start(guests[0].pd, guests[0].id, CODE, CODE + TABLE) : error;
}

/* ---- A server has a type -------------------------------------------------------------- */

cell_error_t template_create_serve(void *request, const struct template_create_in *in, struct template_create_out *out)
{
    (void)request;
    (void)in;
    (void)out;
    return CELL_UNSUPPORTED;
}

cell_error_t template_put_serve(void *request, const struct template_put_in *in, struct template_put_out *out)
{
    (void)request;
    (void)in;
    (void)out;
    return CELL_UNSUPPORTED;
}

cell_error_t template_get_serve(void *request, const struct template_get_in *in, struct template_get_out *out)
{
    (void)request;
    (void)in;
    (void)out;
    return CELL_UNSUPPORTED;
}

int main(int argc, char **argv)
{
    static const struct server_type type = {.name = "MONITOR", .interface = &template_interface};
    static const struct server_type *const types[] = {&type, NULL};
    static const struct server server = {.types = types, .start = start, .fault = fault};

    return server_run(&server, argc, argv);
}
