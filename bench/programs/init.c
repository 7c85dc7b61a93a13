/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/programs/init.c: the first process of Linux as a guest that benchmarks run in. It loads the modules /modules/00, 01, …, mounts
 * /dev, /proc, a tmpfs at /ram and at /disk the file system of /ext4.img, which it copies to a disk in memory; runs the lines of
 * /commands, a program with its
 * arguments each; prints `ended STATUS` behind each, and turns the machine off. The line `/mark WORD` prints `place WORD`.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST 31
#define DISK_KIB "65536" /* the image's */

static void load_modules(void)
{
    char path[32];

    for (int number = 0;; number++) {
        snprintf(path, sizeof path, "/modules/%02d", number);
        int file = open(path, O_RDONLY | O_CLOEXEC);

        if (file < 0)
            return;
        if (syscall(SYS_finit_module, file, "rd_nr=1 rd_size=" DISK_KIB, 0) != 0)
            perror(path);
        close(file);
    }
}

static void mount_at(const char *what, const char *where, const char *type)
{
    mkdir(where, 0755);
    if (mount(what, where, type, 0, NULL) != 0)
        perror(where);
}

static void copy(const char *from, const char *to)
{
    static char buffer[1 << 20];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY);

    for (ssize_t count; (count = read(in, buffer, sizeof buffer)) > 0;)
        if (write(out, buffer, (size_t)count) != count)
            perror(to);
    close(in);
    close(out);
    unlink(from);
}

static void run(char *line)
{
    char *words[WORDS_MOST + 1];
    int count = 0, status = 0;

    for (char *word = strtok(line, " \n"); word != NULL && count < WORDS_MOST; word = strtok(NULL, " \n"))
        words[count++] = word;
    words[count] = NULL;
    if (count == 2 && strcmp(words[0], "/mark") == 0)
        printf("place %s\n", words[1]);
    fflush(stdout);
    if (count == 0 || strcmp(words[0], "/mark") == 0)
        return;
    pid_t child = fork();

    if (child == 0) {
        execv(words[0], words);
        perror(words[0]);
        _exit(127);
    }
    waitpid(child, &status, 0);
    printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    fflush(stdout);
}

int main(void)
{
    char line[1024];

    mount_at("dev", "/dev", "devtmpfs");
    mount_at("proc", "/proc", "proc");
    mount_at("ram", "/ram", "tmpfs");
    load_modules();
    copy("/ext4.img", "/dev/ram0");
    mount_at("/dev/ram0", "/disk", "ext4");
    FILE *commands = fopen("/commands", "re");

    while (commands != NULL && fgets(line, sizeof line, commands) != NULL)
        run(line);
    umount("/disk");
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
