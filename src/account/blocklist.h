/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of passwords that are too common to be accepted. */
#ifndef AS_ACCOUNT_BLOCKLIST_H
#define AS_ACCOUNT_BLOCKLIST_H

#include <apr_pools.h>

/* Read-only after it is read: any thread may use it. */
typedef struct as_blocklist_t as_blocklist_t;

/* Read a file of one password per line (UTF-8; LF or CRLF). *error: the end of a sentence that
 * begins with the file's name. */
apr_status_t as_blocklist_read(apr_pool_t *p, const char *path, const as_blocklist_t **list,
                               const char **error);

/* A list without any password. */
const as_blocklist_t *as_blocklist_empty(void);

/* Is this password on the list? `folded`: by as_username_fold, so case does not matter. */
int as_blocklist_contains(const as_blocklist_t *list, const char *folded);

#endif
