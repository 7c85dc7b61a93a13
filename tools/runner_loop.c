/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/runner_loop.c: one poll loop over everything that can happen: typed
 * input, console output, frames, QEMU's end, signals, and time passing.
 *
 * After the end of input, 0x04 (Ctrl-D) is typed again and again, so that every
 * later read of the console sees the end as well.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <board_qemu.h>
#include "tools/host.h"
#include "tools/runner.h"

#define CHUNK 65536
#define CONTROL_D 0x04

struct loop {
    const struct runner_options *options;
    struct machine *machine;
    int signals;        /* signalfd: SIGINT, SIGTERM, SIGHUP */
    uint8_t typed[4096];
    size_t typed_size;  /* bytes not yet taken by the UART */
    bool input_open;    /* stdin may give more */
    int64_t started;    /* times in milliseconds */
    int64_t silent;     /* since the last frame, less while the computer is busy */
    int64_t looked;     /* when that was counted */
    int64_t next_end;   /* when 0x04 is typed again; 0: input has not ended */
    bool showed;        /* the console showed something */
    bool machine_gone;
};

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* ---- Input ----------------------------------------------------------------- */

static void input_ended(struct loop *loop)
{
    loop->input_open = false;
    loop->next_end = now();
    control_send(loop->machine->control, "eof");
}

static void obey(struct loop *loop, enum terminal_command command)
{
    if (command == TERMINAL_QUIT) {
        control.ended = true;
        control.status = 0;
    } else if (command == TERMINAL_MODEL && loop->options->models == NULL) {
        control_send(loop->machine->control, "model");
    } else if (command == TERMINAL_POWEROFF) {
        control_send(loop->machine->control, "poweroff");
    }
}

static void read_input(struct loop *loop)
{
    enum terminal_command command;
    ssize_t size = read(STDIN_FILENO, loop->typed, sizeof loop->typed);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        input_ended(loop);
        return;
    }
    loop->typed_size = terminal_filter(loop->typed, (size_t)size, &command);
    obey(loop, command);
}

static void write_input(struct loop *loop)
{
    ssize_t size = write(loop->machine->input, loop->typed, loop->typed_size);

    if (size < 0 && errno != EAGAIN && errno != EINTR)
        loop->typed_size = 0; /* QEMU is gone; its end is seen elsewhere */
    if (size <= 0)
        return;
    loop->typed_size -= (size_t)size;
    memmove(loop->typed, loop->typed + size, loop->typed_size);
}

/* ---- Output ---------------------------------------------------------------- */

/* Returns false at the end of the stream. */
static bool read_output(struct loop *loop)
{
    uint8_t bytes[CHUNK];
    ssize_t size = read(loop->machine->output, bytes, sizeof bytes);

    if (size < 0)
        return errno == EAGAIN || errno == EINTR;
    if (size > 0) {
        loop->showed = true;
        host_output_write(&loop->options->console, bytes, (size_t)size);
        host_output_write(&loop->options->transcript, bytes, (size_t)size);
    }
    return size > 0;
}

static bool read_control(struct loop *loop)
{
    uint8_t bytes[CHUNK];
    ssize_t size = read(loop->machine->control, bytes, sizeof bytes);

    if (size < 0)
        return errno == EAGAIN || errno == EINTR;
    control_take(bytes, (size_t)size);
    control_acknowledge(loop->machine->control);
    return size > 0;
}

/* Output that the console showed before the end must not be lost. */
static void drain_output(struct loop *loop)
{
    struct pollfd poll_output = {.fd = loop->machine->output, .events = POLLIN};

    while (poll(&poll_output, 1, 0) > 0 && read_output(loop))
        ;
}

/* ---- Time ------------------------------------------------------------------ */

/* How many threads want to run for each processor; at least 1. */
static int64_t load(void)
{
    FILE *file = fopen("/proc/loadavg", "r");
    long threads = 1, processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (file != NULL) {
        if (fscanf(file, "%*s %*s %*s %ld", &threads) != 1)
            threads = 1;
        fclose(file);
    }
    return threads > processors && processors > 0 ? threads / processors : 1;
}

