/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks of files between processes: `locks hold` takes some and stays, `locks ask` prints the conflicts that it meets. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int lock(int file, int command, short type, long start, long length)
{
    struct flock flock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

    return fcntl(file, command, &flock);
}

static void said(const char *what, int result)
{
    printf("%s: %s\n", what, result == 0 ? "0" : strerrorname_np(errno));
    fflush(stdout);
}

static void look(int file, long start)
{
    struct flock flock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};

    said("getlk", fcntl(file, F_GETLK, &flock));
    if (flock.l_type != F_UNLCK)
        printf("%s from %ld, %ld bytes, of %s\n", flock.l_type == F_WRLCK ? "written" : "read", (long)flock.l_start, (long)flock.l_len,
               flock.l_pid > 1 ? "a process" : "nobody");
    else
        printf("free\n");
}

static void on_alarm(int signal)
{
    (void)signal;
}

int main(int argc, char **argv)
{
    int file = open("/locked", O_RDWR | O_CREAT, 0644), again = open("/locked", O_RDWR), whole = open("/whole", O_RDWR | O_CREAT, 0644);

    if (argc > 1 && strcmp(argv[1], "hold") == 0) {
        said("written", lock(file, F_SETLK, F_WRLCK, 10, 10));
        said("read", lock(file, F_SETLK, F_RDLCK, 30, 10));
        said("of the description", lock(again, F_OFD_SETLK, F_WRLCK, 50, 0));
        said("whole", flock(whole, LOCK_EX));
        printf("holding\n");
        fflush(stdout);
        pause();
    }
    struct sigaction action = {.sa_handler = on_alarm};

    look(file, 15);
    look(file, 25);
    look(file, 30);
    look(file, 60);
    said("written", lock(file, F_SETLK, F_WRLCK, 19, 5));
    said("beside it", lock(file, F_SETLK, F_WRLCK, 20, 5));
    said("read", lock(file, F_SETLK, F_RDLCK, 30, 1));
    said("read, written", lock(file, F_SETLK, F_WRLCK, 30, 1));
    said("of the description", lock(file, F_OFD_SETLK, F_RDLCK, 100, 1));
    said("whole", flock(whole, LOCK_SH | LOCK_NB));
    sigaction(SIGALRM, &action, NULL);
    alarm(1);
    said("waiting", lock(file, F_SETLKW, F_WRLCK, 10, 1));
    close(again); /* ends what the process has, by whatever descriptor */
    printf("waiting for the end\n");
    fflush(stdout);
    said("at last", lock(file, F_SETLKW, F_WRLCK, 0, 0));
    said("whole", flock(whole, LOCK_EX));
    return 0;
}
