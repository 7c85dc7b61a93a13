/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the Linux reader by themselves: cutting runs into pieces, compared with counting page by page; made-up
 * /proc files, with cases that a real machine rarely has. */
#include "../../model/core/graph.h"
#include "../../model/linux/authority.h"
#include "../../model/linux/memory_map.h"
#include "../../model/linux/pages.h"
#include "../../model/linux/seccomp.h"
#include "../harness/unit.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------------------ cutting */

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % limit;
}

/* Every page of every run lies in exactly one of its pieces; pieces do not overlap and begin or end where runs do. */
static void check_pieces(const struct lx_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        const struct lx_run *run = &runs->runs[i];
        uint64_t at = run->first;
        for (size_t p = run->piece; p < run->piece + run->piece_count; p++) {
            const struct lx_piece *piece = &runs->pieces[p];
            CHECK(piece->home == run->home && piece->a == run->a && piece->b == run->b);
            CHECK_EQUAL(piece->first, at);
            at += piece->count;
        }
        CHECK_EQUAL(at, run->first + run->count);
    }
    for (size_t p = 1; p < runs->piece_count; p++) {
        const struct lx_piece *last = &runs->pieces[p - 1];
        const struct lx_piece *piece = &runs->pieces[p];
        bool same_home = last->home == piece->home && last->a == piece->a && last->b == piece->b;
        CHECK(!same_home || last->first + last->count <= piece->first);
    }
}

static void test_cut(void)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct lx_runs runs = {0};
        random_state = seed;
        size_t count = (size_t)random_below(40);
        for (size_t i = 0; i < count; i++) {
            struct lx_run run = {.home = (enum lx_home)random_below(4),
                                 .a = random_below(2),
                                 .b = random_below(2),
                                 .first = random_below(50),
                                 .count = 1 + random_below(20),
                                 .owner = i};
            CHECK(lx_run_add(&runs, &run));
        }
        CHECK(lx_cut(&runs));
        check_pieces(&runs);
        lx_runs_free(&runs);
    }
}

/* Runs grow only where the mapping and the home go on together, and repeat only the same pages. */
static void test_merge(void)
{
    struct lx_runs runs = {0};
    const struct {
        uint64_t first, index;
        size_t owner, runs_after;
    } pages[] = {{10, 0, 0, 1}, {11, 1, 0, 1}, {12, 3, 0, 2}, {12, 4, 0, 2}, {13, 5, 0, 3}, {14, 6, 1, 4}};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct lx_run run = {.first = pages[i].first, .count = 1, .index = pages[i].index, .owner = pages[i].owner};
        CHECK(lx_run_add(&runs, &run));
        CHECK_EQUAL(runs.count, pages[i].runs_after);
    }
    lx_runs_free(&runs);
}

/* ------------------------------------------------------------------------------------------------ a made-up /proc */

static char proc[64];

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", proc, name);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fputs(text, file);
    fclose(file);
}

static void make_proc(void)
{
    char path[128];
    snprintf(proc, sizeof proc, "/tmp/cellulos-proc-XXXXXX");
    CHECK(mkdtemp(proc) != NULL);
    snprintf(path, sizeof path, "%s/7", proc);
    CHECK(mkdir(path, 0755) == 0);
    lx_proc = proc;
}

static void remove_proc(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", proc);
    CHECK(system(command) == 0);
    lx_proc = "/proc";
}

/* Only what has ended is gone: a folder where the file should be, and text that is none of the kernel's, are failures. */
static void test_failures(void)
{
    struct lx_process process;
    char path[128];
    make_proc();
    CHECK(lx_process_read(8, false, &process) == LX_GONE);
    lx_process_free(&process);
    snprintf(path, sizeof path, "%s/7/stat", proc);
    CHECK(mkdir(path, 0755) == 0);
    CHECK(lx_process_read(7, false, &process) == LX_FAILED);
    lx_process_free(&process);
    CHECK(rmdir(path) == 0);
    write_file("7/stat", "7 (sleep) S 1 7");
    CHECK(lx_process_read(7, false, &process) == LX_FAILED);
    lx_process_free(&process);
    write_file("7/stat", "7 (sleep) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 42 0");
    CHECK(lx_process_read(7, false, &process) == LX_GONE); /* it has no maps */
    lx_process_free(&process);
    snprintf(path, sizeof path, "%s/7/maps", proc);
    CHECK(mkdir(path, 0755) == 0);
    CHECK(lx_process_read(7, false, &process) == LX_FAILED);
    lx_process_free(&process);
    remove_proc();
}

