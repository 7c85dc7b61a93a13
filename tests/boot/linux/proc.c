/* SPDX-License-Identifier: BSD-2-Clause */
/* The contents of /proc and /dev about the calling process: each line is "ok", as on Linux. */
#define _GNU_SOURCE
#include "say.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char bytes[65536];

/* A file as a text; its bytes. */
static long get(const char *path)
{
    int file = open(path, O_RDONLY);
    long length = 0, part;

    if (file < 0)
        return -1;
    while ((part = read(file, bytes + length, sizeof bytes - 1 - (size_t)length)) > 0)
        length += part;
    bytes[length] = 0;
    close(file);
    return length;
}

/* A line of /proc/self/maps that has an address. */
static int is_mapped(const void *address, const char *rights)
{
    get("/proc/self/maps");
    for (char *line = strtok(bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        unsigned long start, end;
        char found[8];

        if (sscanf(line, "%lx-%lx %7s", &start, &end, found) == 3 && start <= (unsigned long)address && (unsigned long)address < end)
            return strcmp(found, rights) == 0;
    }
    return rights[0] == 0;
}

static int has_entry(const char *folder, const char *name)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    int found = 0;

    while (directory != NULL && (entry = readdir(directory)) != NULL)
        found |= strcmp(entry->d_name, name) == 0;
    if (directory != NULL)
        closedir(directory);
    return found;
}

static void of_the_process(int argc, char **argv)
{
    char path[64], target[4096];
    long length, number;

    say("maps of the stack", is_mapped(&length, "rw-p"));
    char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    say("maps of a shared page", is_mapped(page, "r--s"));
    munmap(page, 4096);
    say("maps without it", is_mapped(page, ""));
    length = get("/proc/self/cmdline");
    say("cmdline", length > 0 && strcmp(bytes, argv[0]) == 0 && (argc < 2 || strcmp(bytes + strlen(bytes) + 1, argv[1]) == 0));
    get("/proc/self/status");
    say("status", (length = 0, sscanf(strstr(bytes, "\nPid:"), "\nPid:\t%ld", &number) == 1 && number == getpid()));
    get("/proc/self/stat");
    say("stat", sscanf(bytes, "%ld (", &number) == 1 && number == getpid());
    snprintf(path, sizeof path, "/proc/%d/comm", (int)getpid());
    get(path);
    say("comm", strncmp(bytes, strrchr(argv[0], '/') == NULL ? argv[0] : strrchr(argv[0], '/') + 1, strlen(bytes) - 1) == 0);
    length = readlink("/proc/self/exe", target, sizeof target - 1);
    target[length] = 0;
    say("exe", length > 0 && target[0] == '/');
    say("cwd", (length = readlink("/proc/self/cwd", target, sizeof target)) > 0 && target[0] == '/');

    pthread_attr_t attributes;
    void *stack;
    size_t size;

    say("where the stack is", pthread_getattr_np(pthread_self(), &attributes) == 0 &&
                                  pthread_attr_getstack(&attributes, &stack, &size) == 0 && (char *)stack < (char *)&length &&
                                  (char *)&length < (char *)stack + size);
}

static void of_descriptors(void)
{
    int file = dup2(open("/dev/null", O_RDWR), 60);
    char path[64], target[64];
    struct stat stat;

    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    target[readlink(path, target, sizeof target - 1)] = 0;
    say("the name of a descriptor", strcmp(target, "/dev/null") == 0);
    say("it is a link", lstat(path, &stat) == 0 && S_ISLNK(stat.st_mode));
    say("and leads to a device", fstatat(AT_FDCWD, path, &stat, 0) == 0 && S_ISCHR(stat.st_mode));
    int again = open(path, O_RDWR);

    say("it can be opened", again >= 0 && write(again, "x", 1) == 1);
    snprintf(path, sizeof path, "%d", file);
    say("it is listed", has_entry("/proc/self/fd", path));
    close(again);
    close(file);
    say("and then not", !has_entry("/proc/self/fd", path));
    say("dev", has_entry("/dev", "null") && has_entry("/dev", "urandom"));
    say("nothing else", open("/proc/self/nothing", O_RDONLY) == -1 && open("/dev/nothing", O_RDONLY) == -1);
    say("not to be written",
        open("/proc/self/maps", O_RDWR | O_TRUNC) == -1 && unlink("/proc/self/maps") == -1 && mkdir("/proc/x", 0700) == -1);
}

static void of_the_system(void)
{
    long number, free_bytes;
    double up;

    get("/proc/meminfo");
    say("meminfo", sscanf(bytes, "MemTotal: %ld kB\nMemFree: %ld kB", &number, &free_bytes) == 2 && number >= free_bytes && free_bytes > 0);
    get("/proc/uptime");
    say("uptime", sscanf(bytes, "%lf", &up) == 1 && up > 0);
    get("/proc/cpuinfo");
    say("cpuinfo", strstr(bytes, "processor\t: 0") != NULL);
    say("filesystems", get("/proc/filesystems") > 0 && strstr(bytes, "ext4") != NULL);
    int folder = open("/proc", O_RDONLY | O_DIRECTORY);

    say("relative to a directory", openat(folder, "self/status", O_RDONLY) >= 0);
    say("and in it", chdir("/proc/self") == 0 && access("status", R_OK) == 0 && access("../uptime", R_OK) == 0 && access("no", F_OK) == -1);
    say("up again", chdir("/") == 0);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    of_the_process(argc, argv);
    of_descriptors();
    of_the_system();
    return 0;
}
