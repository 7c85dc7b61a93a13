/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/model/library.c: the model library as the root task uses it: built by calls, with an allocator of its own that
 * runs out at every possible moment, written through sinks that refuse. */
#include "model/core/check.h"
#include "model/core/csv.h"
#include "model/core/fields.h"
#include "model/core/graph.h"
#include "model/host/memory_host.h"
#include "model/core/radius.h"
#include "model/core/rsi.h"
#include "model/core/split.h"
#include "tests/harness/unit.h"

/* An allocator that gives `left` blocks and checks the sizes passed to it. */
struct purse {
    long left;
    size_t bytes;
};

static void *purse_resize(void *context, void *block, size_t bytes)
{
    struct purse *purse = context;
    size_t *head = block == NULL ? NULL : (size_t *)block - 2;
    size_t old_bytes = head == NULL ? 0 : *head;

    if (bytes == 0) {
        purse->bytes -= old_bytes;
        free(head);
        return NULL;
    }
    if (purse->left-- <= 0)
        return NULL;
    size_t *made = realloc(head, bytes + 2 * sizeof *made);
    if (made == NULL)
        abort();
    *made = bytes;
    purse->bytes += bytes - old_bytes;
    return made + 2;
}

#define T cm_text_of
#define TRY(call)                                                                                                      \
    if ((status = (call)) != CM_OK)                                                                                    \
    return status

static enum cm_status add_client(struct cm_graph *g, int n)
{
    enum cm_status status;
    char pd[32], ads[32], vmr[32], mo[32], cpu[32], extra[64];
    cm_node pd_node, ads_node, vmr_node, mo_node, cpu_node, root, mos;

    snprintf(pd, sizeof pd, "PD_%x", n);
    snprintf(ads, sizeof ads, "ADS_SPACE_%x", n + 10);
    TRY(cm_graph_add_pd(g, T(pd), T("client"), T(""), &pd_node));
    TRY(cm_graph_add_space(g, T(ads), T("ADS"), T("PD_0"), &ads_node));
    TRY(cm_graph_add_edge(g, CM_HOLD, pd_node, ads_node, CM_READ | CM_WRITE | CM_EXECUTE));
    TRY(cm_graph_refer(g, T("PD_0"), &root));
    TRY(cm_graph_refer(g, T("MO_SPACE_1"), &mos));
    for (int i = 0; i < 2; i++) {
        snprintf(vmr, sizeof vmr, "VMR_%x_%d", n + 10, i);
        snprintf(mo, sizeof mo, "MO_1_%x", i == 0 ? 0 : n);
        snprintf(cpu, sizeof cpu, "VCPU_2_%x.%d", n, i);
        snprintf(extra, sizeof extra, "0x%x000_HEAP_%d_12", i + 1, i + 1);
        TRY(cm_graph_add_resource(g, T(vmr), T("VMR"), T(extra), &vmr_node));
        TRY(cm_graph_refer(g, T(mo), &mo_node));
        if (cm_node_kind(g, mo_node) == CM_MISSING) {
            snprintf(extra, sizeof extra, "0x4%x00000_%d_12", n, i + 1);
            TRY(cm_graph_add_resource(g, T(mo), T("MO"), T(extra), NULL));
            TRY(cm_graph_add_edge(g, CM_SUBSET, mo_node, mos, 0));
        }
        TRY(cm_graph_add_edge(g, CM_SUBSET, vmr_node, ads_node, 0));
        TRY(cm_graph_add_edge(g, CM_MAP, vmr_node, mo_node, 0));
        TRY(cm_graph_add_resource(g, T(cpu), T("VCPU"), T(ads), &cpu_node));
        TRY(cm_graph_add_edge(g, CM_HOLD, pd_node, cpu_node, CM_EXECUTE));
    }
    return cm_graph_add_request(g, pd_node, root, T("MO"), mos);
}

/* Two clients of two threads each, that share an MO of one page; each has one of two pages of its own. */
static enum cm_status build(struct cm_graph *g)
{
    enum cm_status status;

    TRY(add_client(g, 1));
    TRY(add_client(g, 2));
    TRY(cm_graph_add_pd(g, T("PD_0"), T("root"), T(""), NULL));
    TRY(cm_graph_add_space(g, T("MO_SPACE_1"), T("MO"), T("PD_0"), NULL));
    return cm_graph_finish(g);
}

static enum cm_status no_offence(void *context, const struct cm_offence *offence)
{
    (void)context;
    (void)offence;
    return CM_OK;
}

