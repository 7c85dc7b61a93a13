/* SPDX-License-Identifier: BSD-2-Clause */
/* What a task has beside memory: open files, namespaces (namespaces(7)), control groups (cgroups(7)). */
#include "process.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <unistd.h>

/* ------------------------------------------------------------------------------------------------ open files */

/* fdinfo has a line `flags:` with octal digits, as open(2) was given them. */
static int open_mode(pid_t id, int number)
{
    char what[32];
    unsigned flags = O_RDWR;
    snprintf(what, sizeof what, "fdinfo/%d", number);
    char *text = lx_read(id, what);
    char *at = text == NULL ? NULL : strstr(text, "flags:");
    if (at != NULL) {
        sscanf(at, "flags: %o", &flags);
    }
    free(text);
    return (int)(flags & O_ACCMODE);
}

/* False: it was closed in the meantime, or no memory (then errno says so). The file's server is not asked: a network
 * file system that does not answer must not hold up the reader. */
static bool read_file(pid_t id, int number, struct lx_file *file)
{
    char what[32];
    char path[LX_PATH];
    char target[LX_PATH];
    struct statx status;
    snprintf(what, sizeof what, "fd/%d", number);
    errno = 0;
    ssize_t length = readlink(lx_path(path, id, what), target, sizeof target - 1);
    if (length < 0 || statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &status) != 0) {
        return false;
    }
    target[length] = '\0';
    int mode = open_mode(id, number);
    *file = (struct lx_file){
        .device = makedev(status.stx_dev_major, status.stx_dev_minor),
        .inode = status.stx_ino,
        .number = number,
        .anonymous = lx_begins(target, "anon_inode:"),
        .read = mode == O_RDONLY || mode == O_RDWR,
        .write = mode == O_WRONLY || mode == O_RDWR,
        .path = strdup(target),
    };
    return file->path != NULL;
}

enum lx_status lx_files_read(struct lx_task *task)
{
    char path[LX_PATH];
    size_t count;
    pid_t *numbers = lx_numbers(lx_path(path, task->id, "fd"), &count);
    if (numbers == NULL) {
        task->files_denied = errno == EACCES || errno == EPERM;
        return errno == ENOMEM ? LX_NO_MEMORY : LX_OK;
    }
    enum lx_status status = LX_OK;
    for (size_t i = 0; i < count && status == LX_OK; i++) {
        struct lx_file file;
        if (!read_file(task->id, (int)numbers[i], &file)) {
            status = errno == ENOMEM ? LX_NO_MEMORY : LX_OK;
            task->files_denied = task->files_denied || errno == EACCES || errno == EPERM;
        } else if (!lx_grow((void **)&task->files, task->file_count, sizeof file)) {
            free(file.path);
            status = LX_NO_MEMORY;
        } else {
            task->files[task->file_count++] = file;
        }
    }
    free(numbers);
    return status;
}

/* ------------------------------------------------------------------------------------- namespaces, control groups */

static enum lx_status add_membership(struct lx_task *task, const char *type, const char *name)
{
    if (!lx_grow((void **)&task->memberships, task->membership_count, sizeof *task->memberships)) {
        return LX_NO_MEMORY;
    }
    struct lx_membership *membership = &task->memberships[task->membership_count];
    snprintf(membership->type, sizeof membership->type, "%s", type);
    membership->name = strdup(name);
    if (membership->name == NULL) {
        return LX_NO_MEMORY;
    }
    task->membership_count++;
    return LX_OK;
}

/* The links in ns/ read `mnt:[4026531841]`. A kernel that lacks a kind lacks its link. */
static enum lx_status read_namespaces(struct lx_task *task)
{
    static const struct {
        const char *link, *type;
    } kinds[] = {{"ns/mnt", "NSMNT"}, {"ns/pid", "NSPID"},   {"ns/net", "NSNET"},       {"ns/ipc", "NSIPC"},
                 {"ns/uts", "NSUTS"}, {"ns/user", "NSUSER"}, {"ns/cgroup", "NSCGROUP"}, {"ns/time", "NSTIME"}};
    enum lx_status status = LX_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && status == LX_OK; i++) {
        char path[LX_PATH];
        char target[128];
        ssize_t length = readlink(lx_path(path, task->id, kinds[i].link), target, sizeof target - 1);
        if (length > 0) {
            target[length] = '\0';
            status = add_membership(task, kinds[i].type, target);
        } else {
            task->namespaces_denied = task->namespaces_denied || errno == EACCES || errno == EPERM;
        }
    }
    return status;
}

/* A line per hierarchy, `number:controllers:path`; that of version 2 is `0::path`. */
static enum lx_status read_groups(struct lx_task *task)
{
    char *text = lx_read(task->id, "cgroup");
    enum lx_status status = LX_OK;
    for (char *line = text; line != NULL && line[0] != '\0' && status == LX_OK;) {
        char *next = lx_next_line(line);
        status = add_membership(task, "CGROUP", line);
        line = next;
    }
    free(text);
    return status;
}

enum lx_status lx_memberships_read(struct lx_task *task)
{
    enum lx_status status = read_namespaces(task);
    return status != LX_OK ? status : read_groups(task);
}
