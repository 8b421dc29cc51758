/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/login_redirect.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "text/form.h"

/* What a request line has beside the URL. */
enum { REQUEST_LINE_REST = sizeof("GET  HTTP/1.1") };

/* A qvalue (RFC 9110 section 12.4.2) in thousandths; 0 if invalid. Some clients omit the 0 before
 * the dot. */
static int parse_qvalue(const char *q)
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

/* The weight of a media range in thousandths; other parameters are ignored. */
static int find_weight(const char *range, apr_size_t len)
{
    int q = 1000;

    for (apr_size_t i = 0; i < len; i++) {
        if (range[i] == ';') {
            apr_size_t at = i + 1;

            while (at < len && apr_isspace(range[at])) {
                at++;
            }
            if (at + 2 <= len && (range[at] == 'q' || range[at] == 'Q') && range[at + 1] == '=') {
                q = parse_qvalue(range + at + 2);
            }
        }
    }
    return q;
}

static int is_html(const char *range, apr_size_t len)
{
    static const char *const types[] = {"text/html", "application/xhtml+xml"};

    for (apr_size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        apr_size_t n = strlen(types[i]);

        if (len >= n && ap_cstr_casecmpn(range, types[i], n) == 0 &&
            (len == n || range[n] == ';' || apr_isspace(range[n]))) {
            return 1;
        }
    }
    return 0;
}

/* Has HTML the highest weight? Of equal weights the first counts. */
static int prefers_html(const char *accept)
{
    int best = 0, html = 0;

    while (accept && *accept) {
        apr_size_t len;
        int q;

        accept += strspn(accept, " \t,");
        len = strcspn(accept, ",");
        q = find_weight(accept, len);
        if (q > best) {
            best = q;
            html = is_html(accept, len);
        }
        accept += len;
    }
    return html;
}

/* The path of a URL, decoded and without its last slash. */
static const char *get_path(apr_pool_t *p, const char *url)
{
    char *path = apr_pstrmemdup(p, url, strcspn(url, "?#"));
    apr_size_t len;

    (void)ap_unescape_url(path);
    len = strlen(path);
    if (len > 1 && path[len - 1] == '/') {
        path[len - 1] = '\0';
    }
    return path;
}

/* Is a request for the login page itself? Also as a directory, and before or after a rewrite. */
static int is_login_page(const request_rec *r, const char *page)
{
    const char *path = get_path(r->pool, page);
    apr_size_t len = strlen(path);

    for (; r; r = r->prev) {
        if (strncmp(r->uri, path, len) == 0 && !r->uri[len + (r->uri[len] == '/')]) {
            return 1;
        }
        if (r->unparsed_uri && strcmp(get_path(r->pool, r->unparsed_uri), path) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The URL that the browser requested. NULL: unknown; of a subrequest of another server only that
 * server knows it. */
static const char *get_requested_url(const request_rec *r)
{
    if (as_dir_check_handler(as_dir(r))) {
        return apr_table_get(r->headers_in, "X-Forwarded-Uri");
    }
    while (r->prev) {
        r = r->prev;
    }
    return r->unparsed_uri;
}

static int is_get(const request_rec *r)
{
    const char *described =
        as_dir_check_handler(as_dir(r)) ? apr_table_get(r->headers_in, "X-Forwarded-Method") : NULL;

    return r->method_number == M_GET &&
           (!described || strcmp(described, "GET") == 0 || strcmp(described, "HEAD") == 0);
}

const char *as_login_redirect_make_url(const request_rec *r, const request_rec *refused,
                                       const as_dir_t *dc)
{
    const char *page = as_dir_login_page(dc);
    const char *back = get_requested_url(r);
    const char *with_return;

    /* Neither error documents nor parts of other pages are redirected. */
    if (!page || !is_get(r) || r->main || (r->prev && r->prev->status != HTTP_OK) ||
        is_login_page(r, page) || is_login_page(refused, page) ||
        !prefers_html(apr_table_get(r->headers_in, "Accept"))) {
        return NULL;
    }
    if (back && back[0] == '/' && back[1] != '/' && back[1] != '\\') {
        with_return = apr_pstrcat(r->pool, page, strchr(page, '?') ? "&" : "?",
                                  "return=", as_form_encode(r->pool, back), NULL);
        /* Percent-encoding may make it longer than the server accepts. */
        page = strlen(with_return) + REQUEST_LINE_REST < (apr_size_t)r->server->limit_req_line
                   ? with_return
                   : page;
    }
    return page;
}