static enum cm_status no_rsi(void *context, uint32_t i, uint32_t j, const struct cm_rsi_row *rows, uint32_t count)
{
    (void)i;
    (void)j;
    (void)rows;
    *(uint32_t *)context += count;
    return CM_OK;
}

static enum cm_status no_fr(void *context, uint32_t i, uint32_t j, const struct cm_fr *fr)
{
    (void)i;
    (void)j;
    *(uint32_t *)context += fr->found;
    return CM_OK;
}

static bool discard(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return true;
}

static enum cm_status ask_parts(struct cm_graph *g)
{
    enum cm_status status;
    struct cm_metric_options options = {0};
    struct cm_rsi rsi;
    struct cm_fr fr;
    struct cm_radius *radius;
    char line[64], buffer[16];
    uint32_t pds, sum = 0;
    const cm_node *nodes = cm_graph_pds(g, &pds);
    cm_node a = cm_graph_find(g, T("PD_1.0.0")), b = cm_graph_find(g, T("PD_2.1.0"));

    CHECK(a != CM_NONE && b != CM_NONE);
    TRY(cm_rsi(g, a, b, &options, &rsi));
    CHECK_EQUAL(rsi.count, 3);
    CHECK_EQUAL(cm_rsi_text(g, &rsi.rows[0], line, sizeof line), strlen("RSI MO 1/5 0.2000"));
    CHECK(strcmp(line, "RSI MO 1/5 0.2000") == 0);
    CHECK_EQUAL(cm_rsi_text(g, &rsi.rows[0], line, 8), strlen("RSI MO 1/5 0.2000"));
    CHECK(strcmp(line, "RSI MO ") == 0);
    cm_rsi_free(g, &rsi);
    TRY(cm_fr(g, a, b, &options, &fr));
    cm_fr_text(&fr, line);
    CHECK(strcmp(line, "FR 1") == 0);
    TRY(cm_rsi_matrix(g, nodes, pds, &options, no_rsi, &sum));
    TRY(cm_radius_create(g, &options, &radius));
    status = cm_radius_matrix(radius, nodes, pds, no_fr, &sum);
    cm_radius_destroy(radius);
    if (status != CM_OK)
        return status;
    struct cm_writer writer;
    cm_writer_start(&writer, (struct cm_sink){discard, NULL}, buffer, sizeof buffer);
    return cm_csv_graph(&writer, g, true);
}

static enum cm_status whole_story(struct purse *purse)
{
    struct cm_memory memory = {purse_resize, purse};
    struct cm_graph *g = NULL, *parts = NULL;
    enum cm_status status = cm_graph_create(&memory, &g);

    if (status == CM_OK)
        status = build(g);
    if (status == CM_OK)
        status = cm_check(g, no_offence, NULL);
    if (status == CM_OK)
        status = cm_split(g, &(struct cm_split_options){0}, &parts, NULL);
    if (status == CM_OK) {
        CHECK(parts != NULL);
        status = ask_parts(parts);
    }
    if (g != NULL)
        CHECK(cm_graph_bytes(g) > 0);
    cm_graph_destroy(parts);
    cm_graph_destroy(g);
    return status;
}

static void test_every_allocation_fails(void)
{
    long blocks = 0;

    for (;; blocks++) {
        struct purse purse = {.left = blocks};
        enum cm_status status = whole_story(&purse);

        CHECK_EQUAL(purse.bytes, 0);
        if (status == CM_OK)
            break;
        CHECK_EQUAL(status, CM_NO_MEMORY);
        CHECK(blocks < 10000);
    }
    CHECK(blocks > 100);
}

static struct cm_graph *made(void)
{
    struct cm_graph *g = NULL;

    CHECK_EQUAL(cm_graph_create(&cm_memory_libc, &g), CM_OK);
    return g;
}

