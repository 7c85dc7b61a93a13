/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls about files: what each answers, a line a call, so that two systems can be compared. Its argument is a folder to work in. */
#define _GNU_SOURCE
#include "say.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

static char bytes[4096];

/* The result of a call; errno where it failed. */
static void text(const char *what, const char *words)
{
    printf("%s: \"%s\"\n", what, words);
}

static void show(const char *path)
{
    struct stat stat;

    if (lstat(path, &stat) != 0)
        printf("%s: %s\n", path, strerrorname_np(errno));
    else
        printf("%s: mode %o, %lu links, owner %u %u, %ld bytes, times %ld.%09ld %ld.%09ld\n", path, stat.st_mode,
               (unsigned long)stat.st_nlink, stat.st_uid, stat.st_gid, S_ISDIR(stat.st_mode) ? 0l : (long)stat.st_size,
               (long)stat.st_atim.tv_sec, stat.st_atim.tv_nsec, (long)stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec);
}

static void attributes(void)
{
    struct timespec times[2] = {{1000, 5}, {2000, 7}}, some[2] = {{0, UTIME_OMIT}, {3000, 0}}, wrong[2] = {{0, -1}, {0, 0}};
    int file = open("a", O_RDWR | O_CREAT | O_EXCL, 0666);

    SAY(write(file, "hello world", 11));
    SAY(fchmod(file, 0640));
    SAY(futimens(file, times));
    show("a");
    SAY(chmod("a", 04711));
    SAY(chmod("nothing", 0));
    SAY(fchown(file, (uid_t)-1, (gid_t)-1));
    SAY(utimensat(AT_FDCWD, "a", some, 0));
    show("a");
    SAY(utimensat(AT_FDCWD, "a", wrong, 0));
    SAY(utimensat(AT_FDCWD, "nothing", NULL, 0));
    SAY(symlink("a", "s"));
    SAY(utimensat(AT_FDCWD, "s", times, AT_SYMLINK_NOFOLLOW));
    show("s");
    SAY(link("a", "b"));
    SAY(link("a", "b"));
    SAY(linkat(AT_FDCWD, "s", AT_FDCWD, "t", AT_SYMLINK_FOLLOW));
    show("t");
    SAY(link("nothing", "c"));
    SAY(mkfifo("p", 0600));
    SAY(mknod("r", S_IFREG | 0600, 0));
    SAY(mknod("r", S_IFREG | 0600, 0));
    SAY(access("a", R_OK));
    SAY(access("nothing", F_OK));
    SAY(faccessat(AT_FDCWD, "s", F_OK, AT_SYMLINK_NOFOLLOW));
    SAY(close(file));
    SAY(fchmod(file, 0));
}

static void sizes(void)
{
    struct stat stat;
    int file = open("a", O_RDWR), reads = open("a", O_RDONLY);

    SAY(ftruncate(file, 5000));
    SAY(lseek(file, 0, SEEK_END));
    SAY(lseek(reads, 0, SEEK_END));
    SAY(truncate("a", 11));
    SAY(lseek(file, 0, SEEK_END));
    SAY(lseek(file, -12, SEEK_CUR));
    SAY(lseek(file, 3, 9));
    SAY(lseek(file, 0, SEEK_DATA));
    SAY(lseek(file, 0, SEEK_HOLE));
    SAY(lseek(file, 11, SEEK_DATA));
    SAY(ftruncate(reads, 0));
    SAY(ftruncate(file, -1));
    SAY(truncate("/dev/null", 1));
    SAY(truncate(".", 1));
    SAY(fallocate(file, 0, 0, 20000));
    fstat(file, &stat);
    SAY(stat.st_size);
    SAY(fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 100000));
    fstat(file, &stat);
    SAY(stat.st_size);
    SAY(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    SAY(pread(file, bytes, 5, 0));
    SAY(bytes[0]);
    SAY(fallocate(file, FALLOC_FL_PUNCH_HOLE, 0, 4096));
    SAY(fallocate(file, 0, 0, 0));
    SAY(fallocate(reads, 0, 0, 1));
    SAY(posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL));
    SAY(posix_fadvise(file, 0, 0, 77));
    SAY(readahead(file, 0, 100));
    SAY(fsync(file));
    SAY(fdatasync(file));
    SAY(sync_file_range(file, 0, 100, 0));
    SAY(fsync(99));
    SAY(syncfs(file));
    SAY(ftruncate(file, 0));
    close(file);
    close(reads);
}

