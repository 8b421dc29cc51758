/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/response_headers.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include <string.h>

#include "config/config.h"
#include "guard/guard.h"
#include "guard/note.h"
#include "guard/location.h"
#include "auth/cors.h"

/* The request fields by which a response varies: the sources of tokens (AuthSMSTokenFrom). */
enum { BY_AUTHORIZATION = 1, BY_COOKIE = 2 };

/* A page is held back until it is complete, or a guarded part of it is found, up to this size. */
enum { HELD_MAX = 128 * 1024 };

typedef struct response_t {
    unsigned sources;     /* 0: public as far as is known */
    const char *login;    /* the address for Location (as_guard_apply_lookup_refusal); NULL: none */
    const as_dir_t *cors; /* whose AuthSMSAllowOrigin applies; NULL: none */
    int hold;
    int decided;
    apr_off_t held_bytes;
    apr_bucket_brigade *held; /* NULL: nothing */
} response_t;

/* Notes: the sources that this request and its sub-requests used; it was sent as a public response,
 * of which more may follow. */
static const char USED[] = "AUTHSMS_USED", PUBLIC[] = "AUTHSMS_PUBLIC";

/* All that a table says under a name, which may stand there several times; NULL: nothing. */
static const char *said(const request_rec *r, const apr_table_t *table, const char *name)
{
    return apr_table_get(table, name) ? apr_table_getm(r->pool, table, name) : NULL;
}

static const char *header(const request_rec *r, const char *name)
{
    const char *said_once = said(r, r->headers_out, name);
    const char *said_always =
        apr_is_empty_table(r->err_headers_out) ? NULL : said(r, r->err_headers_out, name);

    return said_once && said_always ? apr_pstrcat(r->pool, said_once, ", ", said_always, NULL)
           : said_once              ? said_once
                                    : said_always;
}

static void set_header(request_rec *r, const char *name, const char *value)
{
    apr_table_unset(r->err_headers_out, name);
    apr_table_setn(r->headers_out, name, value);
}

/* Is this a member of the list, and nothing more: `private`, but not `private="Set-Cookie"`? */
static int lists(apr_pool_t *p, const char *list, const char *wanted)
{
    apr_size_t len = strlen(wanted);
    int found = 0;
    char *state;

    for (char *word = apr_strtok(apr_pstrdup(p, list), ",", &state); word;
         word = apr_strtok(NULL, ",", &state)) {
        word += strspn(word, " \t");
        found |= ap_cstr_casecmpn(word, wanted, len) == 0 && !word[len + strspn(word + len, " \t")];
    }
    return found;
}

/* The directives of Cache-Control that would let a shared cache keep it are left out. */
static const char *made_private(apr_pool_t *p, const char *control)
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

/* The module's word on CORS stands in the place of a back end's. */
static void replace_cors(request_rec *r, const as_dir_t *dc)
{
    static const char *const fields[] = {"Access-Control-Allow-Origin",
                                         "Access-Control-Allow-Credentials",
                                         "Access-Control-Expose-Headers"};

    if (as_dir_allow_origin(dc) && as_dir_allow_origin(dc)->nelts) {
        for (apr_size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            apr_table_unset(r->headers_out, fields[i]);
        }
        as_cors_set_headers(r, dc);
    }
}

static void vary_by(request_rec *r, const char *field)
{
    const char *vary = header(r, "Vary");

    if (!vary) {
        apr_table_addn(r->headers_out, "Vary", field);
    } else if (!lists(r->pool, vary, field) && !lists(r->pool, vary, "*")) {
        set_header(r, "Vary", apr_pstrcat(r->pool, vary, ", ", field, NULL));
    }
}

/* ---- which responses ---- */

static unsigned sources_of(const as_dir_t *dc)
{
    return (as_dir_reads_header(dc) ? BY_AUTHORIZATION : 0U) |
           (as_dir_reads_cookie(dc) ? BY_COOKIE : 0U);
}

static unsigned used_sources(const request_rec *r)
{
    const char *used = as_note_get(r, USED);

    return used ? (unsigned)(*used - '0') : 0U;
}

int as_response_headers_mark_private(const request_rec *r)
{
    static const char *const texts[] = {"0", "1", "2", "3"};
    unsigned sources = sources_of(as_dir(r));
    int late = 0;

    for (; r; r = r->main) {
        late |= as_note_get(r, PUBLIC) != NULL;
        apr_table_setn(r->notes, USED, texts[used_sources(r) | sources]);
    }
    return !late;
}

/* The filter of this name that works on content; NULL: there is none. */
static ap_filter_t *find_content_filter(const request_rec *r, const char *name)
{
    ap_filter_t *f = r->output_filters;

    while (f && f->frec->ftype < AP_FTYPE_CONTENT_SET &&
           ap_cstr_casecmp(f->frec->name, name) != 0) {
        f = f->next;
    }
    return f && f->frec->ftype < AP_FTYPE_CONTENT_SET ? f : NULL;
}

