/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/login_redirect.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "text/form.h"

enum { REQUEST_LINE_REST = sizeof("GET  HTTP/1.1") };

/* A qvalue (RFC 9110 §12.4.2), 0 to 1, in thousandths; 0 where it is none. Some leave out the 0
 * before the dot. */
static int thousandths(const char *q)
{
    int value = *q == '1' ? 1000 : 0;
    int digit = 100;

    q += *q == '0' || *q == '1';
    if (*q++ == '.') {
        for (; apr_isdigit(*q) && digit; q++) {
            value += (*q - '0') * digit;
            digit /= 10;
        }
    }
    return value > 1000 ? 1000 : value;
}

/* The q of a media range in thousandths; parameters before it count as part of the type. */
static int weight(const char *range, apr_size_t len)
{
    int q = 1000;

    for (apr_size_t i = 0; i < len; i++) {
        if (range[i] == ';') {
            apr_size_t at = i + 1;

            while (at < len && apr_isspace(range[at])) {
                at++;
            }
            if (at + 2 <= len && (range[at] == 'q' || range[at] == 'Q') && range[at + 1] == '=') {
                q = thousandths(range + at + 2);
            }
        }
    }
    return q;
}

static int is_html(const char *range, apr_size_t len)
{
    static const char *const types[] = {"text/html", "application/xhtml+xml"};
    int html = 0;

    for (apr_size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        apr_size_t n = strlen(types[i]);

        html |= len >= n && ap_cstr_casecmpn(range, types[i], n) == 0 &&
                (len == n || range[n] == ';' || apr_isspace(range[n]));
    }
    return html;
}

/* A page above all else: of equal ranges the first counts. */
static int prefers_html(const char *accept)
{
    int best = 0, html = 0;

    while (accept && *accept) {
        apr_size_t len;
        int q;

        accept += strspn(accept, " \t,");
        len = strcspn(accept, ",");
        q = weight(accept, len);
        if (q > best) {
            best = q;
            html = is_html(accept, len);
        }
        accept += len;
    }
    return html;
}

/* The path of an address as it was sent, unescaped and without its last slash. */
static const char *path_of(apr_pool_t *p, const char *address)
{
    char *path = apr_pstrmemdup(p, address, strcspn(address, "?#"));
    apr_size_t len;

    (void)ap_unescape_url(path);
    len = strlen(path);
    if (len > 1 && path[len - 1] == '/') {
        path[len - 1] = '\0';
    }
    return path;
}

/* Also as a folder, as what was asked for before a rewrite, and as what stands behind it. */
static int is_page_itself(const request_rec *r, const char *page)
{
    const char *path = path_of(r->pool, page);
    apr_size_t len = strlen(path);
    int itself = 0;

    for (; r; r = r->prev) {
        itself |= strncmp(r->uri, path, len) == 0 && !r->uri[len + (r->uri[len] == '/')];
        itself |= r->unparsed_uri && strcmp(path_of(r->pool, r->unparsed_uri), path) == 0;
    }
    return itself;
}

const char *as_login_redirect_make_url(const request_rec *r, const request_rec *refused,
                                       const as_dir_t *dc)
{
    const char *page = as_dir_login_page(dc);
    const char *back = r->unparsed_uri;
    const char *with;

    /* Not an answer to an error, nor a part of another page. */
    if (!page || r->method_number != M_GET || r->main || (r->prev && r->prev->status != HTTP_OK) ||
        is_page_itself(r, page) || is_page_itself(refused, page) ||
        !prefers_html(apr_table_get(r->headers_in, "Accept"))) {
        return NULL;
    }
    for (const request_rec *before = r->prev; before; before = before->prev) {
        back = before->unparsed_uri;
    }
    if (back && back[0] == '/' && back[1] != '/' && back[1] != '\\') {
        with = apr_pstrcat(r->pool, page, strchr(page, '?') ? "&" : "?",
                           "return=", as_form_encode(r->pool, back), NULL);
        /* Encoded it may be longer than what this server reads. */
        page =
            strlen(with) + REQUEST_LINE_REST < (apr_size_t)r->server->limit_req_line ? with : page;
    }
    return page;
}
