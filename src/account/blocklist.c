/* SPDX-License-Identifier: Apache-2.0 */
#include "account/blocklist.h"

#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include <string.h>

#include "account/username.h"

enum { LINE_BYTES = 1024, REASON_BYTES = 120 };

struct as_blocklist_t {
    apr_hash_t *folded; /* NULL: empty */
};

const as_blocklist_t *as_blocklist_empty(void)
{
    static const as_blocklist_t empty = {NULL};

    return &empty;
}

static apr_status_t add_line(apr_pool_t *p, as_blocklist_t *list, char *line)
{
    const char *folded;
    apr_status_t rv;

    line[strcspn(line, "\r\n")] = '\0';
    if (!*line) {
        return APR_SUCCESS;
    }
    rv = as_username_fold(p, line, &folded);
    if (rv == APR_SUCCESS) {
        apr_hash_set(list->folded, folded, APR_HASH_KEY_STRING, "");
    }
    return rv;
}

static const char *format_read_error(apr_pool_t *p, apr_status_t rv)
{
    char reason[REASON_BYTES];

    return apr_pstrcat(p, "cannot be read: ", apr_strerror(rv, reason, sizeof(reason)), NULL);
}

apr_status_t as_blocklist_read(apr_pool_t *p, const char *path, const as_blocklist_t **list,
                               const char **error)
{
    as_blocklist_t *loaded = apr_palloc(p, sizeof(*loaded));
    char line[LINE_BYTES];
    apr_file_t *file;
    apr_status_t rv =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BUFFERED, APR_FPROT_OS_DEFAULT, p);

    if (rv != APR_SUCCESS) {
        *error = format_read_error(p, rv);
        return rv;
    }
    loaded->folded = apr_hash_make(p);
    while (rv == APR_SUCCESS && (rv = apr_file_gets(line, sizeof(line), file)) == APR_SUCCESS) {
        rv = add_line(p, loaded, line);
    }
    apr_file_close(file);
    rv = rv == APR_EOF ? APR_SUCCESS : rv;
    if (rv == APR_EINVAL) {
        *error = "is not a list of passwords, one per line, in UTF-8";
    } else if (rv != APR_SUCCESS) {
        *error = format_read_error(p, rv);
    }
    *list = loaded;
    return rv;
}

int as_blocklist_contains(const as_blocklist_t *list, const char *folded)
{
    return list->folded && apr_hash_get(list->folded, folded, APR_HASH_KEY_STRING) != NULL;
}
