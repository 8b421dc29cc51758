/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/response_headers.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include <string.h>

#include "auth/cache_headers.h"
#include "auth/cors.h"
#include "config/config.h"
#include "guard/guard.h"
#include "guard/location.h"
#include "guard/note.h"

/* The sources of tokens (AuthSMSTokenFrom): request headers by which a response varies. */
enum { BY_AUTHORIZATION = 1, BY_COOKIE = 2 };

/* A page with parts is buffered up to this size, until it is complete or a part is guarded. */
enum { BUFFER_MAX = 128 * 1024 };

typedef struct response_t {
    unsigned sources;     /* 0: public, unless a part is guarded */
    const char *login;    /* URL for Location (as_guard_apply_lookup_refusal); NULL: none */
    const as_dir_t *cors; /* section whose AuthSMSAllowOrigin applies; NULL: none */
    int has_parts;        /* buffer the response: a part may be guarded */
    int is_decided;       /* the headers are set */
    apr_off_t buffered_bytes;
    apr_bucket_brigade *buffer; /* NULL: empty */
} response_t;

/* Notes: the sources that this request and its sub-requests read; headers of a public response were
 * sent before its end. */
static const char USED[] = "AUTHSMS_USED", PUBLIC[] = "AUTHSMS_PUBLIC";

/* All values of a name, merged; NULL: none. */
static const char *get_merged(const request_rec *r, const apr_table_t *table, const char *name)
{
    return apr_table_get(table, name) ? apr_table_getm(r->pool, table, name) : NULL;
}

static const char *get_header(const request_rec *r, const char *name)
{
    const char *value = get_merged(r, r->headers_out, name);
    const char *always =
        apr_is_empty_table(r->err_headers_out) ? NULL : get_merged(r, r->err_headers_out, name);

    if (value && always) {
        return apr_pstrcat(r->pool, value, ", ", always, NULL);
    }
    return value ? value : always;
}

static void set_header(request_rec *r, const char *name, const char *value)
{
    apr_table_unset(r->err_headers_out, name);
    apr_table_setn(r->headers_out, name, value);
}

/* Does the list have this member without a value: `private`, but not `private="Set-Cookie"`? */
static int has_member(apr_pool_t *p, const char *list, const char *wanted)
{
    apr_size_t len = strlen(wanted);
    char *state;

    for (char *word = apr_strtok(apr_pstrdup(p, list), ",", &state); word;
         word = apr_strtok(NULL, ",", &state)) {
        word += strspn(word, " \t");
        if (ap_cstr_casecmpn(word, wanted, len) == 0 && !word[len + strspn(word + len, " \t")]) {
            return 1;
        }
    }
    return 0;
}

/* Add `private` to a Cache-Control, without directives that allow shared caches to store it. */
static const char *add_private(apr_pool_t *p, const char *control)
{
    const char *kept = "private";
    char *state;

    for (char *word = apr_strtok(apr_pstrdup(p, control), ",", &state); word;
         word = apr_strtok(NULL, ",", &state)) {
        word += strspn(word, " \t");
        if (ap_cstr_casecmpn(word, "public", 6) != 0 &&
            ap_cstr_casecmpn(word, "s-maxage", 8) != 0) {
            kept = apr_pstrcat(p, kept, ", ", word, NULL);
        }
    }
    return kept;
}

/* AuthSMSAllowOrigin overrides CORS headers of a back end. */
static void replace_cors(request_rec *r, const as_dir_t *dc)
{
    static const char *const fields[] = {"Access-Control-Allow-Origin",
                                         "Access-Control-Allow-Credentials",
                                         "Access-Control-Expose-Headers"};

    if (!as_dir_allow_origin(dc) || !as_dir_allow_origin(dc)->nelts) {
        return;
    }
    for (apr_size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        apr_table_unset(r->headers_out, fields[i]);
    }
    as_cors_set_headers(r, dc);
}

static void add_vary(request_rec *r, const char *field)
{
    const char *vary = get_header(r, "Vary");

    if (!vary) {
        apr_table_addn(r->headers_out, "Vary", field);
    } else if (!has_member(r->pool, vary, field) && !has_member(r->pool, vary, "*")) {
        set_header(r, "Vary", apr_pstrcat(r->pool, vary, ", ", field, NULL));
    }
}

/* ---- which responses are private ---- */

static unsigned get_sources(const as_dir_t *dc)
{
    return (as_dir_reads_header(dc) ? BY_AUTHORIZATION : 0U) |
           (as_dir_reads_cookie(dc) ? BY_COOKIE : 0U);
}

static unsigned get_used_sources(const request_rec *r)
{
    const char *used = as_note_get(r, USED);

    return used ? (unsigned)(*used - '0') : 0U;
}

int as_response_headers_mark_private(const request_rec *r)
{
    static const char *const texts[] = {"0", "1", "2", "3"};
    unsigned sources = get_sources(as_dir(r));
    int is_too_late = 0;

    for (; r; r = r->main) {
        is_too_late |= as_note_get(r, PUBLIC) != NULL;
        apr_table_setn(r->notes, USED, texts[get_used_sources(r) | sources]);
    }
    return !is_too_late;
}

/* The content filter of this name; NULL: none. */
static ap_filter_t *find_content_filter(const request_rec *r, const char *name)
{
    ap_filter_t *f = r->output_filters;

    while (f && f->frec->ftype < AP_FTYPE_CONTENT_SET &&
           ap_cstr_casecmp(f->frec->name, name) != 0) {
        f = f->next;
    }
    return f && f->frec->ftype < AP_FTYPE_CONTENT_SET ? f : NULL;
}