static void vectors(void)
{
    struct iovec parts[3] = {{"one ", 4}, {NULL, 0}, {"two", 3}}, to[2] = {{bytes, 2}, {bytes + 10, 100}};
    int file = open("a", O_RDWR), reads = open("a", O_RDONLY), append = open("a", O_WRONLY | O_APPEND);

    SAY(pwritev(file, parts, 3, 3));
    SAY(preadv(file, to, 2, 3));
    text("what was read", (bytes[17] = 0, bytes + 10));
    SAY(lseek(file, 0, SEEK_CUR));
    SAY(preadv(file, to, 2, -1));
    SAY(pwritev2(file, parts, 1, -1, 0));
    SAY(lseek(file, 0, SEEK_CUR));
    SAY(preadv2(file, to, 1, 0, 0x4000));
    SAY(writev(append, parts, 3));
    SAY(pwrite(append, "x", 1, 0));
    SAY(lseek(file, 0, SEEK_END));
    SAY(writev(reads, parts, 1));
    SAY(readv(append, to, 1));
    SAY(syscall(SYS_readv, file, to, 5000));
    SAY(syscall(SYS_readv, file, 1, 1));
    SAY(pread(file, bytes, 1, -1));
    SAY(read(99, bytes, 1));
    SAY(syscall(SYS_write, file, 0, 0));
    SAY(syscall(SYS_read, file, 8, 0));
    int folder = open(".", O_RDONLY);

    SAY(read(folder, bytes, 10));
    SAY(open(".", O_WRONLY));
    SAY(openat(file, "x", O_RDONLY) == -1 ? -errno : 0);
    SAY(openat(99, "x", O_RDONLY));
    close(folder);
    close(file);
    close(reads);
    close(append);
}

static void copies(void)
{
    int from = open("from", O_RDWR | O_CREAT, 0600), to = open("to", O_RDWR | O_CREAT, 0600);
    off_t at = 2;
    loff_t in = 5, out = 100;

    SAY(write(from, "abcdefghij", 10));
    SAY(sendfile(to, from, &at, 4));
    SAY(at);
    SAY(sendfile(to, from, NULL, 4));
    SAY(lseek(from, 0, SEEK_SET));
    SAY(sendfile(to, from, NULL, 4));
    SAY(lseek(from, 0, SEEK_CUR));
    SAY(copy_file_range(from, &in, to, &out, 100, 0));
    SAY(in);
    SAY(out);
    SAY(lseek(to, 0, SEEK_END));
    SAY(copy_file_range(from, &in, from, &in, 1, 0));
    SAY(copy_file_range(from, NULL, to, NULL, 1, 1));
    SAY(sendfile(99, from, NULL, 1));
    memset(bytes, 0, sizeof bytes);
    SAY(pread(to, bytes, 8, 0));
    text("to", bytes);
    close(from);
    close(to);
}

static void locks(void)
{
    int one = open("a", O_RDWR), two = open("a", O_RDWR), reads = open("a", O_RDONLY), third = dup(one);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10}, test = lock, wrong = {.l_type = 9},
                 all = {.l_type = F_WRLCK};

    SAY(fcntl(one, F_SETLK, &lock));
    SAY(fcntl(two, F_SETLK, &lock));
    SAY(fcntl(two, F_GETLK, &test));
    SAY(test.l_type == F_UNLCK);
    SAY(fcntl(reads, F_SETLK, &lock));
    SAY(fcntl(one, F_SETLK, &wrong));
    lock.l_type = F_UNLCK;
    SAY(fcntl(one, F_SETLK, &lock));
    SAY(fcntl(one, F_OFD_SETLK, &all));
    SAY(fcntl(two, F_OFD_SETLK, &all));
    SAY(fcntl(third, F_OFD_SETLK, &all));
    test = all;
    test.l_start = 5;
    SAY(fcntl(two, F_OFD_GETLK, &test));
    SAY(test.l_type == F_WRLCK && test.l_start == 0 && test.l_len == 0 && test.l_pid == -1);
    all.l_type = F_UNLCK;
    all.l_start = 10;
    all.l_len = 5;
    SAY(fcntl(one, F_OFD_SETLK, &all));
    all.l_type = F_WRLCK;
    SAY(fcntl(two, F_OFD_SETLK, &all));
    all.l_start = 9;
    SAY(fcntl(two, F_OFD_SETLK, &all));
    SAY(close(one));
    SAY(fcntl(two, F_OFD_SETLK, &all));
    SAY(close(third));
    SAY(fcntl(two, F_OFD_SETLK, &all));
    SAY(flock(two, LOCK_EX | LOCK_NB));
    SAY(flock(reads, LOCK_SH | LOCK_NB));
    SAY(flock(two, LOCK_SH));
    SAY(flock(reads, LOCK_SH | LOCK_NB));
    SAY(flock(two, LOCK_EX | LOCK_NB));
    SAY(flock(reads, LOCK_UN));
    SAY(flock(two, 77));
    SAY(flock(99, LOCK_SH));
    close(two);
    close(reads);
}

