/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/ext4/fuzz.c: images with damage. Bytes of metadata are changed at random, mostly with right checksums afterwards,
 * as the maker of a hostile image can. Whatever the damage, mounting, reading all and changing something ends, with errors
 * that are among those that an image may give; the sanitizers see that nothing is touched that should not be, and that
 * nothing leaks.
 */
#include "lib/ext4/internal.h"
#include "tests/ext4/disk.h"
#include "tests/harness/unit.h"

static struct disk disk;
static uint8_t *original;
static uint64_t chance_state = 88172645463325252u;

static uint32_t chance(uint32_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (uint32_t)(chance_state >> 20) % below;
}

static void check_error(cell_error_t error)
{
    CHECK(error == CELL_OK || error == CELL_CORRUPT || error == CELL_UNSUPPORTED || error == CELL_NOT_FOUND ||
          error == CELL_READ_ONLY || error == CELL_FULL || error == CELL_NOT_DIRECTORY || error == CELL_IS_DIRECTORY ||
          error == CELL_BAD_ARGUMENT || error == CELL_EXISTS || error == CELL_NOT_EMPTY || error == CELL_TOO_LARGE ||
          error == CELL_TOO_MANY_LINKS || error == CELL_DENIED || error == CELL_LOOP);
}

/* ---- Using what is there ------------------------------------------------------------------------------------------------ */

static void use(struct ext4 *fs, uint32_t inode, unsigned *left)
{
    static uint8_t piece[65536];
    struct ext4_entry_of entry;
    char name[256];
    uint64_t done = 1, found;
    size_t length = sizeof piece;
    cell_error_t error = CELL_OK;

    check_error(ext4_read_link(fs, inode, (char *)piece, &length));
    check_error(ext4_seek(fs, inode, 1000, false, &found));
    for (uint64_t at = 0; at < 20 * sizeof piece && done > 0 && error == CELL_OK; at += done) {
        error = ext4_read(fs, inode, at, piece, sizeof piece, &done);
        check_error(error);
    }
    for (uint64_t at = 0; *left > 0 && (error = ext4_list(fs, inode, at, &entry)) == CELL_OK; at = entry.next) {
        uint32_t number = entry.inode;

        CHECK(entry.next > at);
        memcpy(name, entry.name, entry.name_length);
        check_error(ext4_lookup(fs, inode, name, entry.name_length, &number));
        number = entry.inode;
        (*left)--;
        if (entry.name_length > 2 || entry.name[0] != '.')
            use(fs, number, left);
    }
    check_error(error);
}

static void change(struct ext4 *fs)
{
    static const struct ext4_new file = {.mode = 0100644}, folder = {.mode = 040755};
    static uint8_t data[100000];
    uint64_t done;

    for (unsigned i = 0; i < 40; i++) {
        uint32_t inode = 2 + chance(70), made;
        char name[80];

        sprintf(name, chance(2) ? "n%u" : "a name so long that few are in a block, and it is split soon: %u", chance(12));
        check_error(ext4_create(fs, chance(2) ? 2 : inode, name, strlen(name), chance(3) ? &file : &folder, &made));
        check_error(ext4_write(fs, inode, chance(3) * 50000, data, 1 + chance(sizeof data), &done));
        check_error(ext4_resize(fs, inode, chance(200000)));
        check_error(ext4_punch(fs, inode, chance(100000), 1 + chance(50000)));
        check_error(ext4_allocate(fs, inode, chance(100000), 1 + chance(50000), false));
        check_error(ext4_unlink(fs, 2, name, strlen(name), chance(2)));
        check_error(ext4_rename(fs, 2, "a", 1, chance(2) ? 2 : inode, name, strlen(name), chance(3)));
        check_error(ext4_link(fs, inode, 2, "l", 1));
        if (chance(8) == 0)
            check_error(ext4_sync(fs));
    }
}

/* ---- Damage ---------------------------------------------------------------------------------------------------------------- */

static void spoil(uint8_t *bytes, uint32_t count)
{
    static const uint32_t words[] = {0, 1, 2, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0xf30a};
    uint32_t word = chance(3) == 0 ? words[chance(sizeof words / sizeof *words)] : chance(5000);

    switch (chance(4)) {
    case 0:
        bytes[chance(count)] ^= (uint8_t)(1u << chance(8));
        break;
    case 1:
        memcpy(bytes + chance(count / 4) * 4, &word, 4);
        break;
    case 2:
        memcpy(bytes + chance(count / 2) * 2, &word, 2);
        break;
    default:
        bytes[chance(count)] = (uint8_t)chance(256);
    }
}

