/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/boot/linux/select.c: what select says of descriptors: those that are open are ready, and it waits when none is asked for. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/select.h>
#include <time.h>

static void say(const char *what, int right)
{
    printf("%s: %s\n", what, right ? "ok" : "WRONG");
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
    fd_set readable, writable, odd;
    struct timeval limit = {0, 200000};
    int file = open("/dev/null", O_RDWR), high = fcntl(file, F_DUPFD, 70);

    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&odd);
    FD_SET(high, &readable);
    FD_SET(file, &writable);
    FD_SET(1, &writable);
    FD_SET(file, &odd);
    say("those that are asked for", select(high + 1, &readable, &writable, &odd, NULL) == 3);
    say("are in the sets", FD_ISSET(high, &readable) && FD_ISSET(file, &writable) && FD_ISSET(1, &writable));
    say("nothing is exceptional", !FD_ISSET(file, &odd));
    say("others do not count", select(high, &readable, NULL, NULL, &limit) == 0 && !FD_ISSET(high, &readable));
    FD_SET(500, &readable);
    say("one that is not open", select(501, &readable, NULL, NULL, NULL) == -1 && errno == EBADF);
    say("a wild pointer", select(4, (fd_set *)8, NULL, NULL, NULL) == -1 && errno == EFAULT);
    say("a number below zero", select(-1, NULL, NULL, NULL, NULL) == -1 && errno == EINVAL);
    double start = now();

    limit.tv_sec = 0;
    limit.tv_usec = 200000;
    say("no descriptor", select(0, NULL, NULL, NULL, &limit) == 0);
    say("is waiting", now() - start >= 0.2);
    return 0;
}
