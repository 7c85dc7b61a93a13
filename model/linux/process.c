/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading /proc/<pid>. Bottom-up: whole files, growing arrays, then each part of a process, then the process. */
#include "process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

const char *lx_proc = "/proc";

static void path_of(char *path, size_t size, pid_t id, const char *what)
{
    snprintf(path, size, "%s/%d/%s", lx_proc, (int)id, what);
}

/* A whole file as a string, to be freed; NULL with errno if it cannot be read. */
static char *read_whole(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return NULL;
    }
    size_t room = 1 << 16;
    size_t used = 0;
    char *text = malloc(room);
    while (text != NULL) {
        ssize_t got = read(file, text + used, room - used - 1);
        if (got < 0) {
            int why = errno;
            free(text);
            close(file);
            errno = why;
            return NULL;
        }
        if (got == 0) {
            text[used] = '\0';
            break;
        }
        used += (size_t)got;
        if (room - used < 4096) {
            char *larger = realloc(text, room * 2);
            if (larger == NULL) {
                free(text);
            }
            text = larger;
            room *= 2;
        }
    }
    close(file);
    return text;
}

/* Room for one more element; the array doubles. False: no memory. */
static bool grow(void **array, size_t count, size_t element)
{
    if (count != 0 && (count & (count - 1)) != 0) {
        return true;
    }
    size_t room = count == 0 ? 1 : count * 2;
    void *larger = realloc(*array, room * element);
    if (larger == NULL) {
        return false;
    }
    *array = larger;
    return true;
}

/* ------------------------------------------------------------------------------------------------ identity */

/* stat: `id (name) state …`, field 22 is the start time; the name may contain anything, so count from the last `)`. */
static enum lx_status read_identity(pid_t id, char *name, size_t size, uint64_t *started)
{
    char path[PATH_MAX];
    path_of(path, sizeof path, id, "stat");
    char *text = read_whole(path);
    if (text == NULL) {
        return errno == ENOMEM ? LX_NO_MEMORY : LX_GONE;
    }
    char *open = strchr(text, '(');
    char *close = strrchr(text, ')');
    if (open == NULL || close == NULL || close < open) {
        free(text);
        return LX_GONE;
    }
    snprintf(name, size, "%.*s", (int)(close - open - 1), open + 1);
    char *at = close + 1;
    for (int field = 3; field <= 22 && at != NULL; field++) {
        at = strchr(at + 1, ' ');
        if (field == 21 && at != NULL) {
            *started = strtoull(at + 1, NULL, 10);
            break;
        }
    }
    free(text);
    return LX_OK;
}

static uint64_t read_cores(pid_t id)
{
    char path[PATH_MAX];
    uint64_t cores = 0;
    path_of(path, sizeof path, id, "status");
    char *text = read_whole(path);
    char *at = text == NULL ? NULL : strstr(text, "\nCpus_allowed_list:");
    if (at != NULL) {
        at = strchr(at, '\t');
    }
    while (at != NULL && (*at == '\t' || *at == ',')) {
        unsigned long first = strtoul(at + 1, &at, 10);
        unsigned long last = *at == '-' ? strtoul(at + 1, &at, 10) : first;
        for (unsigned long core = first; core <= last && core < 64; core++) {
            cores |= UINT64_C(1) << core;
        }
    }
    free(text);
    return cores != 0 ? cores : 1;
}

/* ------------------------------------------------------------------------------------------------ mappings */

static char *next_line(char *line)
{
    char *end = strchr(line, '\n');
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    return end[1] != '\0' ? end + 1 : NULL;
}

/* A head line of maps or smaps: `start-end rwxp offset major:minor inode path`. False: it is another line. */
static bool parse_mapping(const char *line, struct lx_mapping *mapping)
{
    char rights[5];
    unsigned major, minor;
    int used = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &mapping->start, &mapping->end,
               rights, &mapping->offset, &major, &minor, &mapping->inode, &used) != 7 ||
        used == 0 || mapping->end <= mapping->start) {
        return false;
    }
    mapping->device = makedev(major, minor);
    mapping->read = rights[0] == 'r';
    mapping->write = rights[1] == 'w';
    mapping->execute = rights[2] == 'x';
    mapping->shared = rights[3] == 's';
    mapping->resident = UINT64_MAX;
    mapping->path = strdup(line + used);
    return mapping->path != NULL;
}

