/* SPDX-License-Identifier: Apache-2.0 */
#include "api/query.h"

#include <apr_strings.h>

#include <string.h>

/* The note that keeps the query. */
static const char QUERY[] = "AUTHSMS_QUERY";
/* Wider than the route: misspelt addresses of receipts have numbers in them too. */
static const char RECEIPTS[] = "/sms";

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
    if (strncmp(path, RECEIPTS, sizeof(RECEIPTS) - 1) == 0) {
        as_query_take(r);
    }
}