/* Damages a block of the directory that has an index. */
static void damage_index(struct ext4 *fs, uint8_t *image)
{
    struct ext4_mapping mapping;
    struct ext4_node node;
    uint32_t number = 0;

    CHECK_EQUAL(ext4_lookup(fs, EXT4_ROOT, "i", 1, &number), CELL_OK);
    CHECK_EQUAL(ext4_node(fs, number, &node), CELL_OK);
    CHECK(node.inode->flags & EXT4_INODE_INDEX);
    CHECK_EQUAL(ext4_map(&node, chance(3) == 0 ? chance((uint32_t)(ext4_node_size(&node) >> fs->block_bits)) : 0, &mapping), CELL_OK);
    struct ext4_buffer damaged = {.data = image + mapping.first * fs->block_size,
                                  .block = mapping.first,
                                  .kind = EXT4_DIRECTORY,
                                  .owner = number,
                                  .seed = ext4_inode_seed(&node)};

    spoil(damaged.data, chance(2) ? 80 : fs->block_size);
    ext4_sum(fs, &damaged);
    ext4_node_put(&node);
}

/* Damages one thing of a kind, and makes its checksum right again with the library's own code. */
static void damage(struct ext4 *fs, uint8_t *image)
{
    uint32_t block_size = fs->block_size, number = 1 + chance(40);
    struct ext4_super *super = (struct ext4_super *)(image + EXT4_SUPER_OFFSET);
    struct ext4_buffer *buffer;
    struct ext4_descriptor *descriptor;

    CHECK_EQUAL(ext4_group(fs, 0, &buffer, &descriptor), CELL_OK);
    uint8_t *table = image + ext4_group_inode_table(fs, descriptor) * block_size;
    struct ext4_inode *inode = (struct ext4_inode *)(table + (number - 1) * fs->inode_size);

    switch (chance(6)) {
    case 5:
        damage_index(fs, image);
        break;
    case 0:
        spoil((uint8_t *)super, sizeof *super);
        super->checksum = ext4_super_checksum(super);
        break;
    case 1:
        spoil((uint8_t *)inode, chance(2) ? 100 : 160);
        inode->checksum_lo = (uint16_t)ext4_inode_checksum(fs, number, inode);
        inode->checksum_hi = (uint16_t)(ext4_inode_checksum(fs, number, inode) >> 16);
        break;
    default: /* any byte of the first blocks, or of those of the root and the journal */
        spoil(image + (uint64_t)chance(600) * block_size, block_size);
    }
}

static void fuzz(unsigned block_size, const char *features)
{
    const struct ext4_options options = {.cache_bytes = 1 << 20, .now = disk_clock, .report = disk_report};
    unsigned rounds = unit_long() ? 20000 : 400, mounted = 0;
    char line[512], path[] = "/tmp/cellulos-fuzz-XXXXXX";
    struct ext4 *whole, *fs;
    int status;

    CHECK(mkdtemp(path) != NULL);
    snprintf(line, sizeof line,
             "mkdir -p %s/t/a/b && cd %s/t && for i in 1 2 3 4 5 6 7 8; do head -c ${i}0000 /dev/zero >a/b/$i; ln -s x$i a/l$i; done; "
             "mkdir i && for i in $(seq 100); do ln a/b/1 i/$(printf %%0100d $i); done; "
             "mke2fs -q -F -t ext4 -b %u -O %s -J size=%u -N 64 -d . ../disk.img %s >/dev/null; e2fsck -fyD ../disk.img >/dev/null "
             "2>&1; true",
             path, path, block_size, features, block_size == 1024 ? 1 : 4, block_size == 1024 ? "4M" : "12M");
    status = system(line);
    CHECK_EQUAL(status, 0);
    snprintf(line, sizeof line, "%s/disk.img", path);
    disk_open(&disk, line);
    snprintf(line, sizeof line, "rm -r %s", path);
    CHECK_EQUAL(system(line), 0);
    original = malloc(disk.device.bytes);
    memcpy(original, disk.bytes, disk.device.bytes);
    CHECK_EQUAL(ext4_mount(&disk.device, &options, &whole), CELL_OK);

    disk_quiet = true;
    for (unsigned i = 0; i < rounds; i++) {
        struct disk damaged = {.device = disk.device, .bytes = malloc(disk.device.bytes)};
        unsigned left = 300;

        memcpy(damaged.bytes, original, disk.device.bytes);
        for (unsigned count = 1 + chance(3); count > 0; count--)
            damage(whole, damaged.bytes);
        cell_error_t error = ext4_mount(&damaged.device, &options, &fs);

        check_error(error);
        if (error == CELL_OK) {
            mounted++;
            use(fs, EXT4_ROOT, &left);
            change(fs);
            check_error(ext4_unmount(fs));
        }
        free(damaged.bytes);
    }
    disk_quiet = false;
    ext4_abandon(whole);
    CHECK(mounted > rounds / 4);
    free(original);
    disk_close(&disk);
}

static void test_checksums(void)
{
    fuzz(1024, "metadata_csum");
}

/* Without checksums, damage is only found by its contents. */
static void test_plain(void)
{
    fuzz(1024, "^metadata_csum");
}

static void test_large_blocks(void)
{
    fuzz(4096, "^metadata_csum,orphan_file");
}

static const struct unit_test tests[] = {{"checksums", test_checksums}, {"plain", test_plain}, {"large_blocks", test_large_blocks}};

int main(int argc, char **argv)
{
    char path[4096];

    snprintf(path, sizeof path, "%s:/usr/sbin:/sbin", getenv("PATH"));
    setenv("PATH", path, 1);
    return UNIT_MAIN(tests, argc, argv);
}