static void test_refusals(void)
{
    struct cm_graph *g = made();
    cm_node pd, mo;

    CHECK_EQUAL(cm_graph_add_pd(g, T(""), T("x"), T(""), NULL), CM_BAD_TEXT);
    CHECK_EQUAL(cm_graph_add_pd(g, (struct cm_text){"a\0b", 3}, T("x"), T(""), NULL), CM_BAD_TEXT);
    CHECK_EQUAL(cm_graph_add_pd(g, T("PD_1"), (struct cm_text){"a\0b", 3}, T(""), NULL), CM_BAD_TEXT);
    CHECK_EQUAL(cm_graph_add_pd(g, T("PD_1"), T("x"), T(""), &pd), CM_OK);
    CHECK_EQUAL(cm_graph_add_resource(g, T("PD_1"), T("MO"), T(""), NULL), CM_DUPLICATE_ID);
    CHECK_EQUAL(cm_graph_add_resource(g, T("MO_1"), T("MO"), T(""), &mo), CM_OK);
    CHECK_EQUAL(cm_graph_nodes(g), 2);
    CHECK_EQUAL(cm_graph_add_edge(g, CM_HOLD, pd, 2, 0), CM_BAD_NODE);
    CHECK_EQUAL(cm_graph_add_edge(g, CM_REQUEST, pd, pd, 0), CM_BAD_NODE);
    CHECK_EQUAL(cm_graph_add_edge(g, CM_HOLD, pd, mo, 16), CM_BAD_NODE);
    CHECK_EQUAL(cm_graph_add_request(g, pd, pd, T("MO"), 7), CM_BAD_NODE);
    CHECK_EQUAL(cm_graph_edges(g), 0);
    struct cm_metric_options options = {0};
    struct cm_rsi rsi;
    CHECK_EQUAL(cm_rsi(g, pd, pd, &options, &rsi), CM_BAD_PHASE);
    CHECK_EQUAL(cm_check(g, no_offence, NULL), CM_BAD_PHASE);
    CHECK_EQUAL(cm_graph_finish(g), CM_OK);
    CHECK_EQUAL(cm_graph_finish(g), CM_BAD_PHASE);
    CHECK_EQUAL(cm_graph_add_pd(g, T("PD_2"), T("x"), T(""), NULL), CM_BAD_PHASE);
    CHECK_EQUAL(cm_graph_add_edge(g, CM_HOLD, pd, mo, 0), CM_BAD_PHASE);
    CHECK_EQUAL(cm_graph_add_request(g, pd, pd, T("MO"), CM_NONE), CM_BAD_PHASE);
    CHECK_EQUAL(cm_graph_refer(g, T("PD_3"), &pd), CM_BAD_PHASE);
    CHECK_EQUAL(cm_rsi(g, mo, mo, &options, &rsi), CM_BAD_NODE);
    struct cm_fr fr;
    CHECK_EQUAL(cm_fr(g, 0, mo, &options, &fr), CM_BAD_NODE);
    CHECK_EQUAL(cm_fr(g, 0, 99, &options, &fr), CM_BAD_NODE);
    CHECK(cm_graph_find(g, (struct cm_text){"PD_1\0", 5}) == CM_NONE);
    cm_graph_destroy(g);
}

/* Ids that are alike, among many, are kept apart. */
static void test_many_ids(void)
{
    struct cm_graph *g = made();
    char id[32];
    cm_node node;

    for (unsigned i = 0; i < 100000; i++) {
        snprintf(id, sizeof id, "%.*s%u", (int)(i % 20), "BLOCK_SPACE_BLOCK_SPACE", i);
        CHECK_EQUAL(cm_graph_add_resource(g, T(id), T(i % 2 ? "BLOCK" : "FILE"), T("x"), &node), CM_OK);
        CHECK_EQUAL(node, i);
    }
    CHECK_EQUAL(cm_graph_finish(g), CM_OK);
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(id, sizeof id, "%.*s%u", (int)(i % 20), "BLOCK_SPACE_BLOCK_SPACE", i);
        node = cm_graph_find(g, T(id));
        CHECK_EQUAL(node, i);
        CHECK(strcmp(cm_node_id(g, node), id) == 0 && strcmp(cm_node_extra(g, node), "x") == 0);
        CHECK(strcmp(cm_node_data(g, node), i % 2 ? "BLOCK" : "FILE") == 0);
    }
    CHECK(cm_graph_find(g, T("BLOCK_SPACE_")) == CM_NONE);
    cm_graph_destroy(g);
}

/* cm_ratio_text is printf's rounding. */
static void test_ratio(void)
{
    char got[7], wanted[64];
    uint64_t state = 1;

    for (int i = 0; i < 300000; i++) {
        uint64_t all, shared;

        if (i < 90000) {
            all = (uint64_t)(i / 300) + 1;
            shared = (uint64_t)(i % 300) % (all + 1);
        } else {
            state = state * 6364136223846793005u + 1442695040888963407u;
            all = (state >> (state & 63)) | 1;
            state = state * 6364136223846793005u + 1442695040888963407u;
            shared = state % all;
        }
        cm_ratio_text(shared, all, got);
        snprintf(wanted, sizeof wanted, "%.4f", (double)shared / (double)all);
        if (strcmp(got, wanted) != 0)
            printf("%ju/%ju: %s, not %s\n", (uintmax_t)shared, (uintmax_t)all, got, wanted);
        CHECK(strcmp(got, wanted) == 0);
    }
    for (uint64_t all = 1; all <= 20000; all += all < 1000 ? 1 : 997) { /* ties */
        cm_ratio_text(all / 2, all, got);
        snprintf(wanted, sizeof wanted, "%.4f", (double)(all / 2) / (double)all);
        CHECK(strcmp(got, wanted) == 0);
    }
    cm_ratio_text(0, 0, got);
    CHECK(strcmp(got, "0.0000") == 0);
}

