/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the section "Protecting a Location", and of httpd's AuthType, Require, AuthMerging
 * (config/auth_rule.h) and SetHandler, which this module records too. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include <string.h>

#include "config/auth_rule.h"
#include "config/auth_sections.h"
#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"

APLOG_USE_MODULE(authsms);

/* An error if the module that implements the directive is not loaded. */
static const char *check_module(const cmd_parms *cmd, const char *file)
{
    return ap_find_linked_module(file)
               ? NULL
               : apr_psprintf(cmd->pool,
                              "%s needs %.*s: add LoadModule %.*s_module modules/%.*s.so",
                              cmd->cmd->name, (int)(strlen(file) - 2), file,
                              (int)(strlen(file) - 6), file + 4, (int)(strlen(file) - 2), file);
}

const char *as_set_auth_type(cmd_parms *cmd, void *dir, const char *value)
{
    as_dir_t *dc = dir;

    dc->auth.type = strpbrk(value, "%$\\")               ? AS_AUTH_TYPE_EXPRESSION
                    : ap_cstr_casecmp(value, "JWT") == 0 ? AS_AUTH_TYPE_JWT
                                                         : AS_AUTH_TYPE_OTHER;
    if (dc->auth.type == AS_AUTH_TYPE_JWT && !ap_check_cmd_context(cmd, NOT_IN_HTACCESS)) {
        as_auth_sections_record(cmd, dc);
    }
    return check_module(cmd, "mod_authn_core.c");
}

const char *as_set_require(cmd_parms *cmd, void *dir, const char *args)
{
    as_dir_t *dc = dir;
    const char *word = ap_getword_conf(cmd->temp_pool, &args);

    if (ap_cstr_casecmp(word, "not") == 0) {
        word = ap_getword_conf(cmd->temp_pool, &args);
    }
    dc->auth.required |= cmd->limited;
    dc->auth.newer_than_auth_type |= cmd->limited;
    if (ap_cstr_casecmp(word, "all") != 0) {
        dc->auth.client_dependent |= cmd->limited;
    }
    return check_module(cmd, "mod_authz_core.c");
}

const char *as_set_auth_merging(cmd_parms *cmd, void *dir, const char *value)
{
    as_dir_t *dc = dir;

    dc->auth.merging =
        ap_cstr_casecmp(value, "Off") == 0 ? AS_AUTH_MERGING_OFF : AS_AUTH_MERGING_ON;
    return check_module(cmd, "mod_authz_core.c");
}

const char *as_set_handler(cmd_parms *cmd, void *dir, const char *value)
{
    as_dir_t *dc = dir;

    (void)cmd;
    dc->check_handler = ap_cstr_casecmp(value, AS_CHECK_HANDLER) == 0;
    return NULL;
}

const char *as_set_protect(cmd_parms *cmd, void *dir, const char *value)
{
    as_dir_t *dc = dir;
    const char *error = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    return error ? error : as_parse_flag(cmd, value, &dc->protect);
}

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

const char *as_set_user_check(cmd_parms *cmd, void *dir, const char *value)
{
    as_dir_t *dc = dir;
    const char *error = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    if (error) {
        return error;
    }
    if (ap_cstr_casecmp(value, "always") == 0) {
        dc->user_check = 0;
    } else if (ap_cstr_casecmp(value, "off") == 0) {
        dc->user_check = AS_USER_CHECK_OFF;
    } else if (as_parse_duration(cmd, value, apr_time_from_sec(1), apr_time_from_sec(86400),
                                 &dc->user_check)) {
        error = as_parse_error(cmd, value, "must be always, off, or a duration from 1s to 1d");
    }
    return error;
}

#define FIELD_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"

/* A prefix must not match these fields: the guard removes all fields with the prefix. */
static const char *const standard_fields[] = {
    "Accept-",       "Access-Control-",
    "Age",           "Allow",
    "Authorization", "Cache-Control",
    "Connection",    "Content-",
    "Cookie",        "Date",
    "Depth",         "Destination",
    "DNT",           "Expect",
    "Forwarded",     "From",
    "Host",          "If-",
    "Keep-Alive",    "Last-Event-ID",
    "Max-Forwards",  "Origin",
    "Pragma",        "Proxy-",
    "Range",         "Referer",
    "Sec-",          "TE",
    "Trailer",       "Transfer-Encoding",
    "Upgrade-",      "User-Agent",
    "Via",           "Warning",
    "X-Forwarded-",  "X-Real-IP",
    "X-Request-",    "X-Requested-With",
    "X-CSRF-Token",
};

static const char *check_prefix(const char *prefix)
{
    apr_size_t len = strlen(prefix);

    if (len < 2 || prefix[len - 1] != '-' || strspn(prefix, FIELD_CHARACTERS) != len) {
        return "must be a prefix of header names, of letters, digits and -, with - at its end, "
               "such "
               "as X-User-; or Off";
    }
    for (apr_size_t i = 0; i < sizeof(standard_fields) / sizeof(standard_fields[0]); i++) {
        apr_size_t other = strlen(standard_fields[i]);

        if (ap_cstr_casecmpn(prefix, standard_fields[i], len < other ? len : other) == 0) {
            return "is a prefix of standard header names; it must be another, such as X-User-";
        }
    }
    return NULL;
}

const char *as_set_pass_identity(cmd_parms *cmd, void *dir, const char *value)
{
    as_dir_t *dc = dir;
    int off = ap_cstr_casecmp(value, "Off") == 0;
    const char *error = off ? NULL : check_prefix(value);
    const char *misplaced = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    if (misplaced) {
        return misplaced;
    }
    dc->pass_identity = off ? as_config_none : value;
    return error ? as_parse_error(cmd, value, error) : NULL;
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
                                "must be 401, or a path on this server that begins with one /");
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

/* Browsers reject such a cookie because of its name (RFC 6265bis §4.1.3). */
static const char *check_host_prefix(const char *name, const cookie_words_t *w)
{
    return has_host_prefix(name) && (w->domain || strcmp(w->path, "/") != 0)
               ? "a name that begins with __Host- must have path=/ and no domain="
               : NULL;
}

/* Browsers accept a name with __Secure- for the API's path, but not one with __Host-. */
static const char *make_refresh_name(apr_pool_t *p, const char *name)
{
    static const char secure[] = "__Secure-";

    if (has_host_prefix(name)) {
        name += strlen("__Host-");
    } else if (ap_cstr_casecmpn(name, secure, strlen(secure)) == 0) {
        name += strlen(secure);
    }
    return apr_pstrcat(p, secure, name, "-refresh", NULL);
}

static int is_attribute(const char *value)
{
    while (apr_isgraph(*value) && *value != ';' && *value != ',' && *value != '"') {
        value++;
    }
    return !*value;
}

static const char *check_cookie(cmd_parms *cmd, const char *name, cookie_words_t *w)
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
    if (!error && check_host_prefix(name, w)) {
        error = as_parse_error(cmd, name, check_host_prefix(name, w));
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
        error = check_cookie(cmd, argv[0], &w);
    }
    cookie->name = argv[0];
    cookie->omit_body = w.omit_body;
    cookie->refresh_name = make_refresh_name(cmd->pool, argv[0]);
    cookie->host_prefix = has_host_prefix(argv[0]);
    cookie->path = apr_pstrcat(cmd->pool, "; Path=", w.path, NULL);
    cookie->domain = w.domain;
    cookie->attributes = apr_pstrcat(cmd->pool, "; HttpOnly; Secure; SameSite=", w.samesite, NULL);
    return error;
}
