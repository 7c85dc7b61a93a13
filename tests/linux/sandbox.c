/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox GROUP-FOLDER ROOT: a process in a container made by hand: namespaces of its own, a root folder with nothing in
 * it (ROOT must be an empty folder), a control group of its own (made in GROUP-FOLDER), no privileges, and system calls
 * filtered down to a few. Prints `has STEP` or `lacks STEP: why` for each, and `process ID`. */
#define _GNU_SOURCE
#include "example.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static bool tell(const char *step, bool fine)
{
    if (fine) {
        printf("has %s\n", step);
    } else {
        printf("lacks %s: %s\n", step, strerror(errno));
    }
    fflush(stdout);
    return fine;
}

/* A mount of its own as root folder, and nothing of the old one left. */
static bool change_root(const char *root)
{
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("none", root, "tmpfs", 0, NULL) == 0 &&
           chdir(root) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 &&
           chdir("/") == 0;
}

/* Only read, write and leaving; anything else ends the process. The first word loaded is the number of the call. */
static bool filter_calls(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Puts the calling process into a group of its own. */
static bool enter_group(const char *folder)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/cellulos-example-%d", folder, (int)getpid());
    if (mkdir(path, 0755) != 0) {
        return false;
    }
    printf("group %s\n", path);
    fflush(stdout);
    strcat(path, "/cgroup.procs");
    int file = open(path, O_WRONLY);
    bool fine = file >= 0 && write(file, "0", 1) == 1;
    int why = errno;
    close(file);
    errno = why;
    return fine;
}

static void run_inside(const char *root)
{
    tell("root", change_root(root));
    if (geteuid() == 0) {
        tell("user", setgid(65534) == 0 && setuid(65534) == 0);
    }
    example_region("own", 20, MAP_PRIVATE, -1, EXAMPLE_WRITE);
    fflush(stdout);
    tell("filter", filter_calls());
    example_wait();
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    tell("group", enter_group(argv[1]));
    int flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWCGROUP;
    bool fine = unshare(flags) == 0 || unshare(CLONE_NEWUSER | flags) == 0;
    tell("namespaces", fine);
    pid_t child = fork();
    if (child < 0) {
        example_fail("fork");
    }
    if (child == 0) {
        run_inside(argv[2]);
    }
    printf("process %d\n", (int)child);
    example_wait();
}
