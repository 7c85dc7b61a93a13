/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of addresses, or QEMU's machine protocol (QEMU, interop/qmp-spec): objects of JSON, a line each. What is asked for are
 * commands of the monitor for people, whose answer is one string. */
#include "machine.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* How long a monitor may take for an answer. */
enum { patience = 10 };

static bool add_ram(struct lx_machine *machine, const struct lx_ram *ram)
{
    if (!lx_grow((void **)&machine->ram, machine->ram_count, sizeof *ram)) {
        return false;
    }
    machine->ram[machine->ram_count++] = *ram;
    return true;
}

/* ------------------------------------------------------------------------------------------------ a monitor */

struct monitor {
    FILE *lines; /* read */
    int socket;
    char *reason;
    char *line;
    size_t room;
};

/* Sends a command, and reads to the line that answers it; others tell of events. NULL: no answer. */
static const char *ask(struct monitor *m, const char *command)
{
    if (send(m->socket, command, strlen(command), MSG_NOSIGNAL) != (ssize_t)strlen(command)) {
        snprintf(m->reason, LX_REASON, "cannot write to it: %s", strerror(errno));
        return NULL;
    }
    errno = 0;
    while (getline(&m->line, &m->room, m->lines) > 0) {
        if (lx_begins(m->line, "{\"return\"")) {
            return m->line;
        }
        if (lx_begins(m->line, "{\"error\"")) {
            snprintf(m->reason, LX_REASON, "it says %.*s", (int)strcspn(m->line, "\r\n"), m->line);
            return NULL;
        }
    }
    bool late = errno == EAGAIN || errno == EWOULDBLOCK;
    snprintf(m->reason, LX_REASON,
             late ? "no answer within %d seconds: not a QMP socket, or another program is connected to it" : "it ends before it answers",
             (int)patience);
    return NULL;
}