static void check_name(const char *raw, size_t length, const char *expected)
{
    char out[64];

    CHECK_EQUAL(cm_name_escape((struct cm_text){raw, length}, out, sizeof out), strlen(expected));
    CHECK(strcmp(out, expected) == 0);
    CHECK(cm_name_fault(T(out)) == NULL);
}

static void test_names(void)
{
    check_name("plain", 5, "plain");
    check_name("a b,c\"d", 7, "a b,c\"d");
    check_name("5%", 2, "5%25");
    check_name("tab\there\n", 9, "tab%09here%0A");
    check_name("\x7f", 1, "%7F");
    check_name("\xc3\xa9", 2, "\xc3\xa9");
    check_name("\xc3", 1, "%C3");
    check_name("\xc2\x85", 2, "%C2%85");             /* a control character of two bytes */
    check_name("\xed\xa0\x80", 3, "%ED%A0%80");      /* a surrogate */
    check_name("\xc0\xaf", 2, "%C0%AF");             /* overlong */
    check_name("\xf4\x90\x80\x80", 4, "%F4%90%80%80"); /* beyond Unicode */
    check_name("\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80");
    check_name("NA", 2, "%4EA");
    check_name("null", 4, "%6Eull");
    check_name("", 0, "unnamed");
    char out[6];
    CHECK_EQUAL(cm_name_escape(T("ab%cd"), out, sizeof out), 7); /* cut at a whole character */
    CHECK(strcmp(out, "ab%25") == 0);
    CHECK_EQUAL(cm_name_escape(T("abcd%"), out, sizeof out), 7);
    CHECK(strcmp(out, "abcd") == 0);
    CHECK(cm_type_fault(T("KV2")) == NULL && cm_type_fault(T("K V")) != NULL && cm_type_fault(T("NaN")) != NULL);
}

static void test_extents(void)
{
    struct cm_extent e;

    CHECK_EQUAL(cm_field_mo(T("0x7fd39000_557_12"), &e), CM_FIELD_OK);
    CHECK(e.has_address && e.address == 0x7fd39000 && e.pages == 557 && e.page_bits == 12 && e.units == 557);
    CHECK_EQUAL(cm_field_mo(T("0010_3_21"), &e), CM_FIELD_OK);
    CHECK(e.address == 0x10 && e.units == 3 * 512);
    CHECK_EQUAL(cm_field_mo(T("0x1_3_10"), &e), CM_FIELD_OK);
    CHECK_EQUAL(e.units, 1); /* 3 KiB */
    CHECK_EQUAL(cm_field_mo(T("file:8_1:4:5_7_12"), &e), CM_FIELD_OK);
    CHECK(!e.has_address && e.named && e.units == 7);
    CHECK_EQUAL(cm_field_mo(T(""), &e), CM_FIELD_EMPTY);
    CHECK_EQUAL(cm_field_mo(T("0x_1_12"), &e), CM_FIELD_BAD);
    CHECK_EQUAL(cm_field_mo(T("0x1_-1_12"), &e), CM_FIELD_BAD);
    CHECK_EQUAL(cm_field_mo(T("0x1_1_64"), &e), CM_FIELD_BAD);
    CHECK_EQUAL(cm_field_mo(T("0x1_1099511627776_12"), &e), CM_FIELD_OK); /* 2^40 pages */
    CHECK_EQUAL(cm_field_mo(T("0x1_1099511627777_12"), &e), CM_FIELD_TOO_BIG);
    CHECK_EQUAL(cm_field_mo(T("0x10000000000000000_1_12"), &e), CM_FIELD_TOO_BIG);
    CHECK_EQUAL(cm_field_vmr(T("0x10001000_IPC_BUF_1_12"), &e), CM_FIELD_OK);
    CHECK(e.address == 0x10001000 && e.kind.length == 7 && memcmp(e.kind.at, "IPC_BUF", 7) == 0 && e.kind_known);
    CHECK_EQUAL(cm_field_vmr(T("ELF_DATA_2_12"), &e), CM_FIELD_OK);
    CHECK(!e.has_address && e.kind_known);
    CHECK_EQUAL(cm_field_vmr(T("0x1000_OTHER_THING_2_12"), &e), CM_FIELD_OK);
    CHECK(!e.kind_known && e.kind.length == 11 && e.address == 0x1000);
    CHECK_EQUAL(cm_field_vmr(T("2_12"), &e), CM_FIELD_BAD);
}

