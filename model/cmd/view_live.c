/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel view --live: see view_live.h. One loop waits for the next reading (model/live/source.h), for browsers
 * (model/live/serve.h) and for signals; a page is made by the process that answers, of the state asked for and the one
 * before it. */
#include "view_live.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../host/json.h"
#include "../live/serve.h"
#include "../live/source.h"
#include "../view/union.h"
#include "model.h"
#include "view_html.h"

struct live {
    const struct view_live_options *options;
    const char *title;
    char *page;
    struct live_states states;
    struct live_source source;
    struct serve serve;
    char trouble[256]; /* of the last reading; empty: none */
    int signals;
    int64_t next;  /* when the next reading begins, by the clock that never jumps: milliseconds */
    int64_t begun; /* when that under way did */
};

/* While a command lists the processes that there are, which it does first, none comes to answer a browser. */
#define LISTING_MILLISECONDS 300

static int64_t milliseconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------------------------------------------------- pages */

static void put_time(int64_t at, char *text, size_t size)
{
    time_t seconds = (time_t)(at / 1000);
    struct tm parts;
    strftime(text, size, "%H:%M:%S", localtime_r(&seconds, &parts));
}

static bool write_single(struct live *live, FILE *out, struct view_model *view, const struct cm_model *model)
{
    view->graph = model->graph;
    return view_html_write(out, live->page, view) == CM_EXIT_OK;
}

static bool write_both(struct live *live, FILE *out, struct view_model *view, const struct cm_model *old_model,
                       const struct cm_model *new_model)
{
    struct view_union both;
    if (view_union_make(old_model->graph, new_model->graph, &both) != CM_OK) {
        return false;
    }
    view->graph = both.graph;
    view->both = &both;
    view->old_graph = old_model->graph;
    view->new_graph = new_model->graph;
    bool fine = view_html_write(out, live->page, view) == CM_EXIT_OK;
    view_union_free(&both);
    return fine;
}

static bool open_state(struct live *live, const struct live_state *state, struct cm_model *model)
{
    struct cm_model_options options = {.keep = live->options->keep};
    return cm_model_open_bytes(model, live->title, state->text, state->size, &options) == CM_EXIT_OK;
}

/* A process that ends after it frees nothing that the system does not free then. */
static bool write_state(struct live *live, FILE *out, const struct live_state *state)
{
    const struct live_state *before = live_states_find(&live->states, state->number - 1);
    struct view_model view = {.title = live->title, .live = state->number};
    struct cm_model new_model, old_model;
    char old_name[16], new_name[16];
    if (!open_state(live, state, &new_model)) {
        return false;
    }
    if (before == NULL) {
        return write_single(live, out, &view, &new_model);
    }
    put_time(before->to, old_name, sizeof old_name);
    put_time(state->from, new_name, sizeof new_name);
    view.old_name = old_name;
    view.new_name = new_name;
    return open_state(live, before, &old_model) && write_both(live, out, &view, &old_model, &new_model);
}

/* Until there is a state. */
static bool write_waiting(const struct live *live, FILE *out)
{
    fprintf(out, "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"1\">"
                 "<title>CellulOS model</title><p>Waiting for the first state. %s</p></html>\n",
            live->trouble[0] != '\0' ? "The last reading failed: the terminal says why." : "");
    return true;
}

static void write_state_row(struct json *json, const struct live_state *state)
{
    json_object(json);
    json_member_number(json, "number", state->number);
    json_member_number(json, "from", (uint64_t)state->from);
    json_member_number(json, "to", (uint64_t)state->to);
    json_member_number(json, "nodes", state->nodes);
    json_member_number(json, "pds", state->pds);
    json_object_end(json);
}

static bool write_file(void *context, const char *bytes, size_t count)
{
    return fwrite(bytes, 1, count, context) == count;
}

