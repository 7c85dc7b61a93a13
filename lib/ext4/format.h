/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ext4/format.h: what lies on the disk, as the kernel documentation's "ext4 Data Structures and Algorithms"
 * describes it. Numbers are little-endian, as on both machines that this runs on; those of the journal are big-endian.
 */
#pragma once

#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers on the disk are used where they are");

/* ---- Superblock: 1024 bytes at offset 1024 ("Super Block") -------------------------------------------------------- */

#define EXT4_SUPER_OFFSET 1024u
#define EXT4_SUPER_BYTES 1024u
#define EXT4_MAGIC 0xef53u
#define EXT4_ROOT_INODE 2u

enum { EXT4_STATE_CLEAN = 1,
       EXT4_STATE_ERRORS = 2 };

enum {
    EXT4_COMPAT_JOURNAL = 0x4,
    EXT4_COMPAT_RESIZE_INODE = 0x10,
    EXT4_COMPAT_DIR_INDEX = 0x20,
    EXT4_COMPAT_SPARSE_SUPER2 = 0x200,
    EXT4_COMPAT_ORPHAN_FILE = 0x1000,
};

enum {
    EXT4_INCOMPAT_FILETYPE = 0x2,
    EXT4_INCOMPAT_RECOVER = 0x4,
    EXT4_INCOMPAT_EXTENTS = 0x40,
    EXT4_INCOMPAT_64BIT = 0x80,
    EXT4_INCOMPAT_FLEX_BG = 0x200,
    EXT4_INCOMPAT_CSUM_SEED = 0x2000,
};

enum {
    EXT4_RO_SPARSE_SUPER = 0x1,
    EXT4_RO_LARGE_FILE = 0x2,
    EXT4_RO_HUGE_FILE = 0x8,
    EXT4_RO_DIR_NLINK = 0x20,
    EXT4_RO_EXTRA_ISIZE = 0x40,
    EXT4_RO_METADATA_CSUM = 0x400,
    EXT4_RO_ORPHAN_PRESENT = 0x10000,
};

struct ext4_super {
    uint32_t inodes_count, blocks_count_lo, reserved_blocks_lo, free_blocks_lo;
    uint32_t free_inodes, first_data_block, log_block_size, log_cluster_size;
    uint32_t blocks_per_group, clusters_per_group, inodes_per_group, mount_time;
    uint32_t write_time;
    uint16_t mount_count, max_mount_count, magic, state;
    uint16_t errors, minor_revision;
    uint32_t last_check, check_interval, creator, revision;
    uint16_t reserved_uid, reserved_gid;
    uint32_t first_inode;
    uint16_t inode_size, group_of_this;
    uint32_t compat, incompat, ro_compat;
    uint8_t uuid[16];
    char volume_name[16], last_mounted[64];
    uint32_t algorithms;
    uint8_t preallocate, preallocate_directory;
    uint16_t reserved_descriptor_blocks;
    uint8_t journal_uuid[16];
    uint32_t journal_inode, journal_device, last_orphan, hash_seed[4];
    uint8_t hash_version, journal_backup_type;
    uint16_t descriptor_size;
    uint32_t mount_options, first_meta_group, made_time, journal_blocks[17];
    uint32_t blocks_count_hi, reserved_blocks_hi, free_blocks_hi;
    uint16_t min_extra_inode_size, want_extra_inode_size;
    uint32_t flags;
    uint16_t raid_stride, mmp_interval;
    uint64_t mmp_block;
    uint32_t raid_stripe_width;
    uint8_t log_groups_per_flex, checksum_type;
    uint16_t pad;
    uint64_t kib_written;
    uint32_t snapshot[4];
    uint32_t filler; /* of a feature that no version has; see ext4_sum() */
    uint32_t error_count;
    uint8_t error_details[0x200 - 0x198];
    char mount_option_text[64];
    uint32_t user_quota_inode, group_quota_inode, overhead_blocks, backup_groups[2];
    uint8_t encryption[20];
    uint32_t lost_found_inode, project_quota_inode, checksum_seed;
    uint8_t times_hi[6], pad_hi[2];
    uint16_t encoding, encoding_flags;
    uint32_t orphan_file_inode, reserved[94];
    uint32_t checksum;
};
_Static_assert(sizeof(struct ext4_super) == EXT4_SUPER_BYTES, "as on the disk");

