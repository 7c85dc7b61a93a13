/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/ext4/exercise.c: random operations on a few files, and the same on plain memory; both must always agree. With a small
 * cache, so that blocks come and go; the image is judged by e2fsck at the end. A slow disk makes operations wait while others are made.
 */
#include "tests/ext4/disk.h"
#include "tests/harness/unit.h"

#include <unistd.h>

#define FILES 6u
#define SIZE_MOST 400000u

/* The contents that a file should have. */
struct file {
    uint32_t inode; /* 0: there is none */
    uint64_t size;
    uint8_t bytes[SIZE_MOST];
};

static struct file files[FILES];
static uint8_t data[SIZE_MOST];
static uint64_t chance_state;
static bool waits;              /* an operation does */
static uint32_t busy, busy_too; /* the files that it changes */

static uint32_t chance(uint32_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (uint32_t)(chance_state >> 20) % below;
}

/* Often at the edge of a block. */
static uint32_t some_offset(void)
{
    uint32_t offset = chance(SIZE_MOST);

    return chance(3) == 0 ? offset & ~0xfffu : offset;
}

static uint32_t some_length(uint32_t offset)
{
    uint32_t length = 1 + chance(chance(4) == 0 ? 100000 : 6000);

    return length > SIZE_MOST - offset ? SIZE_MOST - offset : length;
}

static void meanwhile(struct ext4 *fs);

/* An operation succeeds, at last. */
#define SUCCEEDS(operation)                          \
    do {                                             \
        cell_error_t result;                         \
                                                     \
        while ((result = (operation)) == CELL_LATER) \
            meanwhile(fs);                           \
        CHECK_EQUAL(result, CELL_OK);                \
    } while (0)

static void name_of(uint32_t number, char *name)
{
    sprintf(name, "f%u", number);
}

static void make_file(struct ext4 *fs, uint32_t number)
{
    static const struct ext4_new new = {.mode = 0100644};
    struct file *file = &files[number];
    char name[16];

    name_of(number, name);
    SUCCEEDS(ext4_create(fs, EXT4_ROOT, name, strlen(name), &new, &file->inode));
    file->size = 0;
    memset(file->bytes, 0, sizeof file->bytes);
}

static void write_file(struct ext4 *fs, struct file *file)
{
    uint32_t offset = some_offset(), length = some_length(offset);
    uint8_t *bytes = malloc(length);
    uint64_t done, before = 0;
    cell_error_t error;

    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(1 + chance(255));
    memcpy(file->bytes + offset, bytes, length);
    while ((error = ext4_write(fs, file->inode, offset + before, bytes + before, length - before, &done)) == CELL_LATER) {
        before += done;
        meanwhile(fs);
    }
    CHECK_EQUAL(error, CELL_OK);
    CHECK_EQUAL(before + done, length);
    if (offset + length > file->size && length > 0)
        file->size = offset + length;
    free(bytes);
}

static void read_file(struct ext4 *fs, const struct file *file)
{
    uint32_t offset = some_offset();
    uint64_t length = some_length(offset), done, right = offset >= file->size ? 0 : file->size - offset;

    if (right > length)
        right = length;
    SUCCEEDS(ext4_read(fs, file->inode, offset, data, length, &done));
    CHECK_EQUAL(done, right);
    CHECK(memcmp(data, file->bytes + offset, right) == 0);
}

static void resize_file(struct ext4 *fs, struct file *file)
{
    uint64_t size = some_offset();

    SUCCEEDS(ext4_resize(fs, file->inode, size));
    if (size < file->size)
        memset(file->bytes + size, 0, file->size - size);
    file->size = size;
}

static void punch_file(struct ext4 *fs, struct file *file)
{
    uint32_t offset = some_offset(), length = some_length(offset);

    if (length == 0)
        return;
    SUCCEEDS(ext4_punch(fs, file->inode, offset, length));
    memset(file->bytes + offset, 0, length);
}

static void allocate_file(struct ext4 *fs, struct file *file)
{
    uint32_t offset = some_offset(), length = some_length(offset);
    bool keep = chance(2) == 0;

    if (length == 0)
        return;
    SUCCEEDS(ext4_allocate(fs, file->inode, offset, length, keep));
    if (!keep && offset + length > file->size)
        file->size = offset + length;
}