/* The string of `{"return": "…"}`, in place. Beside ASCII nothing is needed of it. */
static char *string_of(char *answer)
{
    char *from = strchr(answer, ':');
    from = from == NULL ? NULL : strchr(from, '"');
    if (from == NULL) {
        return NULL;
    }
    char *start = ++from;
    char *to = start;
    for (; *from != '\0' && *from != '"'; from++) {
        if (*from == '\\' && from[1] != '\0') {
            from++;
            *to++ = *from == 'n' ? '\n' : *from == 'r' || *from == 't' ? ' '
                                                                       : *from;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return start;
}

/* What the monitor prints for a command, or NULL. */
static char *ask_as_person(struct monitor *m, const char *command)
{
    char text[256];
    snprintf(text, sizeof text, "{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": \"%s\"}}\n", command);
    char *printed = ask(m, text) == NULL ? NULL : string_of(m->line);
    return printed == NULL ? NULL : strdup(printed);
}

/* Where the process has that address of the guest: `Host virtual address for 0x40000000 (mach-virt.ram) is 0x7f…`. */
static bool find_host(struct monitor *m, struct lx_ram *ram)
{
    char command[64];
    snprintf(command, sizeof command, "gpa2hva 0x%" PRIx64, ram->guest);
    char *printed = ask_as_person(m, command);
    const char *is = printed == NULL ? NULL : strstr(printed, " is 0x");
    bool found = is != NULL && sscanf(is, " is %" SCNx64, &ram->host) == 1;
    if (printed != NULL && !found) {
        snprintf(m->reason, LX_REASON, "to `%s` it says `%.*s`", command, (int)strcspn(printed, "\n"), printed);
    }
    free(printed);
    return found;
}

/* `info mtree -f` prints all views of addresses; that of `AS "memory"` is the machine's, with lines
 * `  0000000040000000-000000005fffffff (prio 0, ram): mach-virt.ram`. */
static bool read_ram(struct monitor *m, struct lx_machine *machine)
{
    char *printed = ask_as_person(m, "info mtree -f");
    bool inside = false;
    bool fine = printed != NULL;
    for (char *line = printed; line != NULL && fine;) {
        char *next = lx_next_line(line);
        struct lx_ram ram;
        uint64_t last;
        char kind[16];
        inside = lx_begins(line, "FlatView") ? false : inside || lx_begins(line, " AS \"memory\"");
        if (inside && sscanf(line, " %" SCNx64 "-%" SCNx64 " (prio %*d, %15[a-z/-]", &ram.guest, &last, kind) == 3 &&
            (strcmp(kind, "ram") == 0 || strcmp(kind, "nv-ram") == 0 || strcmp(kind, "rom") == 0)) {
            ram.bytes = last - ram.guest + 1;
            fine = find_host(m, &ram) && add_ram(machine, &ram);
        }
        line = next;
    }
    free(printed);
    return fine;
}

/* `* CPU #0: thread_id=4711` */
static bool read_cores(struct monitor *m, struct lx_machine *machine)
{
    char *printed = ask_as_person(m, "info cpus");
    bool fine = printed != NULL;
    for (char *line = printed; line != NULL && fine;) {
        char *next = lx_next_line(line);
        const char *at = strstr(line, "CPU #");
        struct lx_core core;
        if (at != NULL && sscanf(at, "CPU #%" SCNu64 ": thread_id=%d", &core.number, &core.thread) == 2) {
            fine = lx_grow((void **)&machine->cores, machine->core_count, sizeof core);
            if (fine) {
                machine->cores[machine->core_count++] = core;
            }
        }
        line = next;
    }
    free(printed);
    return fine;
}

static int connect_to(const char *path, char *reason)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = patience};
    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(reason, LX_REASON, "a socket's name has at most %zu bytes", sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0 || connect(file, (struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) {
        snprintf(reason, LX_REASON, "cannot connect: %s", strerror(errno));
        if (file >= 0) {
            close(file);
        }
        return -1;
    }
    return file;
}

static bool read_monitor(const char *path, struct lx_machine *machine, char *reason)
{
    struct monitor m = {.reason = reason, .socket = connect_to(path, reason)};
    m.lines = m.socket < 0 ? NULL : fdopen(m.socket, "r");
    bool fine = m.lines != NULL && ask(&m, "{\"execute\": \"qmp_capabilities\"}\n") != NULL && read_ram(&m, machine) &&
                read_cores(&m, machine);
    if (m.lines != NULL) {
        fclose(m.lines);
    } else if (m.socket >= 0) {
        close(m.socket);
    }
    free(m.line);
    return fine;
}

/* ------------------------------------------------------------------------------------------------ a file */

/* The next number of a line. */
static bool take_number(char **at, uint64_t *number)
{
    char *start = *at + strspn(*at, " \t\r");
    errno = 0;
    *number = strtoull(start, at, 0);
    return isdigit((unsigned char)start[0]) && errno == 0;
}

static bool read_line(char *line, struct lx_ram *ram)
{
    return take_number(&line, &ram->guest) && take_number(&line, &ram->bytes) && take_number(&line, &ram->host) &&
           line[strspn(line, " \t\r")] == '\0' && ram->bytes > 0 && ram->guest + ram->bytes >= ram->guest &&
           ram->host + ram->bytes >= ram->host;
}

static bool read_table(const char *path, struct lx_machine *machine, char *reason)
{
    char *text = lx_read_file(path);
    bool fine = text != NULL;
    unsigned number = 1;
    if (text == NULL) {
        snprintf(reason, LX_REASON, "%s", strerror(errno));
    }
    for (char *line = text; line != NULL && fine; number++) {
        char *next = lx_next_line(line);
        struct lx_ram ram;
        line[strcspn(line, "#")] = '\0';
        bool empty = line[strspn(line, " \t\r")] == '\0';
        if (!empty && !read_line(line, &ram)) {
            snprintf(reason, LX_REASON, "line %u: not GUEST-ADDRESS BYTES PROCESS-ADDRESS", number);
            fine = false;
        }
        fine = fine && (empty || add_ram(machine, &ram));
        line = next;
    }
    free(text);
    return fine;
}

bool lx_machine_read(const char *path, struct lx_machine *machine, char *reason)
{
    struct stat status;
    *machine = (struct lx_machine){0};
    snprintf(reason, LX_REASON, "no memory");
    bool is_socket = stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
    bool fine = is_socket ? read_monitor(path, machine, reason) : read_table(path, machine, reason);
    if (fine && machine->ram_count == 0) {
        snprintf(reason, LX_REASON, "it tells of no RAM");
    }
    return fine && machine->ram_count > 0;
}

void lx_machine_free(struct lx_machine *machine)
{
    free(machine->ram);
    free(machine->cores);
    *machine = (struct lx_machine){0};
}
