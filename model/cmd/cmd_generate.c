/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cellmodel generate: a legal model of any size, the same for the same seed, shaped like the systems that CellulOS runs:
 * clients with an address space, code that they share with others of their kind, heap and stack of their own; file
 * servers for twenty clients each, whose files lie on the blocks of a block server; the root task below everything.
 * For benchmarks and tests.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "lib/words/words.h"

/* Edges per client come to about 5400. */
#define FILES 200
#define BLOCKS_PER_FILE 8
#define REGIONS 60
#define SHARED_REGIONS 4 /* of these, code that clients of a file server share */
#define CLIENTS_PER_SERVER 20
#define EDGES_PER_CLIENT 5400

struct generator {
    struct cm_writer *writer;
    uint64_t state;      /* of the random numbers */
    uint64_t mo_address; /* of the next MO */
    uint32_t clients, servers;
};

/* A linear congruential generator modulo 2^64 (multiplier of Knuth's MMIX, The Art of Computer Programming 2, 3.3.4). */
static uint32_t next_random(struct generator *g, uint32_t below)
{
    g->state = g->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((g->state >> 33) % below);
}

/* ------------------------------------------------------------------------------------------------------------ names */

/* A text good until the fourth call after. */
static const char *name(const char *format, uint32_t a, uint32_t b)
{
    static char texts[4][64];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    snprintf(text, sizeof texts[0], format, a, b);
    return text;
}

static const char *pd_name(uint32_t pd)
{
    return name("PD_%x", pd, 0);
}

/* PDs: 0 the root task, 1 the block server, then file servers, then clients. */
static uint32_t server_pd(uint32_t server)
{
    return 2 + server;
}

static uint32_t client_pd(const struct generator *g, uint32_t client)
{
    return 2 + g->servers + client;
}

static uint32_t server_of(uint32_t client)
{
    return client / CLIENTS_PER_SERVER;
}

/* Core spaces have the numbers 1 to 6, the block space 7, file spaces and address spaces follow by PD. */
enum { MO_SPACE = 1, VCPU_SPACE, PCPU_SPACE, EP_SPACE, PD_SPACE, RESSPC_SPACE, BLOCK_SPACE, FIRST_SPACE };

static uint32_t ads_of(uint32_t pd)
{
    return FIRST_SPACE + 2 * pd;
}

static uint32_t files_of(uint32_t server)
{
    return FIRST_SPACE + 2 * server_pd(server) + 1;
}

/* ------------------------------------------------------------------------------------------------------------ nodes */

static void pd_nodes(struct generator *g, uint32_t pd, const char *title)
{
    cm_csv_pd(g->writer, pd_name(pd), title, "");
    cm_csv_space(g->writer, name("ADS_SPACE_%x", ads_of(pd), 0), "ADS", "PD_0");
    cm_csv_resource(g->writer, name("VCPU_%x_%x", VCPU_SPACE, pd), "VCPU", name("ADS_SPACE_%x", ads_of(pd), 0));
}

static void region_nodes(struct generator *g, uint32_t pd)
{
    static const char *const words[] = {CELL_REGIONS(CELL_REGION_MODEL)};
    static const enum cell_region kinds[] = {CELL_REGION_ELF_CODE, CELL_REGION_ELF_DATA, CELL_REGION_HEAP,
                                             CELL_REGION_STACK, CELL_REGION_IPC_BUF, CELL_REGION_GENERIC};
    for (uint32_t r = 0; r < REGIONS; r++) {
        char extra[64];
        uint32_t pages = 1 + next_random(g, 64);
        snprintf(extra, sizeof extra, "0x%" PRIx64 "_%s_%u_12", (uint64_t)0x400000 + (uint64_t)r * 0x100000,
                 words[kinds[r < SHARED_REGIONS ? 0 : r % 6]], pages);
        cm_csv_resource(g->writer, name("VMR_%x_%x", ads_of(pd), r), "VMR", extra);
        snprintf(extra, sizeof extra, "0x%" PRIx64 "_%u_12", g->mo_address, pages);
        g->mo_address += (uint64_t)pages << 12;
        cm_csv_resource(g->writer, name("MO_%x_%x", MO_SPACE, pd * REGIONS + r), "MO", extra);
    }
}