static bool write_states(const struct live *live, FILE *out)
{
    static char buffer[1 << 12];
    struct cm_writer writer;
    struct json json;
    cm_writer_start(&writer, (struct cm_sink){write_file, out}, buffer, sizeof buffer);
    json_start(&json, &writer);
    json_object(&json);
    json_member_string(&json, "trouble", live->trouble);
    json_key(&json, "states");
    json_array(&json);
    for (uint32_t i = 0; i < live->states.count; i++) {
        write_state_row(&json, &live->states.kept[i]);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_end(&json);
    return cm_writer_end(&writer) == CM_OK;
}

/* The newest state, one by its number, or the list of all. */
static bool answer(void *context, const char *path, FILE *out, const char **type)
{
    struct live *live = context;
    char *end;
    if (strcmp(path, "states") == 0) {
        *type = "application/json";
        return write_states(live, out);
    }
    uint64_t number = path[0] == '\0' ? live->states.next : strtoull(path, &end, 10);
    if (path[0] != '\0' && (path[0] < '0' || path[0] > '9' || *end != '\0')) {
        return false;
    }
    if (path[0] == '\0' && live->states.count == 0) {
        return write_waiting(live, out);
    }
    const struct live_state *state = live_states_find(&live->states, number);
    return state != NULL && write_state(live, out, state);
}

/* ---------------------------------------------------------------------------------------------------------- readings */

/* Says it once, on the terminal; the page says it as long as it is so. */
static void tell(struct live *live, const char *why)
{
    if (strcmp(live->trouble, why) != 0 && why[0] != '\0') {
        fprintf(stderr, "cellmodel: view: %s: %s\n", live->title, why);
    }
    snprintf(live->trouble, sizeof live->trouble, "%s", why);
}

static void take_text(struct live *live)
{
    int64_t now = milliseconds(CLOCK_REALTIME);
    struct live_source *source = &live->source;
    if (live_states_same(&live->states, source->text, source->size, now)) {
        tell(live, "");
        return;
    }
    struct cm_graph *graph;
    if (cm_load_bytes(live->title, source->text, source->size, &graph) != CM_EXIT_OK) {
        snprintf(live->trouble, sizeof live->trouble, "what was read last is no model: the terminal says why");
        return;
    }
    struct live_state state = {.from = now, .to = now, .size = source->size, .nodes = cm_graph_nodes(graph)};
    cm_graph_pds(graph, &state.pds);
    cm_graph_destroy(graph);
    char *text = realloc(source->text, source->size);
    state.text = text != NULL ? text : source->text;
    source->text = NULL;
    source->room = 0;
    live_states_add(&live->states, state);
    tell(live, "");
}

/* The next reading begins when this one has ended and some time has passed: a slow one leaves time for browsers. */
static void read_on(struct live *live)
{
    const char *why = "";
    enum live_outcome outcome = live->source.descriptor < 0 ? live_source_begin(&live->source, &why)
                                                            : live_source_read(&live->source, &why);
    if (outcome == LIVE_WHOLE) {
        take_text(live);
    } else if (outcome == LIVE_FAILED) {
        tell(live, why);
    }
    live->next = milliseconds(CLOCK_MONOTONIC) + (int64_t)live->options->every * 1000;
}

/* -------------------------------------------------------------------------------------------------------------- loop */

/* Returns false at a signal that ends it. */
static bool take_signal(struct live *live)
{
    struct signalfd_siginfo information;
    if (read(live->signals, &information, sizeof information) != (ssize_t)sizeof information) {
        return true;
    }
    serve_reap(&live->serve);
    return information.ssi_signo == SIGCHLD;
}

static bool turn(struct live *live)
{
    int64_t now = milliseconds(CLOCK_MONOTONIC);
    if (live->source.descriptor < 0 && now >= live->next) {
        live->begun = now;
        read_on(live);
    }
    int64_t listing = live->source.child > 0 ? live->begun + LISTING_MILLISECONDS - now : 0;
    bool accepts = serve_may_accept(&live->serve) && listing <= 0;
    struct pollfd polled[] = {{.fd = live->signals, .events = POLLIN},
                              {.fd = accepts ? live->serve.listener : -1, .events = POLLIN},
                              {.fd = live->source.descriptor, .events = POLLIN}};
    int64_t wait = live->source.descriptor < 0 ? live->next - now : listing > 0 ? listing
                                                                                : -1;
    int timeout = live->source.descriptor < 0 && wait < 0 ? 0 : (int)wait;
    if (poll(polled, 3, timeout) < 0) {
        return errno == EINTR;
    }
    if (polled[2].revents != 0) {
        read_on(live);
    }
    if (polled[1].revents != 0) {
        serve_accept(&live->serve, answer, live);
    }
    return polled[0].revents == 0 || take_signal(live);
}

static int open_signals(void)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        sigaddset(&set, taken[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The socket of the machine that was started last with `./cellulos run`; they are called by the process's id. */
static char *newest_machine(void)
{
    static char newest[4096];
    char folder[4096], path[4096];
    struct timespec latest = {0, 0};
    view_sibling("live", folder, sizeof folder);
    DIR *names = opendir(folder);
    newest[0] = '\0';
    for (struct dirent *entry; names != NULL && (entry = readdir(names)) != NULL;) {
        struct stat about;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        pid_t process = (pid_t)atol(entry->d_name);
        if (length < 0 || (size_t)length >= sizeof path || stat(path, &about) != 0 || !S_ISSOCK(about.st_mode) ||
            process <= 0 || (kill(process, 0) != 0 && errno == ESRCH)) {
            continue;
        }
        const struct timespec *made = &about.st_mtim;
        if (made->tv_sec > latest.tv_sec || (made->tv_sec == latest.tv_sec && made->tv_nsec > latest.tv_nsec)) {
            latest = *made;
            strcpy(newest, path);
        }
    }
    if (names != NULL) {
        closedir(names);
    }
    return newest[0] != '\0' ? newest : NULL;
}

enum cm_exit view_live(const struct view_live_options *options)
{
    struct live live = {.options = options, .source = {.path = options->path, .command = options->command, .descriptor = -1}};
    if (options->command == NULL && options->path == NULL && (live.source.path = newest_machine()) == NULL) {
        fputs("cellmodel: view: no CellulOS runs that was started with `./cellulos run`\n", stderr);
        return CM_EXIT_USAGE;
    }
    live.title = options->command != NULL ? "Linux" : options->path != NULL ? view_file_name(options->path)
                                                                            : "CellulOS";
    live.page = view_html_read();
    if (live.page == NULL) {
        return CM_EXIT_USAGE;
    }
    live.signals = open_signals();
    if (live.signals < 0 || !serve_start(&live.serve, (uint16_t)options->port)) {
        fprintf(stderr, "cellmodel: view: port %u: %s\n", options->port, strerror(errno));
        free(live.page);
        return CM_EXIT_USAGE;
    }
    printf("http://127.0.0.1:%u/%s/ (Ctrl-C ends it)\n", live.serve.port, live.serve.token);
    fflush(stdout);
    while (turn(&live)) {
    }
    live_source_stop(&live.source);
    free(live.source.text);
    live_states_free(&live.states);
    free(live.page);
    return CM_EXIT_OK;
}
