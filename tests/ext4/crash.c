/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/ext4/crash.c: power cuts. A workload runs on a disk that remembers its writes. Then the disk is made as a cut at
 * each write would leave it: with all writes before it; and with a part of those since the last flush, in any order, one of
 * them torn at a multiple of 512 bytes. Such a disk must mount and hold what one of the operations left, not earlier than
 * the last sync before the cut; and what the library makes of it must be clean to e2fsck, and be the same as what e2fsck
 * makes of it by replaying the journal.
 *
 * Long, e2fsck judges every cut with all writes before it, and one of the eight with a part of them; else some. The library judges every
 * one in both.
 */
#include "tests/ext4/disk.h"
#include "tests/harness/unit.h"

#include <sys/wait.h>
#include <unistd.h>

#define OPERATIONS_MOST 2000u

/* The state after an operation. */
struct state {
    uint64_t tree; /* a hash */
    size_t writes; /* that had been made */
    bool synced;   /* it was a sync: all of it is on the disk */
};

static struct disk disk;
static uint8_t *original;
static struct state states[OPERATIONS_MOST];
static unsigned state_count;
static char folder[64];
static uint64_t chance_state = 88172645463325252u;

static uint32_t chance(uint32_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (uint32_t)(chance_state >> 20) % below;
}

static struct ext4 *mount(struct disk *on)
{
    const struct ext4_options options = {.cache_bytes = 4 << 20, .now = disk_clock, .report = disk_report};
    struct ext4 *fs = NULL;

    return ext4_mount(&on->device, &options, &fs) == CELL_OK ? fs : NULL;
}

/* ---- Trees ------------------------------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t hash, const void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ ((const uint8_t *)data)[i]) * 1099511628211u;
    return hash;
}

/* A read has failed, where a tree was hashed. */
static bool broken;

/* A hash of a file. Of one whose name begins with `o`, which is overwritten in place, without its contents. */
static uint64_t hash_file(struct ext4 *fs, uint32_t inode, bool contents)
{
    static uint8_t piece[65536];
    struct ext4_stat stat;
    uint64_t hash = 14695981039346656037u, done = 1;
    size_t length = sizeof piece;

    if (ext4_stat(fs, inode, &stat) != CELL_OK) {
        broken = true;
        return 0;
    }
    hash = mix(hash, &stat.mode, sizeof stat.mode);
    hash = mix(hash, &stat.links, sizeof stat.links);
    if ((stat.mode & 0xf000) == 0xa000) {
        broken |= ext4_read_link(fs, inode, (char *)piece, &length) != CELL_OK;
        return mix(hash, piece, length);
    }
    if ((stat.mode & 0xf000) != 0x8000)
        return hash;
    hash = mix(hash, &stat.size, sizeof stat.size);
    for (uint64_t at = 0; contents && done > 0; at += done) {
        broken |= ext4_read(fs, inode, at, piece, sizeof piece, &done) != CELL_OK;
        hash = mix(hash, piece, done);
    }
    return hash;
}

/* The sum of hashes of names and files, so that the order of entries does not matter. */
static uint64_t hash_tree(struct ext4 *fs, uint32_t directory, uint64_t above)
{
    struct ext4_entry_of entry;
    uint64_t sum = 0;

    for (uint64_t at = 0; ext4_list(fs, directory, at, &entry) == CELL_OK; at = entry.next) {
        struct ext4_entry_of this = entry;
        uint64_t name = mix(above, entry.name, entry.name_length);
        bool contents = entry.name[0] != 'o';

        if (entry.name[0] == '.')
            continue;
        sum += (name ^ hash_file(fs, this.inode, contents)) * 0x9e3779b97f4a7c15u;
        if (this.kind == 4)
            sum += hash_tree(fs, this.inode, name);
    }
    return sum;
}

/* ---- The workload -------------------------------------------------------------------------------------------------------------- */

static void note(struct ext4 *fs, bool synced)
{
    bool slow = disk.slow;

    CHECK(state_count < OPERATIONS_MOST);
    disk.slow = false;
    states[state_count++] = (struct state){hash_tree(fs, EXT4_ROOT, 7), disk.write_count, synced};
    disk.slow = slow;
}