static void file_nodes(struct generator *g, uint32_t client)
{
    for (uint32_t f = 0; f < FILES; f++) {
        uint32_t file = client * FILES + f;
        cm_csv_resource(g->writer, name("FILE_%x_%x", files_of(server_of(client)), file), "FILE",
                        name("/lib/%x.db", file, 0));
        for (uint32_t b = 0; b < BLOCKS_PER_FILE; b++) {
            cm_csv_resource(g->writer, name("BLOCK_%x_%x", BLOCK_SPACE, file * BLOCKS_PER_FILE + b), "BLOCK", "");
        }
    }
}

static void all_nodes(struct generator *g)
{
    static const char *const core[] = {NULL, "MO", "VCPU", "PCPU", "EP", "PD", "RESSPC"};
    pd_nodes(g, 0, "root");
    for (uint32_t s = MO_SPACE; s <= RESSPC_SPACE; s++) {
        char id[32];
        snprintf(id, sizeof id, "%s_SPACE_%x", core[s], s);
        cm_csv_space(g->writer, id, core[s], "PD_0");
    }
    cm_csv_resource(g->writer, name("PCPU_%x_0", PCPU_SPACE, 0), "PCPU", "");
    pd_nodes(g, 1, "block_server");
    cm_csv_space(g->writer, name("BLOCK_SPACE_%x", BLOCK_SPACE, 0), "BLOCK", "PD_1");
    for (uint32_t s = 0; s < g->servers; s++) {
        pd_nodes(g, server_pd(s), "file_server");
        cm_csv_space(g->writer, name("FILE_SPACE_%x", files_of(s), 0), "FILE", pd_name(server_pd(s)));
    }
    for (uint32_t c = 0; c < g->clients; c++) {
        pd_nodes(g, client_pd(g, c), "client");
    }
    for (uint32_t pd = 0; pd < 2 + g->servers + g->clients; pd++) {
        region_nodes(g, pd);
    }
    for (uint32_t c = 0; c < g->clients; c++) {
        file_nodes(g, c);
    }
}

/* ------------------------------------------------------------------------------------------------------------ edges */

static void edge(struct generator *g, enum cm_edge_type type, const char *from, const char *to, unsigned rights)
{
    cm_csv_edge(g->writer, type, from, to, rights);
}

static void request(struct generator *g, const char *type, const char *from, const char *to, const char *space)
{
    cm_csv_request(g->writer, type, from, to, space);
}

static void pd_edges(struct generator *g, uint32_t pd)
{
    const unsigned here = CM_READ | CM_WRITE | CM_EXECUTE;
    edge(g, CM_HOLD, pd_name(pd), name("ADS_SPACE_%x", ads_of(pd), 0), here);
    edge(g, CM_MAP, name("ADS_SPACE_%x", ads_of(pd), 0), "MO_SPACE_1", 0);
    edge(g, CM_SUBSET, name("VCPU_%x_%x", VCPU_SPACE, pd), "VCPU_SPACE_2", 0);
    edge(g, CM_HOLD, pd_name(pd), name("VCPU_%x_%x", VCPU_SPACE, pd), here);
    edge(g, CM_MAP, name("VCPU_%x_%x", VCPU_SPACE, pd), name("PCPU_%x_0", PCPU_SPACE, 0), 0);
    if (pd > 0) {
        request(g, "VMR", pd_name(pd), "PD_0", name("ADS_SPACE_%x", ads_of(pd), 0));
        request(g, "MO", pd_name(pd), "PD_0", "MO_SPACE_1");
        request(g, "EP", pd_name(pd), "PD_0", "EP_SPACE_4");
    }
}

/* The MO behind a region: code regions of a client are those of the first client of its file server. */
static uint32_t mo_behind(const struct generator *g, uint32_t pd, uint32_t region)
{
    uint32_t owner = pd;
    if (region < SHARED_REGIONS && pd >= client_pd(g, 0)) {
        owner = client_pd(g, server_of(pd - client_pd(g, 0)) * CLIENTS_PER_SERVER);
    }
    return owner * REGIONS + region;
}

