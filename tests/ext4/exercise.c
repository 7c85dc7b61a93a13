/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/ext4/exercise.c: random operations on a few files, and the same on plain memory; both must always agree. With a small
 * cache, so that blocks come and go; the image is judged by e2fsck at the end.
 */
#include "tests/ext4/disk.h"
#include "tests/harness/unit.h"

#include <unistd.h>

#define FILES 6u
#define SIZE_MOST 400000u

/* What a file should hold. */
struct file {
    uint32_t inode; /* 0: there is none */
    uint64_t size;
    uint8_t bytes[SIZE_MOST];
};

static struct file files[FILES];
static uint8_t data[SIZE_MOST];
static uint64_t chance_state;

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
    CHECK_EQUAL(ext4_create(fs, EXT4_ROOT, name, strlen(name), &new, &file->inode), CELL_OK);
    file->size = 0;
    memset(file->bytes, 0, sizeof file->bytes);
}

static void write_file(struct ext4 *fs, struct file *file)
{
    uint32_t offset = some_offset(), length = some_length(offset);
    uint64_t done;

    if (length == 0)
        return;
    for (uint32_t i = 0; i < length; i++)
        data[i] = (uint8_t)(1 + chance(255));
    CHECK_EQUAL(ext4_write(fs, file->inode, offset, data, length, &done), CELL_OK);
    CHECK_EQUAL(done, length);
    memcpy(file->bytes + offset, data, length);
    if (offset + length > file->size)
        file->size = offset + length;
}

static void read_file(struct ext4 *fs, const struct file *file)
{
    uint32_t offset = some_offset();
    uint64_t length = some_length(offset), done, right = offset >= file->size ? 0 : file->size - offset;

    if (right > length)
        right = length;
    CHECK_EQUAL(ext4_read(fs, file->inode, offset, data, length, &done), CELL_OK);
    CHECK_EQUAL(done, right);
    CHECK(memcmp(data, file->bytes + offset, right) == 0);
}

static void resize_file(struct ext4 *fs, struct file *file)
{
    uint64_t size = some_offset();

    CHECK_EQUAL(ext4_resize(fs, file->inode, size), CELL_OK);
    if (size < file->size)
        memset(file->bytes + size, 0, file->size - size);
    file->size = size;
}

static void punch_file(struct ext4 *fs, struct file *file)
{
    uint32_t offset = some_offset(), length = some_length(offset);

    if (length == 0)
        return;
    CHECK_EQUAL(ext4_punch(fs, file->inode, offset, length), CELL_OK);
    memset(file->bytes + offset, 0, length);
}

static void allocate_file(struct ext4 *fs, struct file *file)
{
    uint32_t offset = some_offset(), length = some_length(offset);
    bool keep = chance(2) == 0;

    if (length == 0)
        return;
    CHECK_EQUAL(ext4_allocate(fs, file->inode, offset, length, keep), CELL_OK);
    if (!keep && offset + length > file->size)
        file->size = offset + length;
}

/* Gives it the name of another one, which goes; or removes it. */
static void rename_file(struct ext4 *fs, uint32_t number)
{
    uint32_t other = chance(FILES);
    char name[16], new_name[16];

    name_of(number, name);
    name_of(other, new_name);
    if (chance(2) == 0) {
        CHECK_EQUAL(ext4_unlink(fs, EXT4_ROOT, name, strlen(name), false), CELL_OK);
        files[number].inode = 0;
        return;
    }
    CHECK_EQUAL(ext4_rename(fs, EXT4_ROOT, name, strlen(name), EXT4_ROOT, new_name, strlen(new_name), 0), CELL_OK);
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
        CHECK_EQUAL(ext4_stat(fs, files[i].inode, &stat), CELL_OK);
        CHECK_EQUAL(stat.size, files[i].size);
    }
}

static void operate(struct ext4 *fs)
{
    uint32_t number = chance(FILES), what = chance(20);

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
        CHECK_EQUAL(ext4_sync(fs), CELL_OK);
}

static void exercise(unsigned block_size)
{
    const struct ext4_options options = {.cache_bytes = 1 << 20, .now = disk_clock, .report = disk_report};
    unsigned operations = unit_long() ? 1000000 : 5000;
    char line[256], path[] = "/tmp/cellulos-exercise-XXXXXX";
    struct disk disk;
    struct ext4 *fs;

    memset(files, 0, sizeof files);
    chance_state = 88172645463325252u + block_size;
    CHECK(mkdtemp(path) != NULL);
    snprintf(line, sizeof line, "mke2fs -q -F -t ext4 -b %u -J size=%u %s/disk.img 16M >/dev/null", block_size, block_size / 1024, path);
    CHECK_EQUAL(system(line), 0);
    snprintf(line, sizeof line, "%s/disk.img", path);
    disk_open(&disk, line);
    CHECK_EQUAL(ext4_mount(&disk.device, &options, &fs), CELL_OK);
    for (unsigned i = 0; i < operations; i++) {
        operate(fs);
        if (i % 100 == 0)
            check_sizes(fs);
        if (i % 1500 == 1499) {
            CHECK_EQUAL(ext4_unmount(fs), CELL_OK);
            CHECK_EQUAL(ext4_mount(&disk.device, &options, &fs), CELL_OK);
        }
    }
    CHECK_EQUAL(ext4_unmount(fs), CELL_OK);
    disk_save(&disk, line);
    disk_close(&disk);
    snprintf(line, sizeof line, "e2fsck -fn %s/disk.img >%s/log 2>&1 || { cat %s/log; false; }", path, path, path);
    CHECK_EQUAL(system(line), 0);
    snprintf(line, sizeof line, "rm -r %s", path);
    CHECK_EQUAL(system(line), 0);
}

static void test_1024(void)
{
    exercise(1024);
}

static void test_2048(void)
{
    exercise(2048);
}

static void test_4096(void)
{
    exercise(4096);
}

static const struct unit_test tests[] = {{"blocks_of_1024", test_1024}, {"blocks_of_2048", test_2048}, {"blocks_of_4096", test_4096}};

int main(int argc, char **argv)
{
    char path[4096];

    snprintf(path, sizeof path, "%s:/usr/sbin:/sbin", getenv("PATH"));
    setenv("PATH", path, 1);
    return UNIT_MAIN(tests, argc, argv);
}