/* Gives it the name of another file, which is removed; or removes it. */
static void rename_file(struct ext4 *fs, uint32_t number)
{
    uint32_t other = chance(FILES);
    char name[16], new_name[16];

    busy_too = other;
    name_of(number, name);
    name_of(other, new_name);
    if (chance(2) == 0) {
        SUCCEEDS(ext4_unlink(fs, EXT4_ROOT, name, strlen(name), false));
        files[number].inode = 0;
        return;
    }
    SUCCEEDS(ext4_rename(fs, EXT4_ROOT, name, strlen(name), EXT4_ROOT, new_name, strlen(new_name), 0));
    if (other == number)
        return;
    files[other] = files[number];
    files[number].inode = 0;
}

static void check_sizes(struct ext4 *fs)
{
    for (uint32_t i = 0; i < FILES; i++) {
        struct ext4_stat stat;

        if (files[i].inode == 0)
            continue;
        SUCCEEDS(ext4_stat(fs, files[i].inode, &stat));
        CHECK_EQUAL(stat.size, files[i].size);
    }
}

/* Another file is used while an operation waits. */
static void meanwhile(struct ext4 *fs)
{
    uint32_t number = chance(FILES);

    if (waits || number == busy || number == busy_too || files[number].inode == 0)
        return;
    waits = true;
    if (chance(2) == 0)
        read_file(fs, &files[number]);
    else
        write_file(fs, &files[number]);
    waits = false;
}

static void operate(struct ext4 *fs)
{
    uint32_t number = chance(FILES), what = chance(20);

    busy = busy_too = number;
    if (files[number].inode == 0)
        make_file(fs, number);
    else if (what < 6)
        write_file(fs, &files[number]);
    else if (what < 13)
        read_file(fs, &files[number]);
    else if (what < 15)
        resize_file(fs, &files[number]);
    else if (what < 17)
        punch_file(fs, &files[number]);
    else if (what < 18)
        allocate_file(fs, &files[number]);
    else if (what < 19)
        rename_file(fs, number);
    else
        SUCCEEDS(ext4_sync(fs));
}

static const struct ext4_options options = {.cache_bytes = 1 << 20, .now = disk_clock, .report = disk_report};

/* A new file system on a disk in memory; its folder is the caller's to remove, by close_disk(). */
static struct ext4 *open_disk(struct disk *disk, unsigned block_size, char *folder)
{
    char line[256];
    struct ext4 *fs;

    memset(files, 0, sizeof files);
    CHECK(mkdtemp(folder) != NULL);
    snprintf(line, sizeof line, "mke2fs -q -F -t ext4 -b %u -J size=%u %s/disk.img 16M >/dev/null", block_size, block_size / 1024, folder);
    CHECK_EQUAL(system(line), 0);
    snprintf(line, sizeof line, "%s/disk.img", folder);
    disk_open(disk, line);
    CHECK_EQUAL(ext4_mount(&disk->device, &options, &fs), CELL_OK);
    return fs;
}

/* Unmounts, and has e2fsck judge the disk. */
static void close_disk(struct disk *disk, struct ext4 *fs, const char *folder)
{
    char line[256];

    disk->slow = false;
    CHECK_EQUAL(ext4_unmount(fs), CELL_OK);
    snprintf(line, sizeof line, "%s/disk.img", folder);
    disk_save(disk, line);
    disk_close(disk);
    snprintf(line, sizeof line, "e2fsck -fn %s/disk.img >%s/log 2>&1 || { cat %s/log; false; }", folder, folder, folder);
    CHECK_EQUAL(system(line), 0);
    snprintf(line, sizeof line, "rm -r %s", folder);
    CHECK_EQUAL(system(line), 0);
}