/* The second name is that of AddOutputFilterByType. */
int as_response_headers_has_includes(const request_rec *r)
{
    return find_content_filter(r, "includes") || find_content_filter(r, "bytype:includes");
}

static int is_listing(const request_rec *r)
{
    return r->handler && strcmp(r->handler, DIR_MAGIC_TYPE) == 0;
}

/* Handlers and filters that send a page in parts, and make sub-requests in between. */
static int has_parts(const request_rec *r)
{
    return as_response_headers_has_includes(r) || is_listing(r);
}

/* Is this the header of a page whose parts are not made now? mod_autoindex answers HEAD without
 * them, and 304 has none. */
static int leaves_parts_out(const request_rec *r)
{
    return (r->header_only && is_listing(r)) || r->status == HTTP_NOT_MODIFIED;
}

/* ---- the filter ---- */

static int is_private(apr_pool_t *p, const char *control)
{
    return lists(p, control, "private") || lists(p, control, "no-store");
}

/* Fields by which caches in front of this server override Cache-Control (RFC 9213 section 2, the
 * Edge Architecture Specification, nginx). */
static void unset_targeted(request_rec *r)
{
    static const char *const fields[] = {"CDN-Cache-Control", "Cloudflare-CDN-Cache-Control",
                                         "Surrogate-Control", "X-Accel-Expires"};

    for (apr_size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        apr_table_unset(r->headers_out, fields[i]);
        apr_table_unset(r->err_headers_out, fields[i]);
    }
}

static void make_private(request_rec *r, unsigned sources)
{
    const char *control = header(r, "Cache-Control");

    unset_targeted(r);
    if (!control) {
        apr_table_addn(r->headers_out, "Cache-Control", "private");
    } else if (!is_private(r->pool, control)) {
        set_header(r, "Cache-Control", made_private(r->pool, control));
    }
    if (sources & BY_AUTHORIZATION) {
        vary_by(r, "Authorization");
    }
    if (sources & BY_COOKIE) {
        vary_by(r, "Cookie");
    }
}

static int is_complete(const apr_bucket_brigade *bb)
{
    return !APR_BRIGADE_EMPTY(bb) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(bb));
}

/* Has a part no end that is known (the output of a program), or does it want to be sent now? */
static int can_hold(response_t *response, apr_bucket_brigade *bb)
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
    response->held_bytes += bytes;
    return response->held_bytes <= HELD_MAX;
}

static apr_status_t decide(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    response_t *response = f->ctx;
    unsigned sources = response->sources | used_sources(r);
    const char *control;

    if (!sources && response->hold && (!is_complete(bb) || leaves_parts_out(r))) {
        if (!leaves_parts_out(r) && can_hold(response, bb)) {
            return ap_save_brigade(f, &response->held, &bb, r->pool);
        }
        /* A part that is not known yet may be guarded. */
        sources = BY_AUTHORIZATION | BY_COOKIE;
    }
    response->decided = 1;
    control = sources ? NULL : header(r, "Cache-Control");
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
    if (response->held) {
        APR_BRIGADE_PREPEND(bb, response->held);
    }
    return ap_pass_brigade(f->next, bb);
}

/* It stays in the chain: a sub-request may hold a pointer to it. */
apr_status_t as_response_headers_filter_response(ap_filter_t *f, apr_bucket_brigade *bb)
{
    const response_t *response = f->ctx;

    return response->decided ? ap_pass_brigade(f->next, bb) : decide(f, bb);
}

ap_filter_rec_t *as_response_headers_filter, *as_response_headers_subrequest_filter,
    *as_response_headers_marker_filter;

/*
 * With CacheQuickHandler Off, SetOutputFilter CACHE marks the place of CACHE_SAVE, which is before
 * our filter. So the response is made private before that marker too. The marker moves to a new
 * link behind it: httpd inserts filters by their type only.
 */
static void insert_before_marker(request_rec *r, const response_t *response)
{
    ap_filter_t *f = find_content_filter(r, "cache");
    response_t *early;

    if (!f) {
        return;
    }
    early = apr_palloc(r->pool, sizeof(*early));
    *early = (response_t){.sources = response->sources, .hold = response->hold};
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
    /* An error document is an answer of the place that was asked for. */
    for (request_rec *asked = r; asked; asked = asked->prev) {
        int guarded = as_location_is_guarded(asked) || as_guard_is_authenticated(asked);

        if (guarded) {
            response->sources |= sources_of(as_dir(asked));
            response->cors = response->cors ? response->cors : as_dir(asked);
        }
        response->sources |= used_sources(asked);
    }
    response->hold = !response->sources && has_parts(r);
    insert_before_marker(r, response);
    ap_add_output_filter_handle(r->main ? as_response_headers_subrequest_filter
                                        : as_response_headers_filter,
                                response, r, r->connection);
}
