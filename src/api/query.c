/* SPDX-License-Identifier: Apache-2.0 */
#include "api/query.h"

#include <apr_strings.h>

#include <string.h>

/* Note: the removed query. */
static const char QUERY[] = "AUTHSMS_QUERY";
/* Not only the route: requests to misspelt receipt URLs have numbers too. */
static const char RECEIPT_PREFIX[] = "/sms";

static void remove_from_line(request_rec *r)
{
    const char *query = r->the_request ? strchr(r->the_request, '?') : NULL;
    const char *rest = query ? strrchr(query, ' ') : NULL;

    if (query) {
        r->the_request = apr_pstrcat(
            r->pool, apr_pstrmemdup(r->pool, r->the_request, (apr_size_t)(query - r->the_request)),
            rest, NULL);
    }
}

const char *as_query_take(request_rec *r)
{
    if (r->args) {
        apr_table_setn(r->notes, QUERY, r->args);
    }
    r->args = NULL;
    r->parsed_uri.query = NULL;
    r->unparsed_uri = r->uri;
    remove_from_line(r);
    return apr_table_get(r->notes, QUERY);
}

void as_query_hide(request_rec *r, const char *path)
{
    if (strncmp(path, RECEIPT_PREFIX, sizeof(RECEIPT_PREFIX) - 1) == 0) {
        as_query_take(r);
    }
}