static void region_edges(struct generator *g, uint32_t pd)
{
    for (uint32_t r = 0; r < REGIONS; r++) {
        edge(g, CM_SUBSET, name("VMR_%x_%x", ads_of(pd), r), name("ADS_SPACE_%x", ads_of(pd), 0), 0);
        edge(g, CM_MAP, name("VMR_%x_%x", ads_of(pd), r), name("MO_%x_%x", MO_SPACE, mo_behind(g, pd, r)),
             r < SHARED_REGIONS ? CM_READ | CM_EXECUTE : CM_READ | CM_WRITE);
        edge(g, CM_SUBSET, name("MO_%x_%x", MO_SPACE, pd * REGIONS + r), "MO_SPACE_1", 0);
        if (r % 3 == 0) {
            edge(g, CM_HOLD, pd_name(pd), name("MO_%x_%x", MO_SPACE, pd * REGIONS + r), CM_READ | CM_WRITE | CM_GRANT);
        }
    }
}

static void file_edges(struct generator *g, uint32_t client)
{
    uint32_t server = server_of(client);
    for (uint32_t f = 0; f < FILES; f++) {
        uint32_t file = client * FILES + f;
        const char *id = name("FILE_%x_%x", files_of(server), file);
        edge(g, CM_SUBSET, id, name("FILE_SPACE_%x", files_of(server), 0), 0);
        edge(g, CM_HOLD, pd_name(client_pd(g, client)), name("FILE_%x_%x", files_of(server), file),
             CM_READ | CM_WRITE);
        for (uint32_t b = 0; b < BLOCKS_PER_FILE; b++) {
            uint32_t block = file * BLOCKS_PER_FILE + b;
            edge(g, CM_SUBSET, name("BLOCK_%x_%x", BLOCK_SPACE, block), "BLOCK_SPACE_7", 0);
            edge(g, CM_HOLD, pd_name(server_pd(server)), name("BLOCK_%x_%x", BLOCK_SPACE, block),
                 CM_READ | CM_WRITE);
            edge(g, CM_MAP, name("FILE_%x_%x", files_of(server), file), name("BLOCK_%x_%x", BLOCK_SPACE, block), 0);
        }
    }
}

/* A tenth of the clients also have a file of another client open. */
static void shared_files(struct generator *g, uint32_t client)
{
    uint32_t other = server_of(client) * CLIENTS_PER_SERVER + next_random(g, CLIENTS_PER_SERVER);
    if (other >= g->clients || other == client || next_random(g, 10) != 0) {
        return;
    }
    uint32_t file = other * FILES + next_random(g, FILES);
    edge(g, CM_HOLD, pd_name(client_pd(g, client)), name("FILE_%x_%x", files_of(server_of(client)), file), CM_READ);
}

static void all_edges(struct generator *g)
{
    for (uint32_t pd = 0; pd < 2 + g->servers + g->clients; pd++) {
        pd_edges(g, pd);
        region_edges(g, pd);
    }
    edge(g, CM_SUBSET, name("PCPU_%x_0", PCPU_SPACE, 0), "PCPU_SPACE_3", 0);
    for (uint32_t s = 0; s < g->servers; s++) {
        edge(g, CM_MAP, name("FILE_SPACE_%x", files_of(s), 0), "BLOCK_SPACE_7", 0);
        request(g, "BLOCK", pd_name(server_pd(s)), "PD_1", "BLOCK_SPACE_7");
        request(g, "RESSPC", pd_name(server_pd(s)), "PD_0", "");
    }
    for (uint32_t c = 0; c < g->clients; c++) {
        request(g, "FILE", pd_name(client_pd(g, c)), pd_name(server_pd(server_of(c))),
                name("FILE_SPACE_%x", files_of(server_of(c)), 0));
        file_edges(g, c);
        shared_files(g, c);
    }
}

/* -------------------------------------------------------------------------------------------------------------- run */

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    uint32_t edges = 10000, seed = 1;
    const struct cm_option table[] = {
        {"--edges", CM_NUMBER, &edges}, {"--seed", CM_NUMBER, &seed}, {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 0, 0) < 0) {
        return CM_EXIT_USAGE;
    }
    struct generator g = {.writer = cm_output(stdout), .state = seed, .mo_address = 0x40000000};
    g.clients = edges / EDGES_PER_CLIENT + 1;
    g.servers = (g.clients + CLIENTS_PER_SERVER - 1) / CLIENTS_PER_SERVER;
    cm_csv_header(g.writer);
    all_nodes(&g);
    all_edges(&g);
    return cm_output_end(g.writer);
}

const struct cm_command cm_command_generate = {
    "generate", "[--edges N] [--seed N]", "writes a made-up system of about N edges, for benchmarks",
    "Clients of file servers on one block server; the same numbers give the same model.\n", run};