/* The result of an operation, however often a slow disk makes it wait. */
#define RESULT(error, operation) \
    do                           \
        (error) = (operation);   \
    while ((error) == CELL_LATER)
#define SUCCEEDS(operation)           \
    do {                              \
        cell_error_t result;          \
                                      \
        RESULT(result, operation);    \
        CHECK_EQUAL(result, CELL_OK); \
    } while (0)

static uint32_t directories[4] = {EXT4_ROOT};

static void name_of(char *name, uint32_t number)
{
    sprintf(name, "%s-%u", number % 3 == 0 ? "file with a name that is a little longer" : "f", number);
}

static void write_some(struct ext4 *fs, uint32_t inode, uint64_t offset, uint64_t length)
{
    static uint8_t data[70000];
    uint64_t done;

    for (uint64_t i = 0; i < length; i++)
        data[i] = (uint8_t)chance(256);
    SUCCEEDS(ext4_write(fs, inode, offset, data, length, &done));
}

/* One operation, which may not apply. */
static cell_error_t operate(struct ext4 *fs)
{
    static const struct ext4_new file = {.mode = 0100644};
    char name[80], other[80];
    uint32_t from = directories[chance(4)], to = directories[chance(4)], inode, value;
    cell_error_t error;

    name_of(name, chance(12));
    name_of(other, chance(12));
    RESULT(error, ext4_lookup(fs, from, name, strlen(name), &inode));
    switch (chance(10)) {
    case 0:
    case 1:
    case 2:
        if (error == CELL_OK)
            return CELL_EXISTS;
        RESULT(error, ext4_create(fs, from, name, strlen(name), &file, &inode));
        if (error != CELL_OK)
            return error;
        note(fs, false);
        write_some(fs, inode, chance(3) * 5000, 1 + chance(chance(2) ? 60000 : 3000));
        return CELL_OK;
    case 3:
        RESULT(error, ext4_unlink(fs, from, name, strlen(name), false));
        return error;
    case 4:
    case 5:
        value = chance(3);
        RESULT(error, ext4_rename(fs, from, name, strlen(name), to, other, strlen(other), value));
        return error;
    case 6:
        if (error == CELL_OK)
            RESULT(error, ext4_link(fs, inode, to, other, strlen(other)));
        return error;
    case 7:
        value = 20 + chance(54);
        RESULT(error, ext4_symlink(fs, from, name, strlen(name),
                                   "a target that is longer than what an inode holds, so that it needs a block", value, &inode));
        return error;
    case 8:
        value = chance(50000);
        if (error == CELL_OK)
            RESULT(error, ext4_resize(fs, inode, value));
        return error == CELL_BAD_ARGUMENT ? CELL_NOT_FOUND : error;
    default:
        RESULT(error, ext4_lookup(fs, EXT4_ROOT, "over", 4, &inode));
        value = chance(40000);
        if (error == CELL_OK)
            write_some(fs, inode, value, 1 + chance(10000));
        RESULT(error, ext4_sync(fs));
        return error == CELL_OK ? CELL_AGAIN : CELL_IO;
    }
}

/* Blocks that were metadata, and are in the log as such, become data: no replay may write over it. */
static void reuse(struct ext4 *fs)
{
    static const struct ext4_new file = {.mode = 0100644};
    char target[90], name[8];
    uint32_t inode;

    memset(target, 't', sizeof target);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 3; i++) {
            sprintf(name, "l%u", i);
            if (round == 0)
                SUCCEEDS(ext4_symlink(fs, EXT4_ROOT, name, 2, target, sizeof target, &inode));
            else
                SUCCEEDS(ext4_unlink(fs, EXT4_ROOT, name, 2, false));
            note(fs, false);
        }
        SUCCEEDS(ext4_sync(fs));
        note(fs, true);
    }
    SUCCEEDS(ext4_create(fs, EXT4_ROOT, "reuse", 5, &file, &inode));
    note(fs, false);
    write_some(fs, inode, 0, 60000);
    note(fs, false);
    SUCCEEDS(ext4_sync(fs));
    note(fs, true);
}