/* The text written, and a sink that takes only so many bytes. */
struct collected {
    char text[4096];
    size_t used, limit;
};

static bool collect(void *context, const char *bytes, size_t length)
{
    struct collected *c = context;

    if (c->used + length > c->limit)
        return false;
    memcpy(c->text + c->used, bytes, length);
    c->used += length;
    c->text[c->used] = 0;
    return true;
}

static void write_rows(struct cm_writer *writer)
{
    cm_csv_header(writer);
    cm_csv_pd(writer, "PD_1", "a, \"b\"", "partial");
    cm_csv_space(writer, "FILE_SPACE_2", "FILE", "PD_1");
    cm_csv_resource(writer, "FILE_2_1", "FILE", "line\nend");
    cm_csv_edge(writer, CM_HOLD, "PD_1", "FILE_2_1", CM_READ | CM_GRANT);
    cm_csv_edge(writer, CM_SUBSET, "FILE_2_1", "FILE_SPACE_2", 0);
    cm_csv_request(writer, "FILE", "PD_1", "PD_1", "FILE_SPACE_2");
}

static const char written[] = "NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA\n"
                              "PD,PD_1,\"a, \"\"b\"\"\",,,,partial\n"
                              "RESOURCE_SPACE,FILE_SPACE_2,FILE,,,,PD_1\n"
                              "RESOURCE,FILE_2_1,FILE,,,,\"line\nend\"\n"
                              ",,NONE,HOLD,PD_1,FILE_2_1,rg\n"
                              ",,NONE,SUBSET,FILE_2_1,FILE_SPACE_2,\n"
                              ",,FILE,REQUEST,PD_1,PD_1,FILE_SPACE_2\n";

/* The same text whatever the buffer, and an error that sticks when the sink is full. */
static void test_writer(void)
{
    char buffer[4096];

    for (size_t size = 1; size <= sizeof buffer; size += size < 20 ? 1 : 500) {
        struct collected c = {.limit = sizeof c.text - 1};
        struct cm_writer writer;

        cm_writer_start(&writer, (struct cm_sink){collect, &c}, buffer, size);
        write_rows(&writer);
        CHECK_EQUAL(cm_writer_end(&writer), CM_OK);
        CHECK(strcmp(c.text, written) == 0);
    }
    for (size_t limit = 0; limit < sizeof written - 1; limit += 17) {
        struct collected c = {.limit = limit};
        struct cm_writer writer;

        cm_writer_start(&writer, (struct cm_sink){collect, &c}, buffer, 16);
        write_rows(&writer);
        CHECK_EQUAL(cm_writer_end(&writer), CM_SINK_FAILED);
        CHECK(c.used <= limit && memcmp(c.text, written, c.used) == 0);
    }
}

/* The host's allocator keeps contents across all its ways of growing and shrinking. */
static void test_host_memory(void)
{
    static const size_t sizes[] = {100, 5000, 4 << 20, (4 << 20) + 5, 9 << 20, 40 << 20, 5 << 20, 300, 6 << 20};
    unsigned char *block = NULL;
    size_t old = 0;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *moved = cm_memory_host.resize(NULL, block, sizes[i]);
        CHECK(moved != NULL);
        for (size_t at = 0; at < old && at < sizes[i]; at += 997)
            CHECK(moved[at] == (unsigned char)(at * 7 + i - 1));
        for (size_t at = 0; at < sizes[i]; at += 997)
            moved[at] = (unsigned char)(at * 7 + i);
        block = moved;
        old = sizes[i];
    }
    CHECK(cm_memory_host.resize(NULL, block, SIZE_MAX - 5) == NULL);
    CHECK(block[0] == (unsigned char)(sizeof sizes / sizeof *sizes - 1));
    CHECK(cm_memory_host.resize(NULL, block, 0) == NULL);
}

static const struct unit_test tests[] = {
    {"every_allocation_fails", test_every_allocation_fails},
    {"refusals", test_refusals},
    {"many_ids", test_many_ids},
    {"ratio", test_ratio},
    {"names", test_names},
    {"extents", test_extents},
    {"writer", test_writer},
    {"host_memory", test_host_memory},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