static void descriptors(void)
{
    int one = open("/dev/null", O_RDWR | O_CLOEXEC), on = 1;
    int path = open(".", O_PATH | O_DIRECTORY);

    SAY(fcntl(one, F_GETFD));
    SAY(dup3(one, one, 0));
    SAY(dup3(one, 40, O_CLOEXEC));
    SAY(fcntl(40, F_GETFD));
    SAY(fcntl(one, F_DUPFD, 41));
    SAY(fcntl(41, F_GETFD));
    SAY(syscall(SYS_close_range, 40, 41, 4));
    SAY(fcntl(41, F_GETFD));
    SAY(syscall(SYS_close_range, 40, 50, 0));
    SAY(fcntl(40, F_GETFD));
    SAY(syscall(SYS_close_range, 5, 4, 0));
    SAY(fcntl(one, F_SETFL, O_NONBLOCK | O_APPEND));
    SAY(fcntl(one, F_GETFL) & (O_NONBLOCK | O_APPEND | O_ACCMODE));
    SAY(ioctl(one, FIONBIO, &on));
    SAY(ioctl(one, FIOCLEX));
    SAY(ioctl(one, TIOCGWINSZ, bytes));
    SAY(fcntl(one, 999));
    SAY(read(path, bytes, 1));
    SAY(fcntl(path, F_GETFL) & O_PATH);
    SAY(fcntl(path, F_SETFL, 0));
    SAY(ftruncate(path, 0));
    SAY(fchdir(path));
    SAY(fchdir(one));
    SAY(getcwd(bytes, 2) == NULL ? -1 : 0);
    SAY(open("", O_RDONLY));
    SAY(open("a", O_CREAT | O_EXCL, 0600));
    SAY(open("a", O_DIRECTORY));
    SAY(open("s", O_NOFOLLOW));
    SAY(mkdir("d", 0700));
    SAY(mkdir("d", 0700));
    int folder = open("d", O_RDONLY);

    SAY(linkat(AT_FDCWD, "a", folder, "inside", 0));
    SAY(renameat(folder, "inside", AT_FDCWD, "outside"));
    SAY(renameat2(AT_FDCWD, "outside", AT_FDCWD, "a", RENAME_NOREPLACE));
    SAY(unlink("d"));
    SAY(rmdir("a"));
    SAY(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
    SAY(fcntl(99, F_GETFD));
    SAY(close(99));
    memset(bytes, 'a', PATH_MAX);
    SAY(access(bytes, F_OK));
    SAY(access(memset(bytes, 0, 300) == NULL ? "" : (memset(bytes, 'a', 299), bytes), F_OK));
}

static void in_memory(void)
{
    int file = memfd_create("one", MFD_CLOEXEC);
    struct stat stat;

    SAY(fcntl(file, F_GETFD));
    SAY(memfd_create("one", 0x1000));
    SAY(write(file, "hello", 5));
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);

    memcpy(own, "own  ", 5);
    memcpy(shared, "HE", 2);
    SAY(pread(file, bytes, 5, 0));
    text("through the file", (bytes[5] = 0, bytes));
    SAY(pwrite(file, "XY", 2, 3));
    text("in memory", shared);
    text("a private copy", own);
    SAY(msync(shared, 4096, MS_SYNC));
    SAY(msync(shared, 4096, MS_SYNC | MS_ASYNC));
    SAY(munmap(shared, 4096));
    SAY(ftruncate(file, 2));
    SAY(ftruncate(file, 6));
    SAY(pread(file, bytes, 10, 0));
    SAY(bytes[1] == 'E' && bytes[2] == 0 && bytes[5] == 0);
    fstat(file, &stat);
    SAY(stat.st_size);
    SAY(fallocate(file, 0, 0, 9000));
    SAY(lseek(file, 0, SEEK_END));
    SAY(fchmod(file, 0600));
    close(file);
}

static void about(void)
{
    struct statx statx_of;
    struct statfs statfs_of;

    SAY(chmod("a", 0604));
    SAY(truncate("a", 77));
    SAY(statx(AT_FDCWD, "a", 0, STATX_BASIC_STATS, &statx_of));
    SAY(statx_of.stx_mode);
    SAY(statx_of.stx_size);
    SAY(statx(AT_FDCWD, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &statx_of));
    SAY(S_ISDIR(statx_of.stx_mode));
    SAY(statx(AT_FDCWD, "a", 0x10000000, STATX_BASIC_STATS, &statx_of));
    SAY(statfs(".", &statfs_of));
    SAY(statfs_of.f_bsize > 0 && statfs_of.f_blocks >= statfs_of.f_bfree && statfs_of.f_namelen == 255);
    SAY(statfs("nothing", &statfs_of));
    SAY(setxattr("a", "trusted.x", "1", 1, 0) == 0 ? -95 : -errno);
    SAY(readlink("s", bytes, 1));
    SAY(readlink("a", bytes, 10));
    SAY(readlink("s", bytes, 0));
}

/* The names of a directory, in order. */
static void list(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++)
        printf("%s%s", entries[i]->d_name, i + 1 < count ? " " : "\n");
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX];

    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(022);
    snprintf(folder, sizeof folder, "%s/files", argc > 1 ? argv[1] : "");
    SAY(mkdir(folder, 0755));
    SAY(chdir(folder));
    attributes();
    sizes();
    vectors();
    copies();
    locks();
    descriptors();
    in_memory();
    about();
    list(".");
    return 0;
}