/* smaps has the resident sizes but is slow and may be denied; then maps serves. */
static enum lx_status read_mappings(pid_t id, struct lx_mapping **mappings, size_t *count)
{
    char path[PATH_MAX];
    *mappings = NULL;
    *count = 0;
    path_of(path, sizeof path, id, "smaps");
    char *text = read_whole(path);
    if (text == NULL || text[0] == '\0') {
        free(text);
        path_of(path, sizeof path, id, "maps");
        text = read_whole(path);
    }
    if (text == NULL) {
        return errno == EACCES || errno == EPERM ? LX_DENIED : errno == ENOMEM ? LX_NO_MEMORY : LX_GONE;
    }
    for (char *line = text[0] != '\0' ? text : NULL; line != NULL;) {
        char *next = next_line(line);
        struct lx_mapping mapping;
        unsigned long long kib;
        if (*count > 0 && sscanf(line, "Rss: %llu kB", &kib) == 1) {
            (*mappings)[*count - 1].resident = kib / 4;
        } else if (isxdigit((unsigned char)line[0]) && parse_mapping(line, &mapping)) {
            if (!grow((void **)mappings, *count, sizeof mapping)) {
                free(mapping.path);
                free(text);
                return LX_NO_MEMORY;
            }
            (*mappings)[(*count)++] = mapping;
        }
        line = next;
    }
    free(text);
    return *count == 0 ? LX_KERNEL : LX_OK;
}

static void free_mappings(struct lx_mapping *mappings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(mappings[i].path);
    }
    free(mappings);
}

/* ------------------------------------------------------------------------- threads, files, namespaces, groups */

static int by_id(const void *left, const void *right)
{
    pid_t a = *(const pid_t *)left;
    pid_t b = *(const pid_t *)right;
    return (a > b) - (a < b);
}

/* The numeric entries of a directory, ascending, to be freed; NULL: it cannot be read, or no memory. */
static pid_t *numbers_in(const char *path, size_t *count)
{
    pid_t *numbers = NULL;
    DIR *directory = opendir(path);
    *count = 0;
    if (directory == NULL) {
        return NULL;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0])) {
            continue;
        }
        if (!grow((void **)&numbers, *count, sizeof *numbers)) {
            free(numbers);
            numbers = NULL;
            break;
        }
        numbers[(*count)++] = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(directory);
    if (numbers != NULL) {
        qsort(numbers, *count, sizeof *numbers, by_id);
    }
    return numbers;
}

static enum lx_status read_threads(struct lx_process *process)
{
    char path[PATH_MAX];
    size_t count;
    path_of(path, sizeof path, process->id, "task");
    pid_t *ids = numbers_in(path, &count);
    for (size_t i = 0; i < count; i++) {
        if (!grow((void **)&process->threads, process->thread_count, sizeof *process->threads)) {
            free(ids);
            return LX_NO_MEMORY;
        }
        struct lx_thread *thread = &process->threads[process->thread_count];
        char comm[64];
        snprintf(comm, sizeof comm, "task/%d/comm", (int)ids[i]);
        path_of(path, sizeof path, process->id, comm);
        char *name = read_whole(path);
        if (name != NULL) {
            name[strcspn(name, "\n")] = '\0';
            thread->id = ids[i];
            snprintf(thread->name, sizeof thread->name, "%s", name);
            process->thread_count++;
        }
        free(name);
    }
    free(ids);
    return process->thread_count > 0 ? LX_OK : LX_GONE;
}

/* flags of fdinfo: octal, as open(2) was given them. */
static int open_mode(pid_t id, pid_t number)
{
    char what[64];
    char path[PATH_MAX];
    unsigned flags = O_RDWR;
    snprintf(what, sizeof what, "fdinfo/%d", (int)number);
    path_of(path, sizeof path, id, what);
    char *text = read_whole(path);
    char *at = text == NULL ? NULL : strstr(text, "flags:");
    if (at != NULL) {
        sscanf(at, "flags: %o", &flags);
    }
    free(text);
    return (int)(flags & O_ACCMODE);
}

static enum lx_status read_files(struct lx_process *process)
{
    char path[PATH_MAX];
    size_t count;
    path_of(path, sizeof path, process->id, "fd");
    pid_t *numbers = numbers_in(path, &count);
    if (numbers == NULL) {
        process->files_denied = access(path, R_OK) != 0;
        return LX_OK;
    }
    for (size_t i = 0; i < count; i++) {
        char what[64];
        char target[PATH_MAX];
        struct stat status;
        snprintf(what, sizeof what, "fd/%d", (int)numbers[i]);
        path_of(path, sizeof path, process->id, what);
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length < 0 || stat(path, &status) != 0) {
            continue; /* closed in the meantime */
        }
        target[length] = '\0';
        if (!grow((void **)&process->files, process->file_count, sizeof *process->files)) {
            free(numbers);
            return LX_NO_MEMORY;
        }
        int mode = open_mode(process->id, numbers[i]);
        process->files[process->file_count++] = (struct lx_file){
            .device = status.st_dev,
            .inode = status.st_ino,
            .read = mode == O_RDONLY || mode == O_RDWR,
            .write = mode == O_WRONLY || mode == O_RDWR,
            .path = strdup(target),
        };
    }
    free(numbers);
    return LX_OK;
}