/* QEMU that gets no time is not dead: a second of silence counts for less then. */
static void check_life(struct loop *loop)
{
    int64_t time = now();

    loop->silent += (time - loop->looked) / load();
    loop->looked = time;
    int64_t silent = loop->silent / 1000;
    int64_t allowed = control.alive ? NEXT_SIGN_SECONDS : FIRST_SIGN_SECONDS;

    if (loop->options->no_watch || loop->options->icount || silent < allowed)
        return;
    fprintf(stderr,
            RUNNER ": no sign of life for %jd seconds: the kernel or the root task is dead%s\n",
            (intmax_t)silent, control.alive ? "" : " (it has not given any)");
    control.ended = true;
    control.status = STATUS_DEAD;
}

static void check_time(struct loop *loop)
{
    uint64_t passed = (uint64_t)(now() - loop->started) / 1000;

    if (control.heard) {
        control.heard = false;
        loop->silent = 0;
    }
    check_life(loop);
    if (!control.ended && loop->options->timeout != 0 && passed >= loop->options->timeout) {
        fprintf(stderr, RUNNER ": not at its end after %ju seconds\n",
                (uintmax_t)loop->options->timeout);
        control.ended = true;
        control.status = STATUS_TIMEOUT;
    }
    if (loop->next_end != 0 && now() >= loop->next_end && loop->typed_size == 0) {
        loop->typed[loop->typed_size++] = CONTROL_D;
        loop->next_end = now() + END_OF_INPUT_MILLISECONDS;
    }
}

/* ---- The loop -------------------------------------------------------------- */

static void take_signal(struct loop *loop)
{
    struct signalfd_siginfo information;

    if (read(loop->signals, &information, sizeof information) != sizeof information)
        return;
    control.ended = true;
    control.status = 128 + (int)information.ssi_signo;
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Input is read when the UART has taken what came before; not before the machine gave a frame (or showed something, if
 * frames are not expected), if its devices would drop input until it has switched them on. */
static bool may_read_input(const struct loop *loop)
{
    bool spoke = control.spoke || (loop->options->no_watch && loop->showed);
    bool listens = !BOARD_QEMU_DROPS_EARLY_INPUT || spoke;

    return loop->input_open && loop->typed_size == 0 && listens;
}

static void turn(struct loop *loop)
{
    enum { OUTPUT,
           CONTROL,
           SIGNALS,
           INPUT,
           UART,
           MODELS,
           COUNT };
    struct pollfd fds[COUNT] = {
        [OUTPUT] = {.fd = loop->machine->output, .events = POLLIN},
        [CONTROL] = {.fd = loop->machine->control, .events = POLLIN},
        [SIGNALS] = {.fd = loop->signals, .events = POLLIN},
        [INPUT] = {.fd = may_read_input(loop) ? STDIN_FILENO : -1, .events = POLLIN},
        [UART] = {.fd = loop->typed_size > 0 ? loop->machine->input : -1, .events = POLLOUT},
        [MODELS] = models_poll(),
    };

    if (poll(fds, COUNT, 250) < 0 && errno != EINTR)
        host_fail(RUNNER, "poll: %s", strerror(errno));
    if (fds[OUTPUT].revents != 0 && !read_output(loop))
        loop->machine_gone = true;
    if (fds[CONTROL].revents != 0 && !read_control(loop))
        loop->machine_gone = true;
    if (fds[SIGNALS].revents != 0)
        take_signal(loop);
    if (fds[INPUT].revents != 0)
        read_input(loop);
    if (fds[UART].revents != 0)
        write_input(loop);
    models_turn(&fds[MODELS], loop->machine->control, now());
    check_time(loop);
}

/* QEMU closed a channel without an exit frame: it ended by itself. */
static int vanished(struct loop *loop)
{
    int status;

    while (read_control(loop) && !control.ended)
        if (poll(&(struct pollfd){.fd = loop->machine->control, .events = POLLIN}, 1, 0) <= 0)
            break;
    drain_output(loop);
    if (control.ended) {
        machine_stop(loop->machine);
        return control.status;
    }
    status = machine_wait(loop->machine);
    fprintf(stderr, RUNNER ": QEMU ended by itself with status %d\n", status);
    return STATUS_VANISHED;
}

int runner_loop(const struct runner_options *options, struct machine *machine)
{
    struct loop loop = {.options = options,
                        .machine = machine,
                        .signals = open_signals(),
                        .input_open = !options->no_input};

    loop.started = loop.looked = now();
    control_init(options);
    if (!options->no_input)
        terminal_raw();
    while (!control.ended && !loop.machine_gone)
        turn(&loop);
    if (!control.ended)
        return vanished(&loop);
    drain_output(&loop);
    machine_stop(machine);
    return control.status;
}