/* ---- Block groups ("Block Group Descriptors") --------------------------------------------------------------------- */

enum { EXT4_GROUP_INODE_UNINIT = 1,
       EXT4_GROUP_BLOCK_UNINIT = 2,
       EXT4_GROUP_INODE_ZEROED = 4 };

#define EXT4_DESCRIPTOR_SMALL 32u

struct ext4_descriptor {
    uint32_t block_bitmap_lo, inode_bitmap_lo, inode_table_lo;
    uint16_t free_blocks_lo, free_inodes_lo, directories_lo, flags;
    uint32_t exclude_lo;
    uint16_t block_bitmap_checksum_lo, inode_bitmap_checksum_lo, unused_inodes_lo, checksum;
    /* only with descriptors of 64 bytes */
    uint32_t block_bitmap_hi, inode_bitmap_hi, inode_table_hi;
    uint16_t free_blocks_hi, free_inodes_hi, directories_hi, unused_inodes_hi;
    uint32_t exclude_hi;
    uint16_t block_bitmap_checksum_hi, inode_bitmap_checksum_hi;
    uint32_t reserved;
};
_Static_assert(sizeof(struct ext4_descriptor) == 64, "as on the disk");

/* ---- Inodes ("Index Nodes") ----------------------------------------------------------------------------------------- */

enum {
    EXT4_MODE_TYPE = 0xf000,
    EXT4_MODE_FIFO = 0x1000,
    EXT4_MODE_CHARACTER = 0x2000,
    EXT4_MODE_DIRECTORY = 0x4000,
    EXT4_MODE_BLOCK = 0x6000,
    EXT4_MODE_REGULAR = 0x8000,
    EXT4_MODE_LINK = 0xa000,
    EXT4_MODE_SOCKET = 0xc000,
};

enum {
    EXT4_INODE_IMMUTABLE = 0x10,
    EXT4_INODE_APPEND = 0x20,
    EXT4_INODE_ENCRYPTED = 0x800,
    EXT4_INODE_INDEX = 0x1000,
    EXT4_INODE_HUGE = 0x40000,
    EXT4_INODE_EXTENTS = 0x80000,
    EXT4_INODE_VERITY = 0x100000,
    EXT4_INODE_LARGE_XATTR = 0x200000,
    EXT4_INODE_INLINE = 0x10000000,
};

#define EXT4_INODE_SMALL 128u
#define EXT4_INODE_BLOCK_BYTES 60u

struct ext4_inode {
    uint16_t mode, uid_lo;
    uint32_t size_lo, atime, ctime, mtime, dtime;
    uint16_t gid_lo, links;
    uint32_t blocks_lo, flags, version;
    uint32_t block[15]; /* extents, a block map, the target of a short link, or a device number */
    uint32_t generation, xattr_lo, size_hi, fragment;
    uint16_t blocks_hi, xattr_hi, uid_hi, gid_hi, checksum_lo, reserved;
    /* only with inodes of more than 128 bytes, and of these what extra_size covers */
    uint16_t extra_size, checksum_hi;
    uint32_t ctime_extra, mtime_extra, atime_extra, btime, btime_extra, version_hi, project;
};
_Static_assert(sizeof(struct ext4_inode) == 160, "as on the disk");

/* ---- Extents ("Extent Tree") ---------------------------------------------------------------------------------------- */

#define EXT4_EXTENT_MAGIC 0xf30au
#define EXT4_EXTENT_DEPTH_MOST 5u
#define EXT4_EXTENT_LENGTH_MOST 32768u /* blocks; one less if unwritten */

struct ext4_extent_header {
    uint16_t magic, entries, max, depth;
    uint32_t generation;
};

/* An entry of a leaf, or of an inner node: both begin with the first block of the file that they cover. */
struct ext4_extent {
    uint32_t first;
    uint16_t length; /* above 32768: that much more, and unwritten */
    uint16_t start_hi;
    uint32_t start_lo;
};

struct ext4_extent_index {
    uint32_t first, leaf_lo;
    uint16_t leaf_hi, unused;
};
_Static_assert(sizeof(struct ext4_extent) == 12 && sizeof(struct ext4_extent_index) == 12, "as on the disk");

