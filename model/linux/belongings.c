/* SPDX-License-Identifier: BSD-2-Clause */
/* What a task has beside memory: open files, namespaces (namespaces(7)), control groups (cgroups(7)). */
#include "process.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <unistd.h>

/* ------------------------------------------------------------------------------------------------ open files */

/* What fdinfo has behind `name` for a file that is called `kind`, or NULL. */
static const char *detail(const char *text, const struct lx_file *file, const char *kind, const char *name)
{
    const char *at = text == NULL || strcmp(file->path, kind) != 0 ? NULL : strstr(text, name);
    return at == NULL ? NULL : at + strlen(name);
}

/* fdinfo has a line `flags:` with octal digits, as open(2) was given them, of an eventfd `eventfd-id:`, of a pidfd `Pid:`. */
static void read_details(pid_t id, struct lx_file *file)
{
    char what[32];
    unsigned flags = O_RDWR;
    snprintf(what, sizeof what, "fdinfo/%d", file->number);
    char *text = lx_read(id, what);
    char *at = text == NULL ? NULL : strstr(text, "flags:");
    if (at != NULL) {
        sscanf(at, "flags: %o", &flags);
    }
    const char *event = detail(text, file, "anon_inode:[eventfd]", "eventfd-id:");
    const char *process = detail(text, file, "anon_inode:[pidfd]", "\nPid:");
    if (event != NULL) {
        file->kind = LX_EVENT;
        file->inode = strtoull(event, NULL, 10);
    }
    char *name;
    if (process != NULL && asprintf(&name, "pidfd of %ld", strtol(process, NULL, 10)) > 0) {
        free(file->path);
        file->path = name;
    }
    free(text);
    file->read = (flags & O_ACCMODE) != O_WRONLY;
    file->write = (flags & O_ACCMODE) != O_RDONLY;
}

/* Character devices 1:3, 1:5, 1:7, 1:8 and 1:9 (Linux, admin-guide/devices): null, zero, full, random, urandom. */
static bool carries_nothing(const struct statx *status)
{
    unsigned minor_number = status->stx_rdev_minor;
    return S_ISCHR(status->stx_mode) && status->stx_rdev_major == 1 &&
           (minor_number == 3 || minor_number == 5 || (minor_number >= 7 && minor_number <= 9));
}

static enum lx_file_kind kind_of(const struct statx *status, const char *target)
{
    return lx_begins(target, "anon_inode:") ? LX_ANONYMOUS
           : S_ISFIFO(status->stx_mode)     ? LX_PIPE
           : S_ISSOCK(status->stx_mode)     ? LX_SOCKET
           : carries_nothing(status)        ? LX_NOTHING
                                            : LX_FILE;
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
    if (length < 0 || statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO | STATX_TYPE, &status) != 0) {
        return false;
    }
    target[length] = '\0';
    *file = (struct lx_file){
        .device = makedev(status.stx_dev_major, status.stx_dev_minor),
        .inode = status.stx_ino,
        .number = number,
        .kind = kind_of(&status, target),
        .path = strdup(target),
    };
    if (file->path != NULL) {
        read_details(id, file);
    }
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

/* ------------------------------------------------------------------- namespaces, control groups, root folders, labels */

static enum lx_status add_membership(struct lx_task *task, const char *type, const char *name, uint64_t number)
{
    if (!lx_grow((void **)&task->memberships, task->membership_count, sizeof *task->memberships)) {
        return LX_NO_MEMORY;
    }
    struct lx_membership *membership = &task->memberships[task->membership_count];
    snprintf(membership->type, sizeof membership->type, "%s", type);
    membership->name = strdup(name);
    membership->number = number;
    if (membership->name == NULL) {
        return LX_NO_MEMORY;
    }
    task->membership_count++;
    return LX_OK;
}

/* Authority goes by the user and PID namespaces, so that they are kept with the credentials, too. */
static void keep_number(struct lx_task *task, const char *type, uint64_t inode)
{
    if (strcmp(type, "NSUSER") == 0) {
        task->credentials.user_namespace = inode;
    } else if (strcmp(type, "NSPID") == 0) {
        task->credentials.pid_namespace = inode;
    }
}

/* The user namespace that a namespace belongs to (ioctl_nsfs(2)); 0 if that may not be known. */
static uint64_t owner_of(const char *path)
{
    struct stat status = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int owner = file < 0 ? -1 : ioctl(file, NS_GET_USERNS);
    bool known = owner >= 0 && fstat(owner, &status) == 0;
    if (file >= 0) {
        close(file);
    }
    if (owner >= 0) {
        close(owner);
    }
    return known ? status.st_ino : 0;
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
            uint64_t inode = strtoull(target + strcspn(target, "0123456789"), NULL, 10);
            status = add_membership(task, kinds[i].type, target, inode);
            keep_number(task, kinds[i].type, inode);
            if (status == LX_OK) {
                task->memberships[task->membership_count - 1].owner = owner_of(path);
            }
        } else {
            task->namespaces_denied = task->namespaces_denied || errno == EACCES || errno == EPERM;
        }
    }
    return status;
}

/* A line per hierarchy, `number:controllers:path`; that of version 2 is `0::path`. To be in the root group of a hierarchy
 * is to be in none. */
static enum lx_status read_groups(struct lx_task *task)
{
    char *text = lx_read(task->id, "cgroup");
    enum lx_status status = LX_OK;
    for (char *line = text; line != NULL && line[0] != '\0' && status == LX_OK;) {
        char *next = lx_next_line(line);
        const char *path = strchr(line, ':') == NULL ? NULL : strchr(strchr(line, ':') + 1, ':');
        bool in_root = path == NULL || strcmp(path, ":/") == 0;
        status = in_root ? LX_OK : add_membership(task, "CGROUP", line, lx_hash(line));
        line = next;
    }
    free(text);
    return status;
}

/* The folder that it takes for `/`, in which mount namespace (the first membership, if any may be read). */
static enum lx_status read_root(struct lx_task *task)
{
    char path[LX_PATH];
    char target[LX_PATH];
    char name[LX_PATH + 64];
    struct statx status;
    ssize_t length = readlink(lx_path(path, task->id, "root"), target, sizeof target - 1);
    if (length <= 0 || statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &status) != 0) {
        return LX_OK;
    }
    target[length] = '\0';
    uint64_t device = makedev(status.stx_dev_major, status.stx_dev_minor);
    const char *mounts = task->membership_count > 0 ? task->memberships[0].name : "";
    snprintf(name, sizeof name, "%s (%" PRIx64 ":%" PRIu64 ") %s", target, device, (uint64_t)status.stx_ino, mounts);
    return add_membership(task, "ROOT", name, lx_hash(name));
}

/* What SELinux, AppArmor and the like know it as. */
static enum lx_status read_label(struct lx_task *task)
{
    char *text = lx_read(task->id, "attr/current");
    enum lx_status status = LX_OK;
    if (text != NULL && text[0] != '\0' && text[0] != '\n') {
        text[strcspn(text, "\n")] = '\0';
        status = add_membership(task, "LABEL", text, lx_hash(text));
    }
    free(text);
    return status;
}

enum lx_status lx_memberships_read(struct lx_task *task)
{
    enum lx_status (*const readers[])(struct lx_task *) = {read_namespaces, read_groups, read_root, read_label};
    enum lx_status status = LX_OK;
    for (size_t i = 0; i < sizeof readers / sizeof readers[0] && status == LX_OK; i++) {
        status = readers[i](task);
    }
    return status;
}
