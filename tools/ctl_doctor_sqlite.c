/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: an SQLite file, before and after it is opened. */
#include "ctl_doctor.h"

#include <apr_strings.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sqlite_file.h"
#include "store/diagnosis.h"

/* https://www.sqlite.org/fileformat2.html: "write version" is 2 in WAL mode. */
enum { HEADER_BYTES = 100, WRITE_VERSION = 18, WAL_VERSION = 2 };

static const char *advise_directory(const ctl_doctor_t *d, const char *directory)
{
    const char *user = d->user.name ? d->user.name : "www-data";
    const char *group = d->user.group ? d->user.group : user;
    const char *own;

    if (!as_sqlite_file_is_system_directory(directory)) {
        return apr_psprintf(d->pool, "install -d -o %s -g %s -m 750 %s", user, group,
                            ctl_doctor_quote(d->pool, directory));
    }
    own = apr_pstrcat(d->pool, directory, directory[1] ? "/authsms" : "authsms", NULL);
    return apr_psprintf(d->pool,
                        "move the file to a directory of its own, and correct DBDParams: install "
                        "-d -o %s -g %s -m 750 %s",
                        user, group, ctl_doctor_quote(d->pool, own));
}

/* Report a file that httpd's user cannot write. Returns 1 if it can; for a missing one, too. */
static int check_writable(ctl_doctor_t *d, const char *path, const char *advice, int mode)
{
    struct stat info;
    int can = stat(path, &info) == 0 ? ctl_doctor_may_access(&d->user, path, mode) : 1;

    if (can == 0) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, advice, "httpd's user %s cannot write %s",
                          d->user.name, path);
    }
    return can != 0;
}

/* Returns 1 if httpd's user can write all files, or nobody knows; the latter is reported. */
static int check_access(ctl_doctor_t *d, const char *path, const char *directory)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    int is_fine = check_writable(d, directory, advise_directory(d, directory), W_OK | X_OK);

    if (ctl_doctor_may_access(&d->user, directory, X_OK) < 0) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED,
                          d->user.name ? "run doctor as root" : "add User and Group",
                          "whether httpd's user can write %s", path);
        return 1;
    }
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        const char *advice = apr_psprintf(d->pool, "chown %s:%s %s*", d->user.name, d->user.group,
                                          ctl_doctor_quote(d->pool, path));

        is_fine &=
            check_writable(d, apr_pstrcat(d->pool, path, suffixes[i], NULL), advice, R_OK | W_OK);
    }
    return is_fine;
}

/* Is the file in WAL mode? Opening another one would change it. */
static int is_wal(const char *path)
{
    unsigned char header[HEADER_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, header, sizeof(header));

    /* Nothing has opened it yet, so that closing it releases no lock of SQLite. */
    if (fd >= 0) {
        close(fd);
    }
    return n == HEADER_BYTES && header[WRITE_VERSION] == WAL_VERSION;
}

static int check_existing(ctl_doctor_t *d, const char *path, const struct stat *file)
{
    const char *quoted = ctl_doctor_quote(d->pool, path);

    if (access(path, R_OK | W_OK) != 0) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED, "run doctor as root or as httpd's user",
                          "%s: this user cannot open it: %s", path, strerror(errno));
        return 0;
    }
    if (file->st_size == 0) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING, "start httpd, which creates the tables",
                          "%s is empty", path);
        return 0;
    }
    if (!is_wal(path)) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          apr_psprintf(d->pool,
                                       "start httpd, which changes it, and run doctor again; if "
                                       "the warning stays: sqlite3 %s 'PRAGMA quick_check'",
                                       quoted),
                          "%s is no SQLite file, or its journal mode is not WAL; its tables are "
                          "not checked",
                          path);
        return 0;
    }
    return 1;
}

int ctl_doctor_check_sqlite_file(ctl_doctor_t *d, const char *path)
{
    const char *directory, *warning;
    struct stat info;

    directory = ctl_doctor_directory(d->pool, path);
    if (stat(directory, &info) != 0) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, advise_directory(d, directory),
                          "DBDParams %s: the directory cannot be found: %s", path, strerror(errno));
        return 0;
    }
    warning = as_sqlite_file_check_directory(d->pool, path);
    if (warning) {
        const char *message;
        const char *advice = ctl_doctor_split_advice(d->pool, warning, &message);

        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, advice, "%s", message);
    }
    if (check_access(d, path, directory) && !warning) {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "%s: owner and modes", path);
    }
    if (stat(path, &info) != 0) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING, "start httpd, which creates it",
                          "%s does not exist yet", path);
        return 0;
    }
    return check_existing(d, path, &info);
}

void ctl_doctor_check_sqlite(ctl_doctor_t *d, as_db_t *db)
{
    const char *fault;

    if (as_diagnosis_check_file(db, d->pool, &fault) != APR_SUCCESS) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED, NULL, "PRAGMA quick_check failed");
    } else if (fault) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          "stop httpd, and restore the database from a backup",
                          "SQLite finds damage in the file");
    } else {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "the file is intact (quick_check)");
    }
}
