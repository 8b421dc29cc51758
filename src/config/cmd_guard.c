/* SPDX-License-Identifier: Apache-2.0 */
/* The setters of what concerns browsers: cookies, and where a visitor without a token is sent. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"

static const char COOKIE[] = "cookie:";

/* RFC 6265 §4.1.1: a token of RFC 9110 §5.6.2. */
static int is_cookie_name(const char *name)
{
    const char *c = name;

    while (*c && (apr_isalnum(*c) || strchr("!#$%&'*+-.^_`|~", *c))) {
        c++;
    }
    return c > name && !*c;
}

const char *as_set_token_from(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_dir_t *dc = dir;
    apr_array_header_t *sources = apr_array_make(cmd->pool, argc, sizeof(as_credential_source_t));
    const char *error = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    for (int i = 0; !error && i < argc; i++) {
        int cookie = strncmp(argv[i], COOKIE, strlen(COOKIE)) == 0;
        const char *name = cookie ? argv[i] + strlen(COOKIE) : NULL;

        if (cookie ? !is_cookie_name(name) : ap_cstr_casecmp(argv[i], "header") != 0) {
            error = as_parse_error(cmd, argv[i], "must be header, or cookie: and its name");
        }
        for (int j = 0; !error && j < i; j++) {
            error = strcmp(argv[i], argv[j]) == 0 ? as_parse_error(cmd, argv[i], "is given twice")
                                                  : NULL;
        }
        APR_ARRAY_PUSH(sources, as_credential_source_t).cookie = name;
    }
    dc->token_from = sources;
    return error || argc
               ? error
               : apr_psprintf(cmd->pool, "%s needs header, cookie:NAME or both", cmd->cmd->name);
}

typedef struct cookie_words_t {
    const char *samesite;
    const char *path;
    const char *domain;
    int omit_body;
} cookie_words_t;

static int has_host_prefix(const char *name)
{
    return ap_cstr_casecmpn(name, "__Host-", strlen("__Host-")) == 0;
}

/* What the browser would throw away for its name's prefix (RFC 6265bis §4.1.3). */
static const char *prefix_fault(const char *name, const cookie_words_t *w)
{
    return has_host_prefix(name) && (w->domain || strcmp(w->path, "/") != 0)
               ? "a name that begins with __Host- must have path=/ and no domain="
               : NULL;
}

static int is_attribute(const char *value)
{
    while (apr_isgraph(*value) && *value != ';' && *value != ',' && *value != '"') {
        value++;
    }
    return !*value;
}

static const char *cookie_fault(cmd_parms *cmd, const char *name, cookie_words_t *w)
{
    static const char *const sites[] = {"Lax", "Strict", "None", NULL};
    int site = 0;
    const char *error = NULL;

    if (!is_cookie_name(name)) {
        return as_parse_error(cmd, name, "must be the cookie's name, or Off");
    }
    if (w->samesite) {
        error = as_parse_choice(cmd, w->samesite, sites, &site);
    }
    w->samesite = sites[site];
    w->path = w->path ? w->path : "/";
    if (!error && (*w->path != '/' || !is_attribute(w->path))) {
        error = as_parse_error(cmd, w->path, "path= must begin with /, without blanks, ; and ,");
    }
    if (!error && w->domain && (!apr_isalnum(*w->domain) || !is_attribute(w->domain))) {
        error = as_parse_error(cmd, w->domain, "domain= must be a host name such as example.org");
    }
    if (!error && prefix_fault(name, w)) {
        error = as_parse_error(cmd, name, prefix_fault(name, w));
    }
    return error;
}

const char *as_set_cookie(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_cookie_t *cookie = apr_pcalloc(cmd->pool, sizeof(*cookie));
    cookie_words_t w = {NULL, NULL, NULL, 0};
    const as_parse_option_t options[] = {
        {"samesite", &w.samesite}, {"path", &w.path}, {"domain", &w.domain}, {NULL, NULL}};
    const char *error;

    (void)dir;
    as_srv(cmd->server)->cookie = cookie;
    if (argc == 1 && ap_cstr_casecmp(argv[0], "Off") == 0) {
        return NULL;
    }
    if (!argc) {
        return apr_psprintf(cmd->pool, "%s needs the cookie's name, or Off", cmd->cmd->name);
    }
    if (argc > 1 && strcmp(argv[argc - 1], "omit-body") == 0) {
        w.omit_body = 1;
    }
    error = as_parse_options(cmd, argc - 1 - w.omit_body, argv + 1, options);
    if (!error) {
        error = cookie_fault(cmd, argv[0], &w);
    }
    cookie->name = argv[0];
    cookie->omit_body = w.omit_body;
    cookie->host_prefix = has_host_prefix(argv[0]);
    cookie->path = apr_pstrcat(cmd->pool, "; Path=", w.path, NULL);
    cookie->domain = w.domain;
    cookie->attributes = apr_pstrcat(cmd->pool, "; HttpOnly; Secure; SameSite=", w.samesite, NULL);
    return error;
}

const char *as_set_unauthorized(cmd_parms *cmd, void *dir, const char *value)
{
    as_dir_t *dc = dir;
    const char *error = ap_check_cmd_context(cmd, NOT_IN_LIMIT);
    const char *c = value;

    if (error || strcmp(value, "401") == 0) {
        dc->unauthorized = as_config_none;
        return error;
    }
    while (apr_isgraph(*c) && *c != '\\' && *c != '#' && *c != '"') {
        c++;
    }
    dc->unauthorized = value;
    return *value == '/' && value[1] != '/' && !*c
               ? NULL
               : as_parse_error(cmd, value,
                                "must be 401, or a path on this site that begins with one /");
}
