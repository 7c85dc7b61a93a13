/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/runner_machine.c: QEMU as a child process of the runner. Bottom-up:
 * packing the image; QEMU's arguments; its channels (pipes for the UART, a
 * socket for the control channel; what it says); starting and ending it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <board.h>
#include <board_qemu.h>
#include "tools/host.h"
#include "tools/runner.h"

/* The control channel's descriptor inside QEMU. */
#define CONTROL_FD 3
/* QEMU's arguments are at most this many: the board's, and those added here. */
#define ARGUMENTS_MAXIMUM 64

/* An image packed for this run, removed at exit; or empty. */
static char packed_image[64];

static void remove_image(void)
{
    if (packed_image[0] != 0)
        unlink(packed_image);
}

/* ---- The image --------------------------------------------------------- */

static const char *kernel_path(const struct runner_options *options)
{
    if (options->kernel != NULL)
        return options->kernel;
    return host_sibling(options->debug ? "nucleus/debug/kernel.elf" : "nucleus/release/kernel.elf");
}

static const char *pack_image(const struct runner_options *options)
{
    const char *root = options->root != NULL ? options->root : host_sibling("programs/root.elf");
    char *packer = host_sibling("host/cellimage");
    int fd;
    int status;
    pid_t child;

    strcpy(packed_image, "/tmp/cellulos-XXXXXX");
    fd = mkstemp(packed_image);
    if (fd < 0)
        host_fail(packed_image, "%s", strerror(errno));
    close(fd);
    atexit(remove_image);
    child = fork();
    if (child == 0) {
        execl(packer, packer, "--kernel", kernel_path(options), "--root", root, "-o", packed_image,
              (char *)NULL);
        host_fail(packer, "%s", strerror(errno));
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        host_fail(packer, "%s", strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        exit(WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED);
    return packed_image;
}

/* ---- QEMU's arguments --------------------------------------------------- */

struct arguments {
    char *list[ARGUMENTS_MAXIMUM + 1];
    size_t count;
};

static void add(struct arguments *arguments, const char *text)
{
    if (arguments->count == ARGUMENTS_MAXIMUM)
        host_fail(RUNNER, "more than %d arguments for QEMU", ARGUMENTS_MAXIMUM);
    arguments->list[arguments->count++] = strdup(text);
    arguments->list[arguments->count] = NULL;
}

static void add_pair(struct arguments *arguments, const char *option, const char *value)
{
    add(arguments, option);
    add(arguments, value);
}

static void add_list(struct arguments *arguments, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(arguments, list[i]);
}

/* The boot options, which the root task finds in the device tree. */
static void add_boot_options(struct arguments *arguments, const struct runner_options *options)
{
    const char *words = options->words != NULL ? options->words : "";
    char *text = NULL;
    int size;

    if (options->system != NULL)
        size = asprintf(&text, "system=%s %s", options->system, words);
    else
        size = asprintf(&text, "%s", words);
    if (size < 0)
        host_fail("memory", "is out");
    add_pair(arguments, "-append", text);
    free(text);
}

static void add_archive(struct arguments *arguments, const struct runner_options *options)
{
    const char *archive = options->archive;

    if (options->no_archive)
        return;
    if (archive == NULL)
        archive = host_sibling("archive.cellar");
    if (access(archive, R_OK) != 0)
        host_fail(archive, "%s", strerror(errno));
    add_pair(arguments, "-initrd", archive);
}

/* The file of a disk: in an option of QEMU's a comma is written twice. Behind the last one may be `ro`. */
static void add_disk(struct arguments *arguments, const char *disk, unsigned number)
{
    size_t length = strlen(disk);
    bool read_only = length > 3 && strcmp(disk + length - 3, ",ro") == 0;
    char *file = host_allocate(2 * length + 1), *end = file, *text;

    for (size_t i = 0; i < length - (read_only ? 3 : 0); i++) {
        if (disk[i] == ',')
            *end++ = ',';
        *end++ = disk[i];
    }
    *end = 0;
    if (asprintf(&text, "file=%s,format=raw,if=none,discard=unmap,id=disk%u%s", file, number,
                 read_only ? ",readonly=on" : "") < 0)
        host_fail("memory", "is out");
    add_pair(arguments, "-drive", text);
    free(text);
    if (asprintf(&text, BOARD_QEMU_DISK, number, BOARD_QEMU_DISK_BUS(number)) < 0)
        host_fail("memory", "is out");
    add_pair(arguments, "-device", text);
    free(text);
    free(file);
}

static void make_arguments(struct arguments *arguments, const struct runner_options *options)
{
    const char *qemu = getenv("CELLRUN_QEMU");
    char memory[24];

    snprintf(memory, sizeof memory, "%ju", (uintmax_t)options->memory);
    add(arguments, qemu != NULL ? qemu : BOARD_QEMU);
    add_list(arguments, board_qemu_arguments,
             sizeof board_qemu_arguments / sizeof *board_qemu_arguments);
    add_pair(arguments, "-m", memory);
    if (options->memory > BOARD_MEMORY_LOW)
        add_list(arguments, board_qemu_high_memory,
                 sizeof board_qemu_high_memory / sizeof *board_qemu_high_memory);
    if (options->icount)
        add_list(arguments, board_qemu_icount,
                 sizeof board_qemu_icount / sizeof *board_qemu_icount);
    add_pair(arguments, "-chardev", "stdio,id=console,signal=off");
    add_pair(arguments, "-serial", "chardev:console");
    add_pair(arguments, "-chardev", "socket,id=control,fd=3");
    add_list(arguments, board_qemu_control,
             sizeof board_qemu_control / sizeof *board_qemu_control);
    for (unsigned i = 0; i < options->disk_count; i++)
        add_disk(arguments, options->disks[i], i);
    if (options->net) {
        add_pair(arguments, "-netdev", "user,id=net");
        add_pair(arguments, "-device", BOARD_QEMU_NET);
    }
    add_pair(arguments, "-kernel", options->image != NULL ? options->image : pack_image(options));
    if (BOARD_QEMU_TREE != NULL)
        add_pair(arguments, "-dtb", host_sibling(BOARD_QEMU_TREE));
    add_archive(arguments, options);
    add_boot_options(arguments, options);
}

/* ---- Starting and ending ------------------------------------------------ */

static void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Passes on what QEMU says on stderr, but for lines that mean nothing, until QEMU ends. */
static _Noreturn void become_filter(int errors)
{
    FILE *from = fdopen(errors, "r");
    char *line = NULL;
    size_t room = 0;

    setpgid(0, 0); /* Ctrl-C is for the runner */
    while (from != NULL && getline(&line, &room, from) > 0)
        if (strncmp(line, BOARD_QEMU_NOISE, strlen(BOARD_QEMU_NOISE)) != 0)
            fputs(line, stderr);
    _exit(0);
}

/* Starts the filter, if there is anything to filter; *to becomes where QEMU's stderr goes. */
static pid_t start_filter(int *to)
{
    int errors[2];
    pid_t filter;

    *to = STDERR_FILENO;
    if (BOARD_QEMU_NOISE[0] == 0)
        return 0;
    if (pipe2(errors, O_CLOEXEC) != 0 || (filter = fork()) < 0)
        host_fail(RUNNER, "QEMU's errors: %s", strerror(errno));
    if (filter == 0) {
        close(errors[1]);
        become_filter(errors[0]);
    }
    close(errors[0]);
    *to = errors[1];
    return filter;
}

static _Noreturn void become_qemu(struct arguments *arguments, int input, int output, int errors, int channel)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* QEMU does not outlive the runner */
    setpgid(0, 0);                    /* Ctrl-C is for the runner */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    if (channel != CONTROL_FD)
        dup2(channel, CONTROL_FD);
    else
        fcntl(channel, F_SETFD, 0);
    execvp(arguments->list[0], arguments->list);
    dprintf(STDERR_FILENO, "%s: %s\n", arguments->list[0], strerror(errno));
    _exit(127);
}

struct machine machine_start(const struct runner_options *options)
{
    struct arguments arguments = {.count = 0};
    struct machine machine;
    int input[2], output[2], channel[2], errors;

    make_arguments(&arguments, options);
    /* Before there are channels, of which it would hold copies. */
    machine.filter = start_filter(&errors);
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0
        || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0)
        host_fail(RUNNER, "channels to QEMU: %s", strerror(errno));
    machine.process = fork();
    if (machine.process < 0)
        host_fail(RUNNER, "QEMU: %s", strerror(errno));
    if (machine.process == 0)
        become_qemu(&arguments, input[0], output[1], errors, channel[1]);
    if (errors != STDERR_FILENO)
        close(errors);
    close(input[0]);
    close(output[1]);
    close(channel[1]);
    machine.input = input[1];
    machine.output = output[0];
    machine.control = channel[0];
    set_nonblocking(machine.input);
    set_nonblocking(machine.output);
    set_nonblocking(machine.control);
    return machine;
}

int machine_wait(struct machine *machine)
{
    int status;

    while (waitpid(machine->process, &status, 0) < 0 && errno == EINTR)
        ;
    while (machine->filter != 0 && waitpid(machine->filter, NULL, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void machine_stop(struct machine *machine)
{
    kill(machine->process, SIGKILL);
    machine_wait(machine);
}