static void test_mappings(void)
{
    struct lx_mapping *mappings;
    size_t count;
    make_proc();
    write_file("7/maps", "00400000-00401000 r-xp 00002000 fe:01 4294967297                 /tmp/a b (deleted)\n"
                         "7f0000000000-7f0000003000 -w-s 00000000 00:01 5 \n"
                         "rubbish\n"
                         "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n");
    CHECK_EQUAL(lx_mappings_read(7, &mappings, &count), LX_OK);
    CHECK_EQUAL(count, 3);
    CHECK(strcmp(mappings[0].path, "/tmp/a b (deleted)") == 0 && mappings[1].path[0] == '\0');
    CHECK(mappings[0].inode == UINT64_C(4294967297) && mappings[0].device == makedev(0xfe, 1));
    CHECK(mappings[0].offset == 0x2000 && mappings[0].read && !mappings[0].write && mappings[0].execute);
    CHECK(mappings[1].shared && mappings[1].write && !mappings[1].read && mappings[1].end == 0x7f0000003000);
    lx_mappings_free(mappings, count);
    write_file("7/maps", "");
    CHECK_EQUAL(lx_mappings_read(7, &mappings, &count), LX_KERNEL);
    CHECK_EQUAL(lx_mappings_read(8, &mappings, &count), LX_GONE);
    remove_proc();
}

static void test_memory_map(void)
{
    struct lx_memory_map map;
    make_proc();
    CHECK(lx_memory_map_read(&map) && map.count == 0 && !lx_memory_map_is_device(&map, 0x1000));
    write_file("iomem", "00001000-0009fbff : System RAM\n  00002000-00002fff : Kernel code\n"
                        "fe000000-fe0fffff : 0000:00:03.0\n100000000-13fffffff : System RAM\n");
    CHECK(lx_memory_map_read(&map));
    CHECK_EQUAL(map.count, 2);
    CHECK(!lx_memory_map_is_device(&map, 0x2000) && lx_memory_map_is_device(&map, 0xfe000000));
    CHECK(!lx_memory_map_is_device(&map, 0x13fffffff) && lx_memory_map_is_device(&map, 0x140000000));
    lx_memory_map_free(&map);
    /* Without the right to read them, addresses are zeros. */
    write_file("iomem", "00000000-00000000 : System RAM\n00000000-00000000 : 0000:00:03.0\n");
    CHECK(lx_memory_map_read(&map) && map.count == 0 && !lx_memory_map_is_device(&map, 0xfe000000));
    lx_memory_map_free(&map);
    remove_proc();
}

/* A kernel without page maps: mappings count whole, by file or process. */
static void test_no_page_map(void)
{
    struct lx_mapping mappings[] = {{.start = 0x400000, .end = 0x403000, .inode = 9, .read = true, .path = (char *)"/a"},
                                    {.start = 0x500000, .end = 0x502000, .write = true, .path = (char *)""},
                                    {.start = 0x600000, .end = 0x609000, .path = (char *)""}};
    struct lx_process process = {.id = 7, .reader = 7, .mappings = mappings, .mapping_count = 3};
    struct lx_runs runs = {0};
    make_proc();
    CHECK(lx_runs_add(&runs, &process, 0));
    CHECK(process.pages_denied && runs.hidden && runs.count == 2);
    CHECK(runs.runs[0].home == LX_FILE_PAGE && runs.runs[0].count == 3);
    CHECK(runs.runs[1].home == LX_PRIVATE_PAGE && runs.runs[1].count == 2 && runs.runs[1].a == 7);
    lx_runs_free(&runs);
    remove_proc();
}

