/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/runner.c: cellrun, which runs CellulOS in QEMU: the console on
 * stdin and stdout, the control channel (lib/control) for everything that a
 * program reads. This file is its command line; runner.h lists the parts.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <board.h>
#include "tools/host.h"
#include "tools/runner.h"

static const char usage[] =
    "usage: cellrun [OPTION...]\n"
    "\n"
    "Boots CellulOS in QEMU with its console on stdin and stdout. On a terminal, Ctrl-A x\n"
    "ends it, Ctrl-A p asks it to power off, Ctrl-A m asks for the model.\n"
    "\n"
    "What runs:\n"
    "  --kernel ELF       this kernel instead of nucleus (seL4, for example)\n"
    "  --debug            the debug build of nucleus\n"
    "  --root ELF         this root task\n"
    "  --archive FILE     this boot archive;  --no-archive: none\n"
    "  --image IMAGE      this image, as it is\n"
    "  --system NAME      the system to start (systems/NAME)\n"
    "  --options WORDS    further boot options, 'key=value key=value'\n"
    "The machine:\n"
    "  --memory MIB       its RAM (default 1024)\n"
    "  --disk FILE[,ro]   a disk with the contents of FILE; may be given several times\n"
    "  --net              a network card, behind which QEMU makes the computer's network\n"
    "  --icount           count instructions: an instruction takes a nanosecond\n"
    "The run:\n"
    "  --timeout SECONDS  end it after that time, with status 124\n"
    "  --no-watch         don't expect a heartbeat\n"
    "  --no-input         leave stdin alone\n"
    "  --no-console       don't show the console\n"
    "  --transcript FILE  write what the console shows to FILE as well\n"
    "  --model FILE       write the model that the machine sends to FILE\n"
    "  --models SOCKET    give a model to each program that connects to SOCKET, which is made (cellmodel view --live)\n"
    "  --bench FILE       write benchmark rows to FILE (- is stdout)\n"
    "  --frames FILE      write a line for every frame on the control channel to FILE\n"
    "\n"
    "Exit status: what the machine gives; 70 when it shows no sign of life, 71 when it\n"
    "reports a fatal end, 72 when QEMU ends by itself, 124 when the time is up.\n";

static struct host_output open_output(const char *path)
{
    struct host_output output = {stdout, "standard output"};

    if (strcmp(path, "-") != 0)
        output = (struct host_output){fopen(path, "w"), path};
    if (output.stream == NULL)
        host_fail(path, "%s", strerror(errno));
    return output;
}

/* Every option: its name, and where its value goes. */
struct option {
    const char *name;
    enum { FLAG,
           TEXT,
           NUMBER,
           OUTPUT,
           DISK } kind;
    void *where;
    uint64_t least, most; /* of a number */
};

static void add_disk(struct runner_options *options, const char *file)
{
    if (options->disk_count == BOARD_DISKS)
        host_usage_fail(RUNNER, "--disk: " BOARD_NAME " has %d disks", BOARD_DISKS);
    options->disks[options->disk_count++] = file;
}

static void set_option(const struct option *option, int argc, char **argv, int *index)
{
    const char *value;

    if (option->kind == FLAG) {
        *(bool *)option->where = true;
        return;
    }
    value = host_option_value(RUNNER, argc, argv, index);
    if (option->kind == TEXT)
        *(const char **)option->where = value;
    else if (option->kind == DISK)
        add_disk(option->where, value);
    else if (option->kind == NUMBER)
        *(uint64_t *)option->where =
            host_option_number(RUNNER, option->name, value, option->least, option->most);
    else
        *(struct host_output *)option->where = open_output(value);
}

static void parse_options(struct runner_options *options, int argc, char **argv)
{
    const struct option table[] = {
        {"--kernel", TEXT, &options->kernel, 0, 0},
        {"--debug", FLAG, &options->debug, 0, 0},
        {"--root", TEXT, &options->root, 0, 0},
        {"--archive", TEXT, &options->archive, 0, 0},
        {"--no-archive", FLAG, &options->no_archive, 0, 0},
        {"--image", TEXT, &options->image, 0, 0},
        {"--system", TEXT, &options->system, 0, 0},
        {"--options", TEXT, &options->words, 0, 0},
        {"--memory", NUMBER, &options->memory, BOARD_MEMORY_MINIMUM, BOARD_MEMORY_MAXIMUM},
        {"--disk", DISK, options, 0, 0},
        {"--net", FLAG, &options->net, 0, 0},
        {"--icount", FLAG, &options->icount, 0, 0},
        {"--timeout", NUMBER, &options->timeout, 1, 1000000},
        {"--no-watch", FLAG, &options->no_watch, 0, 0},
        {"--no-input", FLAG, &options->no_input, 0, 0},
        {"--no-console", FLAG, &options->no_console, 0, 0},
        {"--transcript", OUTPUT, &options->transcript, 0, 0},
        {"--model", OUTPUT, &options->model, 0, 0},
        {"--models", TEXT, &options->models, 0, 0},
        {"--bench", OUTPUT, &options->bench, 0, 0},
        {"--frames", OUTPUT, &options->frames, 0, 0},
    };
    size_t count = sizeof table / sizeof *table;

    for (int i = 1; i < argc; i++) {
        size_t n = 0;

        if (strcmp(argv[i], "--help") == 0) {
            host_print(usage);
            exit(0);
        }
        while (n < count && strcmp(argv[i], table[n].name) != 0)
            n++;
        if (n == count)
            host_usage_fail(RUNNER, "unknown argument '%s'", argv[i]);
        set_option(&table[n], argc, argv, &i);
    }
}

static void check_options(const struct runner_options *options)
{
    if (options->image != NULL
        && (options->kernel != NULL || options->root != NULL || options->debug))
        host_usage_fail(RUNNER, "--image goes without --kernel, --root and --debug");
    if (options->kernel != NULL && options->debug)
        host_usage_fail(RUNNER, "--debug chooses a build of nucleus; it goes without --kernel");
    if (options->archive != NULL && options->no_archive)
        host_usage_fail(RUNNER, "--archive and --no-archive contradict each other");
    if (options->models != NULL && options->model.stream != NULL)
        host_usage_fail(RUNNER, "--models goes without --model");
    if (options->net && BOARD_NETS == 0)
        host_usage_fail(RUNNER, "--net: " BOARD_NAME " has no network card");
    if (options->net && options->disk_count == BOARD_DISKS)
        host_usage_fail(RUNNER, "--net: the network card is in the place of disk %d", BOARD_DISKS);
    if (options->system != NULL && strpbrk(options->system, " \t\n,") != NULL)
        host_usage_fail(RUNNER, "--system: '%s' is not a name", options->system);
}

int main(int argc, char **argv)
{
    struct runner_options options = {.memory = BOARD_MEMORY_DEFAULT, .console = {stdout, "standard output"}};
    struct machine machine;

    host_open_standard();
    parse_options(&options, argc, argv);
    check_options(&options);
    if (options.no_console)
        options.console.stream = NULL;
    signal(SIGPIPE, SIG_IGN);
    if (options.models != NULL)
        models_open(options.models);
    machine = machine_start(&options);
    return runner_loop(&options, &machine);
}