static void exercise(unsigned block_size, bool slow)
{
    unsigned operations = unit_long() ? 1000000 : 5000;
    char folder[] = "/tmp/cellulos-exercise-XXXXXX";
    struct disk disk;
    struct ext4 *fs = open_disk(&disk, block_size, folder);

    chance_state = 88172645463325252u + block_size;
    disk.slow = slow;
    for (unsigned i = 0; i < operations; i++) {
        operate(fs);
        if (i % 100 == 0)
            check_sizes(fs);
        if (i % 1500 == 1499) {
            disk.slow = false;
            CHECK_EQUAL(ext4_unmount(fs), CELL_OK);
            CHECK_EQUAL(ext4_mount(&disk.device, &options, &fs), CELL_OK);
            disk.slow = slow;
        }
    }
    CHECK(!slow || disk.laters > operations / 10);
    close_disk(&disk, fs, folder);
}

/* Makes a file in 120 pieces, of which nothing is in memory. */
static uint32_t make_pieces(struct disk *disk, struct ext4 **fs_of)
{
    static const uint8_t block[4096] = {'x'};
    struct ext4 *fs = *fs_of;
    uint64_t done;

    make_file(fs, 0);
    for (uint32_t i = 0; i < 120; i++)
        SUCCEEDS(ext4_write(fs, files[0].inode, 8192 * i, block, sizeof block, &done));
    CHECK_EQUAL(ext4_unmount(fs), CELL_OK);
    CHECK_EQUAL(ext4_mount(&disk->device, &options, fs_of), CELL_OK);
    return files[0].inode;
}

/* A file is cut, or loses its name, while the disk lets nothing be read: that is done later, and before the file grows again. */
static void test_later(void)
{
    char folder[] = "/tmp/cellulos-exercise-XXXXXX";
    uint8_t block[4096];
    struct disk disk;
    struct ext4 *fs = open_disk(&disk, 4096, folder);
    struct ext4_statfs before, after;
    struct ext4_stat stat;
    uint64_t done;

    ext4_statfs(fs, &before);
    uint32_t inode = make_pieces(&disk, &fs);

    files[0].inode = 0; /* nothing is done with it meanwhile */
    disk.slow = true;
    SUCCEEDS(ext4_stat(fs, inode, &stat));
    disk.stuck = true;
    CHECK_EQUAL(ext4_resize(fs, inode, 4096), CELL_OK);
    CHECK_EQUAL(ext4_go_on(fs), CELL_LATER);
    CHECK_EQUAL(ext4_write(fs, inode, 100 * 4096, "y", 1, &done), CELL_LATER);
    disk.stuck = false;
    SUCCEEDS(ext4_write(fs, inode, 100 * 4096, "y", 1, &done));
    SUCCEEDS(ext4_read(fs, inode, 8 * 4096, block, sizeof block, &done));
    for (unsigned i = 0; i < sizeof block; i++)
        CHECK_EQUAL(block[i], 0);
    SUCCEEDS(ext4_unlink(fs, EXT4_ROOT, "f0", 2, false));
    while (ext4_go_on(fs) == CELL_LATER)
        ;
    SUCCEEDS(ext4_sync(fs));
    ext4_statfs(fs, &after);
    CHECK_EQUAL(after.free_blocks, before.free_blocks);
    CHECK_EQUAL(after.free_files, before.free_files);
    close_disk(&disk, fs, folder);
}

static void test_1024(void)
{
    exercise(1024, false);
}

static void test_slow_1024(void)
{
    exercise(1024, true);
}

static void test_2048(void)
{
    exercise(2048, false);
}

static void test_slow_2048(void)
{
    exercise(2048, true);
}

static void test_4096(void)
{
    exercise(4096, false);
}

static void test_slow_4096(void)
{
    exercise(4096, true);
}

static const struct unit_test tests[] = {{"blocks_of_1024", test_1024}, {"slow_1024", test_slow_1024}, {"blocks_of_2048", test_2048},
                                         {"slow_2048", test_slow_2048}, {"blocks_of_4096", test_4096}, {"slow_4096", test_slow_4096},
                                         {"later", test_later}};

int main(int argc, char **argv)
{
    char path[4096];

    snprintf(path, sizeof path, "%s:/usr/sbin:/sbin", getenv("PATH"));
    setenv("PATH", path, 1);
    return UNIT_MAIN(tests, argc, argv);
}
