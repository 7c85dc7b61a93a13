/* SPDX-License-Identifier: BSD-2-Clause */
/* A terminal in raw mode, as programs with their own line editor use it: bytes as they are typed, waiting for them, passwords. */
#define _GNU_SOURCE
#include "say.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

static struct termios lines;

/* The terminal with these flags off; a read waits for so many bytes. */
static void set(tcflag_t off, int least, int tenths)
{
    struct termios wanted = lines;

    wanted.c_lflag &= ~off;
    wanted.c_cc[VMIN] = (cc_t)least;
    wanted.c_cc[VTIME] = (cc_t)tenths;
    tcsetattr(0, TCSANOW, &wanted);
}

static int is_typed(int milliseconds)
{
    return poll(&(struct pollfd){.fd = 0, .events = POLLIN}, 1, milliseconds);
}

static void nothing_typed(void)
{
    struct timespec before, after;
    char byte;
    int count = 9;
    fd_set set_of_one;

    clock_gettime(CLOCK_MONOTONIC, &before);
    say("nothing is typed in time", is_typed(200) == 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    say("and that takes the time", (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 199);
    FD_ZERO(&set_of_one);
    FD_SET(0, &set_of_one);
    say("nor to select", select(1, &set_of_one, NULL, NULL, &(struct timeval){0, 1000}) == 0 && !FD_ISSET(0, &set_of_one));
    say("FIONREAD", ioctl(0, FIONREAD, &count) == 0 && count == 0);
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    say("O_NONBLOCK", read(0, &byte, 1) == -1 && errno == EAGAIN);
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) & ~O_NONBLOCK);
    set(ICANON | ECHO, 0, 1);
    say("no byte is enough", read(0, &byte, 1) == 0);
}

int main(void)
{
    struct termios now;
    char bytes[16] = "";
    int count = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    tcgetattr(0, &lines);
    say("it begins with lines", (lines.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG));
    set(ICANON | ECHO | ISIG, 1, 0);
    tcgetattr(0, &now);
    say("it has none", (now.c_lflag & (ICANON | ECHO)) == 0);
    nothing_typed();
    set(ICANON | ECHO | ISIG, 1, 0);
    puts("type x");
    say("it is typed", is_typed(-1) == 1 && ioctl(0, FIONREAD, &count) == 0 && count == 1);
    say("a byte, without a line's end", read(0, bytes, sizeof bytes) == 1 && bytes[0] == 'x');
    puts("interrupt");
    say("Ctrl-C is a byte", read(0, bytes, sizeof bytes) == 1 && bytes[0] == 3);
    set(ICANON, 1, 0);
    puts("type y");
    say("a byte that is shown", read(0, bytes, sizeof bytes) == 1 && bytes[0] == 'y');
    set(ECHO, 1, 0);
    puts("password?");
    say("a line that is not shown", read(0, bytes, sizeof bytes) == 7 && bytes[0] == 's' && bytes[6] == '\n');
    tcsetattr(0, TCSANOW, &lines);
    puts("line?");
    say("a line", read(0, bytes, sizeof bytes) == 5);
    return 0;
}