/* ---- Directories ("Directory Entries") -------------------------------------------------------------------------------- */

#define EXT4_NAME_MOST 255u
#define EXT4_ENTRY_HEAD 8u
#define EXT4_TAIL_KIND 0xdeu

struct ext4_entry {
    uint32_t inode; /* 0: unused */
    uint16_t length;
    uint8_t name_length, kind;
    char name[];
};

/* The end of each block, with checksums: an entry that looks unused. */
struct ext4_entry_tail {
    uint32_t zero;
    uint16_t length;
    uint8_t zero_length, kind;
    uint32_t checksum;
};
_Static_assert(sizeof(struct ext4_entry_tail) == 12, "as on the disk");

/* ---- Indices of directories ("Hash Tree Directories") ------------------------------------------------------------------- */

/* In the superblock's flags: how bytes of names count in hashes. */
enum { EXT4_FLAG_SIGNED_HASH = 1,
       EXT4_FLAG_UNSIGNED_HASH = 2 };

#define EXT4_HASH_HALF_MD4 1u

/* Behind `.` and `..` in the first block. */
struct ext4_index_root {
    uint32_t zero;
    uint8_t hash, length, levels, flags;
};
#define EXT4_INDEX_ROOT_AT 24u
#define EXT4_INDEX_NODE_AT 8u /* where entries begin in other nodes */

/* The first one has two numbers in place of a hash: how many there can be, and are. */
struct ext4_index_entry {
    union {
        uint32_t hash;
        struct {
            uint16_t limit, count;
        };
    };
    uint32_t block;
};

/* Behind as many as there can be. */
struct ext4_index_tail {
    uint32_t reserved, checksum;
};

/* ---- Orphan file ("Orphan file") -------------------------------------------------------------------------------------- */

#define EXT4_ORPHAN_MAGIC 0x0b10ca04u

struct ext4_orphan_tail {
    uint32_t magic, checksum;
};

/* ---- Extended attributes: the head of a block of them ("Extended Attributes") ------------------------------------------ */

#define EXT4_XATTR_MAGIC 0xea020000u

struct ext4_xattr_head {
    uint32_t magic, references, blocks, hash, checksum, reserved[3];
};

/* ---- Journal, big-endian ("Journal (jbd2)") ------------------------------------------------------------------------------ */

#define EXT4_JOURNAL_MAGIC 0xc03b3998u

enum {
    EXT4_JOURNAL_DESCRIPTOR = 1,
    EXT4_JOURNAL_COMMIT = 2,
    EXT4_JOURNAL_SUPER_1 = 3,
    EXT4_JOURNAL_SUPER_2 = 4,
    EXT4_JOURNAL_REVOKE = 5,
};

enum {
    EXT4_JOURNAL_HAS_REVOKE = 0x1,
    EXT4_JOURNAL_64BIT = 0x2,
    EXT4_JOURNAL_CSUM_2 = 0x8,
    EXT4_JOURNAL_CSUM_3 = 0x10,
};

enum { EXT4_TAG_ESCAPED = 1,
       EXT4_TAG_SAME_UUID = 2,
       EXT4_TAG_DELETED = 4,
       EXT4_TAG_LAST = 8 };

#define EXT4_JOURNAL_CRC32C 4u

struct ext4_journal_head {
    uint32_t magic, kind, sequence;
};

struct ext4_journal_super {
    struct ext4_journal_head head;
    uint32_t block_size, blocks, first;
    uint32_t sequence, start, error;
    uint32_t compat, incompat, ro_compat;
    uint8_t uuid[16];
    uint32_t users, dynamic_super, max_transaction, max_data;
    uint8_t checksum_type, pad[3];
    uint32_t padding[42];
    uint32_t checksum;
    uint8_t user_ids[16 * 48];
};
_Static_assert(sizeof(struct ext4_journal_super) == 1024, "as on the disk");

struct ext4_journal_commit {
    struct ext4_journal_head head;
    uint8_t checksum_type, checksum_size, pad[2];
    uint32_t checksum[8];
    uint64_t seconds;
    uint32_t nanoseconds;
};

struct ext4_journal_revoke {
    struct ext4_journal_head head;
    uint32_t bytes; /* used in this block */
};