static void work(unsigned operations, bool slow)
{
    static const struct ext4_new folder_mode = {.mode = 040755}, file = {.mode = 0100644};
    struct ext4 *fs = mount(&disk);
    uint32_t over;

    CHECK(fs != NULL);
    disk.slow = slow;
    note(fs, true);
    for (uint32_t i = 1; i < 4; i++) {
        char name[8];

        sprintf(name, "d%u", i);
        SUCCEEDS(ext4_create(fs, directories[i - 1], name, strlen(name), &folder_mode, &directories[i]));
        note(fs, false);
    }
    SUCCEEDS(ext4_create(fs, EXT4_ROOT, "over", 4, &file, &over));
    note(fs, false);
    write_some(fs, over, 0, 50000);
    note(fs, false);
    reuse(fs);
    for (unsigned i = 0; i < operations; i++) {
        cell_error_t error = operate(fs);

        CHECK(error != CELL_IO && error != CELL_CORRUPT && error != CELL_FULL);
        note(fs, error == CELL_AGAIN);
    }
    disk.slow = false;
    CHECK(!slow || disk.laters > operations / 5);
    CHECK_EQUAL(ext4_unmount(fs), CELL_OK);
}

/* ---- Cuts ------------------------------------------------------------------------------------------------------------------------ */

