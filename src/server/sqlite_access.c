/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sqlite_access.h"

#include <apr_file_info.h>
#include <apr_strings.h>
#include <apr_user.h>
#include <http_core.h>
#include <http_main.h>
#include <unixd.h>

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "db/sqlite_file.h"

typedef struct place_t {
    const char *file;
    const char *directory;
    apr_uid_t uid;
    apr_gid_t gid;
    char *user;
    char *group;
} place_t;

static int is_root(void)
{
    return geteuid() == 0;
}

static int find_user(apr_pool_t *p, place_t *place)
{
    place->uid = is_root() ? ap_unixd_config.user_id : geteuid();
    place->gid = is_root() ? ap_unixd_config.group_id : getegid();
    return apr_uid_name_get(&place->user, place->uid, p) == APR_SUCCESS &&
           apr_gid_name_get(&place->group, place->gid, p) == APR_SUCCESS;
}

/* Exit status of the child process; unusual, since a debugger may end it with another. */
enum { DENIED = 77 };

/* Checked by a process of that user: permission bits alone do not include ACLs and groups. */
static int may_access(const place_t *place, const char *path, int mode)
{
    int status = 0;
    pid_t pid;

    if (!is_root()) {
        return access(path, mode) == 0;
    }
    pid = fork();
    if (pid == 0) {
        int switched = initgroups(place->user, place->gid) == 0 && setgid(place->gid) == 0 &&
                       setuid(place->uid) == 0;

        _exit(switched && access(path, mode) != 0 ? DENIED : 0);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != DENIED;
}

static const char *install_line(apr_pool_t *p, const place_t *place, const char *directory)
{
    return apr_psprintf(p, "install -d -o %s -g %s -m 750 %s", place->user, place->group,
                        directory);
}

static const char *explain_directory(apr_pool_t *p, const place_t *place)
{
    const char *own = apr_pstrcat(p, place->directory, "/authsms", NULL);

    if (!as_sqlite_file_is_system_directory(place->directory)) {
        return apr_psprintf(
            p, AS_TAG(0202) "DBDParams %s: the user %s cannot write to the directory %s: %s",
            place->file, place->user, place->directory, install_line(p, place, place->directory));
    }
    return apr_psprintf(p,
                        AS_TAG(0203) "DBDParams %s: the user %s cannot write to the directory %s: "
                                     "make one of its own, %s, and set DBDParams %s/users.db",
                        place->file, place->user, place->directory, install_line(p, place, own),
                        own);
}

static const char *find_fault(apr_pool_t *p, const place_t *place)
{
    int other_user = !is_root() && ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST;
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, place->directory, APR_FINFO_TYPE, p);

    if (APR_STATUS_IS_ENOENT(rv) || APR_STATUS_IS_ENOTDIR(rv) ||
        (rv == APR_SUCCESS && info.filetype != APR_DIR)) {
        return apr_psprintf(p, AS_TAG(0201) "DBDParams %s: the directory %s does not exist: %s",
                            place->file, place->directory,
                            install_line(p, place, place->directory));
    }
    if (rv != APR_SUCCESS || other_user) {
        return NULL;
    }
    if (!may_access(place, place->directory, W_OK | X_OK)) {
        return explain_directory(p, place);
    }
    if (apr_stat(&info, place->file, APR_FINFO_TYPE, p) == APR_SUCCESS &&
        !may_access(place, place->file, R_OK | W_OK)) {
        return apr_psprintf(
            p, AS_TAG(0204) "DBDParams %s: the user %s cannot write to it: chown %s:%s %s*",
            place->file, place->user, place->user, place->group, place->file);
    }
    return NULL;
}

const char *as_sqlite_access_find_fault(apr_pool_t *p, const char *path)
{
    const char *slash = strrchr(path, '/');
    place_t place = {.file = path};

    /* A relative path depends on the driver's directory, and ChrootDir changes absolute ones. */
    if (*path != '/' || (is_root() && ap_unixd_config.chroot_dir) || !find_user(p, &place)) {
        return NULL;
    }
    place.directory = slash == path ? "/" : apr_pstrmemdup(p, path, (apr_size_t)(slash - path));
    return find_fault(p, &place);
}
