/* SPDX-License-Identifier: BSD-2-Clause */
/* The first process of a guest Linux that tests `cellmodel linux` there. Starts example programs, as root and as another
 * user, prints `example PID LINE` for what they say, then what cellmodel prints, between `begin NAME` and `end NAME
 * STATUS`, and turns the machine off. */
#include "example.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { most_words = 16, file_pages = 64, nobody = 65534 };

static int newest; /* the last example's process */

/* Splits a line into words for execv(). The text stays in use. */
static void split(char *line, char **words)
{
    size_t count = 0;
    for (char *word = strtok(line, " "); word != NULL && count < most_words - 1; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    words[count] = NULL;
}

static void run(const char *command, int user, int input, int output)
{
    char line[256];
    char *words[most_words];
    snprintf(line, sizeof line, "%s", command);
    split(line, words);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || (user != 0 && (setgid((gid_t)user) != 0 || setuid((uid_t)user) != 0))) {
        example_fail(command);
    }
    execv(words[0], words);
    example_fail(command);
}

/* Starts an example, and prints what it says until it has said `ready` so many times. Its input stays open. */
static void start(const char *command, int user, int ready)
{
    int input[2];
    int output[2];
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) {
        example_fail("pipe2");
    }
    newest = fork();
    if (newest == 0) {
        run(command, user, input[0], output[1]);
    }
    close(input[0]);
    close(output[1]);
    FILE *lines = fdopen(output[0], "r");
    char line[256];
    while (ready > 0 && fgets(line, sizeof line, lines) != NULL) {
        printf("example %d %s", newest, line);
        ready -= strcmp(line, "ready\n") == 0;
    }
    fflush(stdout);
}

static void extract(const char *name, const char *command, int user)
{
    int status = 0;
    printf("begin %s\n", name);
    fflush(stdout);
    int child = fork();
    if (child == 0) {
        run(command, user, 0, 1);
    }
    while (waitpid(child, &status, 0) < 0) {
    }
    printf("end %s %d\n", name, status);
    fflush(stdout);
}

static void make_file(const char *path)
{
    int file = open(path, O_CREAT | O_WRONLY, 0666);
    for (int i = 0; i < file_pages; i++) {
        char page[4096];
        memset(page, i + 1, sizeof page);
        if (write(file, page, sizeof page) != sizeof page) {
            example_fail(path);
        }
    }
    close(file);
}

static void put(const char *path, const char *text)
{
    int file = open(path, O_WRONLY);
    if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) {
        example_fail(path);
    }
    close(file);
}

/* Puts the newest example into a control group (version 2) with limits. */
static void limit_newest(void)
{
    char id[16];
    snprintf(id, sizeof id, "%d", newest);
    if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) != 0) {
        example_fail("mount /sys/fs/cgroup");
    }
    put("/sys/fs/cgroup/cgroup.subtree_control", "+memory +pids");
    mkdir("/sys/fs/cgroup/limited", 0755);
    put("/sys/fs/cgroup/limited/memory.max", "67108864");
    put("/sys/fs/cgroup/limited/pids.max", "50");
    put("/sys/fs/cgroup/limited/cgroup.procs", id);
}

int main(void)
{
    char command[64];
    if (mount("proc", "/proc", "proc", 0, NULL) != 0 || mount("sysfs", "/sys", "sysfs", 0, NULL) != 0) {
        example_fail("mount");
    }
    mkdir("/tmp", 0777);
    if (mount("none", "/tmp", "tmpfs", 0, NULL) != 0) {
        example_fail("mount /tmp");
    }
    make_file("/tmp/file");
    puts("guest started");
    start("/bare private 7 zero 5 file /tmp/file 3 vdso", 0, 1);
    start("/bare private 4 zero 9 file /tmp/file 8 vdso change /tmp/file 2", 0, 1);
    start("/plain-static /tmp/file", 0, 1);
    start("/plain-static /tmp/file", 0, 1);
    start("/namespaces-static mnt uts ipc net pid cgroup time", 0, 2);
    start("/threads-static", 0, 1);
    limit_newest();
    extract("all", "/cellmodel linux --all", 0);
    extract("all-threads", "/cellmodel linux --all --threads", 0);
    puts("guest waits");
    fflush(stdout);
    if (fgets(command, sizeof command, stdin) == NULL) {
        example_fail("console");
    }
    put("/proc/sys/kernel/yama/ptrace_scope", "1");
    start("/bare private 7 zero 5 file /tmp/file 3 vdso", nobody, 1);
    int first = newest;
    start("/bare private 4 zero 9 file /tmp/file 8 vdso change /tmp/file 2", nobody, 1);
    snprintf(command, sizeof command, "/cellmodel linux %d %d", first, newest);
    extract("hidden", command, nobody);
    puts("guest ends");
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
