/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_file.h"

#include <apr_strings.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { GROUP_READS = S_IRGRP | S_IXGRP, OTHERS_READ = S_IROTH | S_IXOTH, PERMISSIONS = 07777 };

/* NULL: it does not exist, or the path is relative to the directory of the driver. */
static const char *find_directory(apr_pool_t *p, const char *path, struct stat *info)
{
    const char *slash = strrchr(path, '/');
    const char *directory;

    if (*path != '/') {
        return NULL;
    }
    directory = slash == path ? "/" : apr_pstrmemdup(p, path, (apr_size_t)(slash - path));
    return stat(directory, info) == 0 ? directory : NULL;
}

void as_sqlite_file_create(apr_pool_t *p, const char *path)
{
    struct stat directory, file;
    int fd;

    if (!find_directory(p, path, &directory)) {
        return;
    }
    /* O_EXCL: to close a descriptor of an existing file would release SQLite's locks on it. */
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return;
    }
    if ((directory.st_mode & GROUP_READS) == GROUP_READS && fstat(fd, &file) == 0 &&
        (file.st_gid == directory.st_gid || fchown(fd, (uid_t)-1, directory.st_gid) == 0)) {
        fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP);
    }
    close(fd);
}

int as_sqlite_file_is_system_directory(const char *directory)
{
    int slashes = 0;

    for (const char *c = directory; *c; c++) {
        slashes += *c == '/';
    }
    return slashes < 3;
}

const char *as_sqlite_file_check_directory(apr_pool_t *p, const char *path)
{
    struct stat info;
    const char *directory = find_directory(p, path, &info);

    if (!directory || !(info.st_mode & OTHERS_READ)) {
        return NULL;
    }
    if (as_sqlite_file_is_system_directory(directory)) {
        return apr_psprintf(p,
                            AS_TAG(0210) "DBDParams %s: every local user can read the directory %s "
                                         "(mode %04o): move the file to a directory of its own "
                                         "with mode 750",
                            path, directory, (unsigned)(info.st_mode & PERMISSIONS));
    }
    return apr_psprintf(p,
                        AS_TAG(0205) "DBDParams %s: every local user can read the directory %s "
                                     "(mode %04o): chmod 750 %s",
                        path, directory, (unsigned)(info.st_mode & PERMISSIONS), directory);
}