static enum lx_status add_membership(struct lx_process *process, const char *type, const char *name)
{
    if (!grow((void **)&process->memberships, process->membership_count, sizeof *process->memberships)) {
        return LX_NO_MEMORY;
    }
    struct lx_membership *membership = &process->memberships[process->membership_count];
    snprintf(membership->type, sizeof membership->type, "%s", type);
    membership->name = strdup(name);
    if (membership->name == NULL) {
        return LX_NO_MEMORY;
    }
    process->membership_count++;
    return LX_OK;
}

/* namespaces(7): the links in ns/ read `mnt:[4026531841]`. */
static enum lx_status read_namespaces(struct lx_process *process)
{
    static const struct {
        const char *link, *type;
    } kinds[] = {{"mnt", "NSMNT"}, {"pid", "NSPID"},       {"net", "NSNET"},   {"ipc", "NSIPC"},
                 {"uts", "NSUTS"}, {"user", "NSUSER"}, {"cgroup", "NSCGROUP"}, {"time", "NSTIME"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char what[32];
        char path[PATH_MAX];
        char target[128];
        snprintf(what, sizeof what, "ns/%s", kinds[i].link);
        path_of(path, sizeof path, process->id, what);
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length > 0) {
            target[length] = '\0';
            enum lx_status status = add_membership(process, kinds[i].type, target);
            if (status != LX_OK) {
                return status;
            }
        }
    }
    return LX_OK;
}

/* cgroups(7): lines `hierarchy:controllers:path`. */
static enum lx_status read_groups(struct lx_process *process)
{
    char path[PATH_MAX];
    path_of(path, sizeof path, process->id, "cgroup");
    char *text = read_whole(path);
    enum lx_status status = LX_OK;
    for (char *line = text; line != NULL && line[0] != '\0' && status == LX_OK;) {
        char *next = next_line(line);
        status = add_membership(process, "CGROUP", line);
        line = next;
    }
    free(text);
    return status;
}

/* ------------------------------------------------------------------------------------------------ the process */

enum lx_status lx_process_read(pid_t id, struct lx_process *process)
{
    *process = (struct lx_process){.id = id};
    enum lx_status status = read_identity(id, process->name, sizeof process->name, &process->started);
    if (status == LX_OK) {
        status = read_mappings(id, &process->mappings, &process->mapping_count);
    }
    enum lx_status (*const parts[])(struct lx_process *) = {read_threads, read_files, read_namespaces, read_groups};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == LX_OK; i++) {
        status = parts[i](process);
    }
    process->cores = read_cores(id);
    return status;
}

void lx_process_recheck(struct lx_process *process)
{
    char name[sizeof process->name];
    uint64_t started = 0;
    struct lx_mapping *mappings = NULL;
    size_t count = 0;
    if (read_identity(process->id, name, sizeof name, &started) != LX_OK || started != process->started ||
        read_mappings(process->id, &mappings, &count) != LX_OK || count != process->mapping_count) {
        process->changed = true;
    }
    for (size_t i = 0; i < count && !process->changed; i++) {
        const struct lx_mapping *old = &process->mappings[i];
        process->changed = old->start != mappings[i].start || old->end != mappings[i].end ||
                           old->inode != mappings[i].inode || old->write != mappings[i].write;
    }
    free_mappings(mappings, count);
}

void lx_process_free(struct lx_process *process)
{
    free_mappings(process->mappings, process->mapping_count);
    for (size_t i = 0; i < process->file_count; i++) {
        free(process->files[i].path);
    }
    for (size_t i = 0; i < process->membership_count; i++) {
        free(process->memberships[i].name);
    }
    free(process->files);
    free(process->memberships);
    free(process->threads);
    *process = (struct lx_process){0};
}

pid_t *lx_processes(size_t *count)
{
    return numbers_in(lx_proc, count);
}

pid_t *lx_processes_named(const char *name, size_t *count)
{
    size_t all;
    pid_t *ids = numbers_in(lx_proc, &all);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        char comm[32];
        uint64_t started;
        if (read_identity(ids[i], comm, sizeof comm, &started) == LX_OK && strcmp(comm, name) == 0) {
            ids[(*count)++] = ids[i];
        }
    }
    return ids;
}
