/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/answer.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "config/config.h"
#include "guard/guard.h"
#include "http/cors.h"

static const char FILTER[] = "AUTHSMS_PRIVATE";

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
        as_cors_answer(r, dc);
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

static apr_status_t make_private(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    const as_dir_t *dc = f->ctx;
    const char *control = header(r, "Cache-Control");

    if (!control) {
        apr_table_addn(r->headers_out, "Cache-Control", "private");
    } else if (!lists(r->pool, control, "private") && !lists(r->pool, control, "no-store")) {
        set_header(r, "Cache-Control", made_private(r->pool, control));
    }
    if (as_dir_reads_header(dc)) {
        vary_by(r, "Authorization");
    }
    if (as_dir_reads_cookie(dc)) {
        vary_by(r, "Cookie");
    }
    replace_cors(r, dc);
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

static ap_filter_rec_t *filter;

void as_answer_register(void)
{
    /* Before mod_cache's CACHE_SAVE, so that a cache of our own obeys it too. */
    filter = ap_register_output_filter(FILTER, make_private, NULL, AP_FTYPE_CONTENT_SET);
}

void as_answer_insert_filter(request_rec *r)
{
    const request_rec *judged = r->main ? NULL : r;

    /* An error document is an answer of the place that was asked for. */
    while (judged && !as_guard_passed(judged) && !as_guard_refused(judged)) {
        judged = judged->prev;
    }
    if (judged) {
        ap_add_output_filter_handle(filter, (void *)as_dir(judged), r, r->connection);
    }
}
