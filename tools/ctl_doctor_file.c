/* SPDX-License-Identifier: Apache-2.0 */
/* Files that have secrets: who can read or replace them. */
#include "ctl_doctor.h"

#include <apr_strings.h>

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret_source.h"

enum { PERMISSIONS = 07777, OTHERS_READ = S_IROTH, OTHERS_WRITE = S_IWGRP | S_IWOTH };

/* Exit status of the process that tries; unusual, since a debugger may end it with another. */
enum { DENIED = 77, NO_SWITCH = 78 };

const char *ctl_doctor_directory(apr_pool_t *p, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash != path ? apr_pstrmemdup(p, path, (apr_size_t)(slash - path)) : "/";
}

static const char *describe_readers(mode_t mode)
{
    return mode & (S_IRWXO) ? "every local user" : "its group";
}

const char *ctl_doctor_find_file_fault(apr_pool_t *p, const ctl_doctor_file_t *file, uid_t own,
                                       const ctl_doctor_user_t *user, const char **advice)
{
    const char *path = ctl_doctor_quote(p, file->path);
    const char *directory = ctl_doctor_directory(p, file->path);

    if (file->mode & (S_IRWXG | S_IRWXO)) {
        *advice = apr_psprintf(p, "chmod 600 %s", path);
        return apr_psprintf(p, "%s can %s it (mode %04o)", describe_readers(file->mode),
                            file->mode & OTHERS_WRITE ? "replace" : "read",
                            (unsigned)(file->mode & PERMISSIONS));
    }
    if (file->directory_mode & OTHERS_WRITE && !(file->directory_mode & S_ISVTX)) {
        *advice = apr_psprintf(p, "chmod go-w %s", ctl_doctor_quote(p, directory));
        return apr_psprintf(p, "other users can replace it: the mode of its directory is %04o",
                            (unsigned)(file->directory_mode & PERMISSIONS));
    }
    if (file->owner == 0 || own != 0) {
        return NULL;
    }
    *advice = apr_psprintf(p, "chown root:root %s", path);
    return user->name && user->uid == file->owner
               ? apr_psprintf(p, "it belongs to %s, so CGI and PHP scripts can read it", user->name)
               : apr_psprintf(p, "it belongs to the user %lu, who can replace it",
                              (unsigned long)file->owner);
}

int ctl_doctor_check_secret_file(ctl_doctor_t *d, const char *what, const char *path)
{
    ctl_doctor_file_t file = {.path = ctl_conf_path(d->conf, path)};
    const char *fault, *advice;
    struct stat info;

    if (stat(file.path, &info) != 0) {
        return 1; /* reading it reports the reason */
    }
    file.mode = info.st_mode;
    file.owner = info.st_uid;
    file.directory_mode =
        stat(ctl_doctor_directory(d->pool, file.path), &info) == 0 ? info.st_mode : S_IRWXU;
    fault = ctl_doctor_find_file_fault(d->pool, &file, geteuid(), &d->user, &advice);
    if (fault) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, advice, "%s: %s: %s", what, file.path, fault);
    }
    return !fault;
}

/* Report a secret in a file that every local user can read. */
static int check_readers(ctl_doctor_t *d, const char *what, const char *file, const char *place,
                         const char *remedy)
{
    struct stat info;

    if (stat(file, &info) != 0 || !(info.st_mode & OTHERS_READ)) {
        return 1;
    }
    ctl_doctor_report(
        d, CTL_DOCTOR_PROBLEM,
        apr_psprintf(d->pool, "%s, or chmod 640 %s", remedy, ctl_doctor_quote(d->pool, file)),
        "%s: the secret stands in %s, which every local user can read (mode %04o)", what, place,
        (unsigned)(info.st_mode & PERMISSIONS));
    return 0;
}

int ctl_doctor_check_literal(ctl_doctor_t *d, const ctl_directive_t *directive, const char *what,
                             const char *secret, const char *remedy)
{
    const char *envvars = d->conf->envvars_file;

    if (!directive->has_variables || strstr(directive->text, secret)) {
        return check_readers(d, what, directive->file, ctl_doctor_place(d->pool, directive),
                             remedy);
    }
    /* It comes from a variable, maybe of the environment or a Define. */
    return !directive->uses_envvars || check_readers(d, what, envvars, envvars, remedy);
}

int ctl_doctor_check_env(ctl_doctor_t *d, const char *what, const char *name)
{
    const char *envvars = d->conf->envvars_file;

    return !apr_table_get(d->conf->envvars, name) ||
           check_readers(d, what, envvars, envvars, CTL_DOCTOR_MOVE_SECRET);
}

int ctl_doctor_may_access(const ctl_doctor_user_t *user, const char *path, int mode)
{
    int status = 0;
    pid_t pid;

    if (!user->name || (geteuid() != 0 && geteuid() != user->uid)) {
        return -1;
    }
    if (geteuid() != 0) {
        return access(path, mode) == 0;
    }
    pid = fork();
    if (pid == 0) {
        int switched = initgroups(user->name, user->gid) == 0 && setgid(user->gid) == 0 &&
                       setuid(user->uid) == 0;

        _exit(!switched ? NO_SWITCH : access(path, mode) != 0 ? DENIED : 0);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == NO_SWITCH
               ? -1
               : WEXITSTATUS(status) != DENIED;
}

const char *ctl_doctor_describe_source(apr_pool_t *p, const char *source)
{
    if (strncmp(source, "file:", 5) == 0 || strncmp(source, "env:", 4) == 0) {
        return source;
    }
    /* Arguments of a program may be secrets. */
    return strncmp(source, "exec:", 5) == 0 ? apr_pstrmemdup(p, source, strcspn(source, " "))
                                            : "(literal)";
}

const char *ctl_doctor_find_unreadable(ctl_doctor_t *d, const char *source, const char **advice)
{
    apr_pool_t *p = d->pool;

    if (strstr(source, "${")) {
        *advice = "set it in this shell as httpd has it, and run doctor again";
        return "a variable of its value is not set here";
    }
    if (strncmp(source, "env:", 4) == 0 && !getenv(source + 4)) {
        *advice = apr_psprintf(p, "run doctor with it: %s=… authsmsctl …", source + 4);
        return apr_psprintf(p, "the variable %s is not set here; httpd may have it", source + 4);
    }
    if (strncmp(source, "file:", 5) == 0 && access(ctl_conf_path(d->conf, source + 5), R_OK) != 0 &&
        errno == EACCES) {
        *advice = "run doctor as root, which reads it as httpd does";
        return apr_psprintf(p, "this user cannot read %s", source + 5);
    }
    return NULL;
}
