/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/lookup_refusal.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>

typedef struct refusal_t {
    const request_rec *main;
    int status;
    const apr_table_t *headers;
    const char *code;
    const char *login;
} refusal_t;

static const char REFUSAL[] = "authsms:lookup_refusal";

void as_lookup_refusal_record(request_rec *sub, int status, const char *code, const char *login)
{
    request_rec *r = sub->main;
    refusal_t *refusal = apr_palloc(r->pool, sizeof(*refusal));

    *refusal = (refusal_t){r, status, apr_table_clone(r->pool, sub->err_headers_out), code,
                           login ? apr_pstrdup(r->pool, login) : NULL};
    apr_pool_userdata_setn(refusal, REFUSAL, NULL, r->pool);
    if (login) {
        /* httpd redirects only to an absolute URL; as_lookup_refusal_apply restores the path. */
        ap_custom_response(r, status, ap_construct_url(r->pool, login, r));
    }
}

/* Headers that the request has already are kept. */
static void add_missing(request_rec *r, const apr_table_t *headers)
{
    const apr_array_header_t *fields = apr_table_elts(headers);
    const apr_table_t *before = apr_table_copy(r->pool, r->err_headers_out);

    for (int i = 0; i < fields->nelts; i++) {
        const apr_table_entry_t *field = &APR_ARRAY_IDX(fields, i, apr_table_entry_t);

        if (!apr_table_get(before, field->key)) {
            apr_table_addn(r->err_headers_out, field->key, field->val);
        }
    }
}

int as_lookup_refusal_apply(request_rec *r, const char **code, const char **login)
{
    void *data = NULL;
    const refusal_t *refusal;
    int redirected;

    apr_pool_userdata_get(&data, REFUSAL, r->pool);
    refusal = data;
    if (!refusal || refusal->main != r) {
        return 0;
    }
    redirected = refusal->login && r->status == HTTP_MOVED_TEMPORARILY;
    if (r->status != refusal->status && !redirected) {
        return 0;
    }
    add_missing(r, refusal->headers);
    if (redirected) {
        apr_table_unset(r->err_headers_out, "WWW-Authenticate");
        apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    }
    *code = refusal->code;
    *login = redirected ? refusal->login : NULL;
    return 1;
}
