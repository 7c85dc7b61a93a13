/* SPDX-License-Identifier: BSD-2-Clause */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE 65536u

/* The lines that the runner sends instead of a model, and behind a complete one (tools/runner_models.c). */
static const char refusal[] = "error: ";
static const char whole[] = "end\n";

static const char ended[] = "it has ended, or is not there";

/* ------------------------------------------------------------------------------------------------------------- begin */

static enum live_outcome open_socket(struct live_source *source, const char **why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(source->path) >= sizeof address.sun_path) {
        *why = "too long for the name of a socket";
        return LIVE_FAILED;
    }
    strcpy(address.sun_path, source->path);
    source->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (source->descriptor < 0 || connect(source->descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        *why = errno == ECONNREFUSED ? ended : strerror(errno);
        return LIVE_FAILED;
    }
    return LIVE_MORE;
}

static enum live_outcome open_path(struct live_source *source, const char **why)
{
    struct stat about;
    if (stat(source->path, &about) != 0) {
        *why = errno == ENOENT ? ended : strerror(errno);
        return LIVE_FAILED;
    }
    source->socket = S_ISSOCK(about.st_mode);
    if (source->socket) {
        return open_socket(source, why);
    }
    source->descriptor = S_ISREG(about.st_mode) ? open(source->path, O_RDONLY | O_CLOEXEC) : -1;
    *why = S_ISREG(about.st_mode) ? strerror(errno) : "neither a socket nor a file";
    return source->descriptor < 0 ? LIVE_FAILED : LIVE_MORE;
}

static _Noreturn void become_command(char *const *command, int output, bool silent)
{
    sigset_t none;
    int nowhere = silent ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* it does not outlive who asked */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(output, STDOUT_FILENO);
    execvp(command[0], command);
    _exit(127);
}

static enum live_outcome start_command(struct live_source *source, const char **why)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        *why = strerror(errno);
        return LIVE_FAILED;
    }
    source->child = fork();
    if (source->child == 0) {
        become_command(source->command, ends[1], source->heard);
    }
    source->heard = true;
    close(ends[1]);
    source->descriptor = ends[0];
    if (source->child < 0) {
        source->child = 0;
        *why = strerror(errno);
        return LIVE_FAILED;
    }
    return LIVE_MORE;
}

enum live_outcome live_source_begin(struct live_source *source, const char **why)
{
    source->descriptor = -1;
    source->size = 0;
    source->socket = false;
    enum live_outcome outcome = source->path != NULL ? open_path(source, why) : start_command(source, why);
    if (outcome != LIVE_MORE) {
        live_source_stop(source);
    }
    return outcome;
}

/* -------------------------------------------------------------------------------------------------------------- read */

void live_source_stop(struct live_source *source)
{
    if (source->descriptor >= 0) {
        close(source->descriptor);
    }
    source->descriptor = -1;
    if (source->child > 0) {
        kill(source->child, SIGTERM);
        waitpid(source->child, NULL, 0);
    }
    source->child = 0;
}

static enum live_outcome end_of_socket(struct live_source *source, const char **why)
{
    const size_t tail = sizeof whole - 1, head = sizeof refusal - 1;
    if (source->size > head && memcmp(source->text, refusal, head) == 0) {
        source->text[source->size - 1] = '\0'; /* in place of the newline */
        *why = source->text + head;
        return LIVE_FAILED;
    }
    if (source->size < tail || memcmp(source->text + source->size - tail, whole, tail) != 0) {
        *why = ended;
        return LIVE_FAILED;
    }
    source->size -= tail;
    return LIVE_WHOLE;
}

/* The text has ended: is it a model? A command may print a model and yet end with status 1, if the model has a fault. */
static enum live_outcome end(struct live_source *source, const char **why)
{
    int status = 0;
    if (source->child > 0) {
        waitpid(source->child, &status, 0);
        source->child = 0;
    }
    live_source_stop(source);
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
        *why = "the command failed";
        return LIVE_FAILED;
    }
    *why = "no model came";
    return source->size == 0 ? LIVE_FAILED : source->socket ? end_of_socket(source, why)
                                                            : LIVE_WHOLE;
}

enum live_outcome live_source_read(struct live_source *source, const char **why)
{
    if (source->room - source->size < PIECE) {
        size_t room = 2 * source->room + PIECE;
        char *text = realloc(source->text, room);
        if (text == NULL || source->size > LIVE_MOST_TEXT) {
            live_source_stop(source);
            *why = text == NULL ? "no memory" : "the model is larger than is kept";
            source->text = text != NULL ? text : source->text;
            return LIVE_FAILED;
        }
        source->text = text;
        source->room = room;
    }
    ssize_t got = read(source->descriptor, source->text + source->size, PIECE);
    if (got < 0 && errno == EINTR) {
        return LIVE_MORE;
    }
    if (got < 0) {
        *why = strerror(errno);
        live_source_stop(source);
        return LIVE_FAILED;
    }
    source->size += (size_t)got;
    return got == 0 ? end(source, why) : LIVE_MORE;
}