static int run(const char *command, const char *image)
{
    char line[256];

    snprintf(line, sizeof line, "%s %s/%s >%s/log 2>&1", command, folder, image, folder);
    int status = system(line);

    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void put(struct disk *cut, const struct disk_write *write, size_t from, size_t to)
{
    if (from < to)
        memcpy(cut->bytes + write->at + from, write->data + from, to - from);
}

/* The disk as it is when the first `count` writes were asked for. Of those since the last flush, with `torn`, a part has
 * been written, and one of them in part. */
static void make_cut(struct disk *cut, size_t count, bool torn)
{
    size_t flushed = count;

    memcpy(cut->bytes, original, disk.device.bytes);
    while (torn && flushed > 0 && disk.writes[flushed - 1].bytes > 0)
        flushed--;
    for (size_t i = 0; i < flushed; i++)
        put(cut, &disk.writes[i], 0, disk.writes[i].bytes);
    for (size_t left = torn ? (count - flushed) * 2 : 0; left > 0; left--) {
        const struct disk_write *write = &disk.writes[flushed + chance((uint32_t)(count - flushed))];
        size_t sectors = write->bytes / 512, from = 0, to = write->bytes;

        if (chance(3) == 0)
            continue;
        if (chance(2) == 0) {
            from = chance((uint32_t)sectors) * 512;
            to = from + (1 + chance((uint32_t)(sectors - from / 512))) * 512;
        }
        put(cut, write, from, to);
    }
}

/* Whether the tree is the state after an operation that this cut allows. */
static bool allowed(uint64_t tree, size_t count)
{
    for (unsigned i = state_count; i-- > 0;) {
        bool begun = i == 0 || states[i - 1].writes <= count;

        if (begun && states[i].tree == tree)
            return true;
        if (states[i].synced && states[i].writes <= count)
            break;
    }
    return false;
}

/* The disk after e2fsck's repair of the cut must be clean, and its tree the same. */
static void check_by_tool(struct disk *cut, uint64_t tree)
{
    struct disk replayed;

    CHECK(run("e2fsck -y -E journal_only", "cut.img") <= 1);
    CHECK_EQUAL(run("e2fsck -fn", "cut.img"), 0);
    CHECK_EQUAL(run("e2fsck -fn", "ours.img"), 0);
    char path[128];

    snprintf(path, sizeof path, "%s/cut.img", folder);
    disk_open(&replayed, path);
    struct ext4 *fs = mount(&replayed);

    CHECK(fs != NULL);
    CHECK_EQUAL(hash_tree(fs, EXT4_ROOT, 7), tree);
    ext4_abandon(fs);
    disk_close(&replayed);
    (void)cut;
}

static void check_cut(struct disk *cut, size_t count, bool torn, bool by_tool)
{
    char path[128];

    make_cut(cut, count, torn);
    snprintf(path, sizeof path, "%s/cut.img", folder);
    if (by_tool)
        disk_save(cut, path);
    struct ext4 *fs = mount(cut);

    CHECK(fs != NULL);
    uint64_t tree = hash_tree(fs, EXT4_ROOT, 7);

    CHECK(!broken);
    CHECK(allowed(tree, count));
    CHECK_EQUAL(ext4_unmount(fs), CELL_OK);
    snprintf(path, sizeof path, "%s/ours.img", folder);
    if (!by_tool)
        return;
    disk_save(cut, path);
    check_by_tool(cut, tree);
}

static void make_image(unsigned block_size)
{
    char line[256];

    snprintf(line, sizeof line, "mke2fs -q -F -t ext4 -b %u -J size=%u -N 256 %s/disk.img %s >/dev/null", block_size,
             block_size == 1024 ? 1 : 4, folder, block_size == 1024 ? "6M" : "12M");
    CHECK_EQUAL(system(line), 0);
    snprintf(line, sizeof line, "%s/disk.img", folder);
    disk_open(&disk, line);
    original = malloc(disk.device.bytes);
    memcpy(original, disk.bytes, disk.device.bytes);
    disk.recording = true;
}

static void cuts(unsigned block_size, bool slow)
{
    unsigned operations = unit_long() ? 300 : 150, torn = unit_long() ? 8 : 2, judged = unit_long() ? 1 : 80;
    struct disk cut;

    state_count = 0;
    make_image(block_size);
    work(operations, slow);
    cut = (struct disk){.device = disk.device};
    cut.bytes = malloc(disk.device.bytes);
    for (size_t count = 0; count <= disk.write_count; count++) {
        check_cut(&cut, count, false, count % judged == 0);
        for (unsigned i = 0; i < torn; i++)
            check_cut(&cut, count, true, unit_long() ? count % torn == i : count % judged == judged / 2);
    }
    free(cut.bytes);
    free(original);
    disk_close(&disk);
}

static void test_cuts_1024(void)
{
    cuts(1024, false);
}

static void test_cuts_4096(void)
{
    cuts(4096, false);
}

static void test_slow_1024(void)
{
    cuts(1024, true);
}

static void test_slow_4096(void)
{
    cuts(4096, true);
}

/* The checks must also find an error: a write is left out that a flush had promised. */
static void test_control(void)
{
    struct disk cut;
    unsigned bad = 0;

    state_count = 0;
    make_image(1024);
    work(60, false);
    cut = (struct disk){.device = disk.device};
    cut.bytes = malloc(disk.device.bytes);
    disk_quiet = true;
    for (unsigned i = 0; i < 40; i++) {
        struct disk_write *lost = &disk.writes[chance((uint32_t)disk.write_count)];
        size_t bytes = lost->bytes;

        lost->bytes = 0;
        make_cut(&cut, disk.write_count, false);
        lost->bytes = bytes;
        struct ext4 *fs = mount(&cut);

        broken = false;
        if (fs == NULL || hash_tree(fs, EXT4_ROOT, 7) != states[state_count - 1].tree || broken)
            bad++;
        if (fs != NULL)
            ext4_abandon(fs);
    }
    disk_quiet = broken = false;
    CHECK(bad > 0);
    free(cut.bytes);
    free(original);
    disk_close(&disk);
}

static const struct unit_test tests[] = {{"cuts_1024", test_cuts_1024},
                                         {"cuts_4096", test_cuts_4096},
                                         {"slow_1024", test_slow_1024},
                                         {"slow_4096", test_slow_4096},
                                         {"control", test_control}};

int main(int argc, char **argv)
{
    char path[4096];

    snprintf(path, sizeof path, "%s:/usr/sbin:/sbin", getenv("PATH"));
    setenv("PATH", path, 1);
    strcpy(folder, "/tmp/cellulos-crash-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 2;
    int status = UNIT_MAIN(tests, argc, argv);

    if (getenv("KEEP") == NULL) {
        snprintf(path, sizeof path, "rm -r %s", folder);
        status |= system(path) != 0;
    } else {
        printf("%s\n", folder);
    }
    return status;
}
