/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls whose trace is that of strace(1) on Linux, traced.txt, but for addresses, which structures are here. Argument: a folder to work
 * in. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void files(void)
{
    char buffer[100];
    int file = open("a.file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    write(file, "hello\tworld\n\1", 13);
    lseek(file, 2, SEEK_SET);
    read(file, buffer, 100);
    read(file, buffer, 100);
    pread(file, buffer, 40, 0);
    pwrite(file, "\0017\"\\", 4, 5);
    lseek(file, -1, SEEK_END);
    ftruncate(file, 3);
    open("/nothing/x", O_RDONLY | O_DIRECTORY);
    open("a.file", O_WRONLY | O_APPEND | O_NOFOLLOW);
    close(77);
    write(file, "a text that is longer than what is shown of one", 47);
    unlinkat(AT_FDCWD, "a.file", AT_REMOVEDIR);
    faccessat(AT_FDCWD, "a.file", R_OK | W_OK, AT_SYMLINK_NOFOLLOW);
    unlink("a.file");
    mkdir("a.folder", 0700);
    rmdir("a.folder");
    symlink("to", "a.link");
    readlink("a.link", buffer, 100);
    readlink("a.file", buffer, 100);
    unlink("a.link");
    dup3(1, 50, O_CLOEXEC);
    dup3(1, 1, 0);
    close(50);
    umask(027);
}

static void memory(void)
{
    void *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    mprotect(memory, 4096, PROT_NONE);
    mprotect(memory, 4096, PROT_READ | PROT_EXEC);
    mmap(memory, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, 3, 4096);
    mremap(memory, 4096, 8192, 0);
    madvise(memory, 4096, MADV_DONTNEED);
    munmap(memory, 8192);
}

static void on_signal(int signal)
{
    (void)signal;
}

static void others(void)
{
    struct rlimit limit;
    char bytes[4];
    int file = open("b.file", O_RDWR | O_CREAT, 0600);

    fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 100);
    flock(file, LOCK_EX | LOCK_NB);
    unlink("b.file");
    syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
    syscall(SYS_getrandom, bytes, sizeof bytes, 1);
    signal(SIGUSR2, on_signal);
    raise(SIGUSR2);
    kill(getpid(), SIGUSR2);
}

int main(int argc, char **argv)
{
    struct timespec time;

    if (argc != 2 || chdir(argv[1]) != 0)
        return 1;
    files();
    memory();
    others();
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    syscall(SYS_clock_gettime, CLOCK_BOOTTIME, 8);
    signal(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    kill(getpid(), SIGURG);
    getuid();
    return 0;
}
