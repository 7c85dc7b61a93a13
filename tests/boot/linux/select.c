/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/boot/linux/select.c: select on descriptors: open ones are ready, and it waits when none is given. */
#define _GNU_SOURCE
#include "say.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>

static volatile sig_atomic_t handled;

static void on_signal(int signal)
{
    handled = signal;
}

/* A blocked signal arrives while a call waits whose mask lets it through, and is blocked again afterwards. */
static void masks(void)
{
    struct timespec none = {0, 0}, second = {1, 0};
    sigset_t kept, empty, now;

    sigemptyset(&kept);
    sigemptyset(&empty);
    sigaddset(&kept, SIGUSR1);
    signal(SIGUSR1, on_signal);
    sigprocmask(SIG_BLOCK, &kept, NULL);
    raise(SIGUSR1);
    say("a signal that is kept back", ppoll(NULL, 0, &none, &kept) == 0 && handled == 0);
    say("and let through by ppoll", ppoll(NULL, 0, &second, &empty) == -1 && errno == EINTR && handled == SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &now);
    say("once", sigismember(&now, SIGUSR1) == 1);
    handled = 0;
    raise(SIGUSR1);
    say("by pselect, too", pselect(0, NULL, NULL, NULL, &second, &empty) == -1 && errno == EINTR && handled == SIGUSR1);
    say("a wrong mask", ppoll(NULL, 0, &none, (sigset_t *)8) == -1 && errno == EFAULT);
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
    masks();
    return 0;
}