/* AddOutputFilterByType adds the second name. */
int as_response_headers_has_includes(const request_rec *r)
{
    return find_content_filter(r, "includes") || find_content_filter(r, "bytype:includes");
}

static int is_listing(const request_rec *r)
{
    return r->handler && strcmp(r->handler, DIR_MAGIC_TYPE) == 0;
}

/* Is the page made of parts, each by a sub-request? */
static int has_parts(const request_rec *r)
{
    return as_response_headers_has_includes(r) || is_listing(r);
}

/* Is this the header of a page whose parts are not made now? mod_autoindex skips them for HEAD, and
 * a 304 has none. */
static int skips_parts(const request_rec *r)
{
    return (r->header_only && is_listing(r)) || r->status == HTTP_NOT_MODIFIED;
}

/* ---- the filter ---- */

static int is_private(apr_pool_t *p, const char *control)
{
    return has_member(p, control, "private") || has_member(p, control, "no-store");
}

static void make_private(request_rec *r, unsigned sources)
{
    const char *control = get_header(r, "Cache-Control");

    as_cache_headers_unset_overrides(r);
    if (!control) {
        apr_table_addn(r->headers_out, "Cache-Control", "private");
    } else if (!is_private(r->pool, control)) {
        set_header(r, "Cache-Control", add_private(r->pool, control));
    }
    if (sources & BY_AUTHORIZATION) {
        add_vary(r, "Authorization");
    }
    if (sources & BY_COOKIE) {
        add_vary(r, "Cookie");
    }
}

static int is_complete(const apr_bucket_brigade *bb)
{
    return !APR_BRIGADE_EMPTY(bb) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(bb));
}

/* False for a part of unknown length (output of a program), and for one to be flushed. */
static int can_buffer(response_t *response, apr_bucket_brigade *bb)
{
    apr_off_t bytes;

    for (apr_bucket *b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        if (APR_BUCKET_IS_FLUSH(b)) {
            return 0;
        }
    }
    if (apr_brigade_length(bb, 0, &bytes) != APR_SUCCESS || bytes < 0) {
        return 0;
    }
    response->buffered_bytes += bytes;
    return response->buffered_bytes <= BUFFER_MAX;
}

static apr_status_t set_headers(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    response_t *response = f->ctx;
    unsigned sources = response->sources | get_used_sources(r);
    const char *control;

    if (!sources && response->has_parts && (!is_complete(bb) || skips_parts(r))) {
        if (!skips_parts(r) && can_buffer(response, bb)) {
            return ap_save_brigade(f, &response->buffer, &bb, r->pool);
        }
        /* A part that is still to come may be guarded. */
        sources = BY_AUTHORIZATION | BY_COOKIE;
    }
    response->is_decided = 1;
    control = sources ? NULL : get_header(r, "Cache-Control");
    if (sources) {
        make_private(r, sources);
    } else if (!is_complete(bb) && !(control && is_private(r->pool, control))) {
        apr_table_setn(r->notes, PUBLIC, "");
    }
    if (response->login) {
        apr_table_setn(r->headers_out, "Location", response->login);
    }
    if (response->cors && !r->main) {
        replace_cors(r, response->cors);
    }
    if (response->buffer) {
        APR_BRIGADE_PREPEND(bb, response->buffer);
    }
    return ap_pass_brigade(f->next, bb);
}

/* The filter is never removed: a sub-request may point to it. */
apr_status_t as_response_headers_filter_response(ap_filter_t *f, apr_bucket_brigade *bb)
{
    const response_t *response = f->ctx;

    return response->is_decided ? ap_pass_brigade(f->next, bb) : set_headers(f, bb);
}

ap_filter_rec_t *as_response_headers_filter, *as_response_headers_subrequest_filter,
    *as_response_headers_marker_filter;

/*
 * With CacheQuickHandler Off, SetOutputFilter CACHE marks the place of CACHE_SAVE, which runs
 * before this module's filter. So the response is made private before that marker too: its link
 * becomes this module's, and a copy after it the marker. httpd itself inserts filters by their type
 * only.
 */
static void insert_before_marker(request_rec *r, const response_t *response)
{
    ap_filter_t *f = find_content_filter(r, "cache");
    response_t *early;

    if (!f) {
        return;
    }
    early = apr_palloc(r->pool, sizeof(*early));
    *early = (response_t){.sources = response->sources, .has_parts = response->has_parts};
    f->next = apr_pmemdup(r->pool, f, sizeof(*f));
    f->frec = as_response_headers_marker_filter;
    f->ctx = early;
}

void as_response_headers_insert_filter(request_rec *r)
{
    response_t *response;
    const char *login = r->status == HTTP_OK ? NULL : as_guard_apply_lookup_refusal(r);

    if (!as_srv(r->server)->keyring) {
        return;
    }
    response = apr_palloc(r->pool, sizeof(*response));
    *response = (response_t){.login = login};
    /* An error document is a response of the section that was requested first. */
    for (request_rec *each = r; each; each = each->prev) {
        if (as_location_is_guarded(each) || as_guard_is_authenticated(each)) {
            response->sources |= get_sources(as_dir(each));
            response->cors = response->cors ? response->cors : as_dir(each);
        }
        response->sources |= get_used_sources(each);
    }
    response->has_parts = !response->sources && has_parts(r);
    insert_before_marker(r, response);
    ap_add_output_filter_handle(r->main ? as_response_headers_subrequest_filter
                                        : as_response_headers_filter,
                                response, r, r->connection);
}
