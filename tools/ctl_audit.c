/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_audit.h"

#include <apr_file_io.h>
#include <apr_user.h>

#include <string.h>

#include "base/clock.h"

#define FILE_MODE (APR_FPROT_UREAD | APR_FPROT_UWRITE)

/* The name of the user; NULL: it has none. */
static const char *find_operator(apr_pool_t *p)
{
    apr_uid_t uid;
    apr_gid_t gid;
    char *name;

    return apr_uid_current(&uid, &gid, p) == APR_SUCCESS &&
                   apr_uid_name_get(&name, uid, p) == APR_SUCCESS
               ? name
               : NULL;
}

/* One write with O_APPEND: httpd writes to the same file. */
static apr_status_t append(const ctl_t *ctl, const char *line)
{
    apr_size_t len = strlen(line);
    apr_size_t written = len;
    apr_file_t *file;
    apr_status_t rv =
        apr_file_open(&file, ctl->audit_log, APR_FOPEN_WRITE | APR_FOPEN_APPEND | APR_FOPEN_CREATE,
                      FILE_MODE, ctl->pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_file_write(file, line, &written);
    apr_file_close(file);
    return rv == APR_SUCCESS && written != len ? APR_ENOSPC : rv;
}

void ctl_audit(const ctl_t *ctl, as_event_kind_t kind, const char *account)
{
    const as_event_t event = {
        .kind = kind, .account = account, .operator= find_operator(ctl->pool)};
    char reason[128];
    apr_status_t rv;

    if (!ctl->audit_log) {
        return;
    }
    rv = append(ctl, as_event_format(ctl->pool, &event, as_clock_now()));
    if (rv != APR_SUCCESS) {
        ctl_print_note("done, but the audit log %s cannot be written: %s", ctl->audit_log,
                       apr_strerror(rv, reason, sizeof(reason)));
    }
}