/* Where two ways through a filter meet, a register that differs may be either. */
static void test_filter_ways(void)
{
    struct lx_calls calls;
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16), /* an argument */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 2),
        BPF_STMT(BPF_LD | BPF_IMM, 1),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        BPF_STMT(BPF_LD | BPF_IMM, 2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0x7fff0000), /* allow */
        BPF_STMT(BPF_RET | BPF_K, 0x00050001), /* an error */
    };
    for (uint32_t value = 1; value <= 2; value++) {
        memset(&calls, 0xff, sizeof calls);
        program[5].k = value;
        lx_filter_apply(program, sizeof program / sizeof program[0], &calls);
        CHECK(lx_calls_has(&calls, 0));
    }
}

/* Yama (Linux, admin-guide/LSM/Yama): under scope 1 only descendants, 2 only with CAP_SYS_PTRACE, 3 nobody is traced. Reading
 * and signals are unaffected. */
static void test_yama(void)
{
    struct lx_namespaces none = {0};
    struct lx_credentials plain = {.user = {7, 7, 7, 7}, .group = {7, 7, 7, 7}, .user_namespace = 1, .pid_namespace = 2, .dumpable = true};
    struct lx_credentials able = plain;
    able.permitted = able.effective = UINT64_C(1) << LX_CAP_SYS_PTRACE;
    const struct {
        unsigned scope;
        bool descends, plain_traces, able_traces;
    } rules[] = {{0, false, true, true},  {0, true, true, true},  {1, false, false, true},  {1, true, true, true},
                 {2, false, false, true}, {2, true, false, true}, {3, false, false, false}, {3, true, false, false}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        CHECK_EQUAL(lx_authority(&plain, &plain, rules[i].descends, &none, rules[i].scope),
                    CM_READ | CM_WRITE | (rules[i].plain_traces ? CM_EXECUTE : 0u));
        CHECK_EQUAL(lx_authority(&able, &plain, rules[i].descends, &none, rules[i].scope),
                    CM_READ | CM_WRITE | (rules[i].able_traces ? CM_EXECUTE : 0u));
    }
    make_proc();
    CHECK_EQUAL(lx_yama(), 0);
    char path[128];
    for (const char *const *part = (const char *const[]){"sys", "sys/kernel", "sys/kernel/yama", NULL}; *part != NULL; part++) {
        snprintf(path, sizeof path, "%s/%s", proc, *part);
        CHECK(mkdir(path, 0755) == 0);
    }
    write_file("sys/kernel/yama/ptrace_scope", "2\n");
    CHECK_EQUAL(lx_yama(), 2);
    remove_proc();
}

/* Control groups but the root one, and a task's label of a security module; a kernel that shows neither. */
static void test_memberships(void)
{
    struct lx_task task = {.id = 7};
    char path[128];
    make_proc();
    CHECK_EQUAL(lx_memberships_read(&task), LX_OK);
    CHECK_EQUAL(task.membership_count, 0);
    snprintf(path, sizeof path, "%s/7/attr", proc);
    CHECK(mkdir(path, 0755) == 0);
    write_file("7/attr/current", "/usr/bin/man (enforce)\n");
    write_file("7/cgroup", "3:cpu,cpuacct:/\n2:memory:/a/b\n0::/user.slice\n");
    CHECK_EQUAL(lx_memberships_read(&task), LX_OK);
    CHECK_EQUAL(task.membership_count, 3);
    const char *const expected[][2] = {{"CGROUP", "2:memory:/a/b"}, {"CGROUP", "0::/user.slice"}, {"LABEL", "/usr/bin/man (enforce)"}};
    for (size_t i = 0; i < task.membership_count; i++) {
        CHECK(strcmp(task.memberships[i].type, expected[i][0]) == 0 && strcmp(task.memberships[i].name, expected[i][1]) == 0);
        free(task.memberships[i].name);
    }
    free(task.memberships);
    remove_proc();
}

static const struct unit_test tests[] = {{"cut", test_cut},
                                         {"merge", test_merge},
                                         {"failures", test_failures},
                                         {"mappings", test_mappings},
                                         {"memory_map", test_memory_map},
                                         {"no_page_map", test_no_page_map},
                                         {"filter_ways", test_filter_ways},
                                         {"yama", test_yama},
                                         {"memberships", test_memberships}};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}
