/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the section "The API". */
#include <apr_fnmatch.h>
#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>

#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"

#define DIGITS "0123456789"
#define SCHEME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS "+-."
/* RFC 3986 §2, without ? and #, which begin a query and a fragment */
#define URL_CHARACTERS SCHEME_CHARACTERS "_~:/[]@!$&'()*,;=%"

static const char *check_api_section(cmd_parms *cmd)
{
    const ap_directive_t *section = cmd->directive->parent;
    const char *args = section ? section->args : "";
    int plain = section && ap_cstr_casecmp(section->directive, "<Location") == 0 && cmd->path &&
                *cmd->path == '/' && !apr_fnmatch_test(cmd->path) &&
                strcmp(ap_getword_conf(cmd->temp_pool, &args), "~") != 0;

    return plain ? ap_check_cmd_context(cmd, NOT_IN_LIMIT | NOT_IN_HTACCESS)
                 : apr_psprintf(cmd->pool,
                                "%s must stand in a plain section, such as <Location \"/app_api\">",
                                cmd->cmd->name);
}

const char *as_set_api(cmd_parms *cmd, void *dir, const char *value)
{
    as_dir_t *dc = dir;
    as_srv_t *sc = as_srv(cmd->server);
    const char *error = as_parse_flag(cmd, value, &dc->api);
    const char *path;

    if (!error) {
        error = check_api_section(cmd);
    }
    if (error || !dc->api) {
        return error;
    }
    path = as_parse_trim_slashes(cmd->pool, cmd->path);
    if (sc->api_path && strcmp(sc->api_path, path) != 0) {
        return as_parse_error(
            cmd, value,
            apr_psprintf(cmd->pool,
                         "this virtual host already has an API below %s/, and can "
                         "have only one",
                         sc->api_path));
    }
    sc->api_path = path;
    return NULL;
}

static int is_http_url(apr_pool_t *p, const char *text)
{
    apr_uri_t uri;

    return apr_uri_parse(p, text, &uri) == APR_SUCCESS && uri.scheme && uri.hostname &&
           *uri.hostname && !uri.user && !uri.query && !uri.fragment &&
           text[strspn(text, URL_CHARACTERS)] == '\0' &&
           (strcmp(uri.scheme, "https") == 0 || strcmp(uri.scheme, "http") == 0);
}

const char *as_set_public_url(cmd_parms *cmd, void *dir, const char *value)
{
    as_srv_t *sc = as_srv(cmd->server);

    (void)dir;
    if (ap_cstr_casecmp(value, as_config_none) == 0) {
        sc->public_url = as_config_none;
        return NULL;
    }
    sc->public_url = as_parse_trim_slashes(cmd->pool, value);
    return is_http_url(cmd->temp_pool, value)
               ? NULL
               : as_parse_error(
                     cmd, value,
                     "must be the URL of the API, such as https://example.org/app_api, or none");
}

const char *as_set_status(cmd_parms *cmd, void *dir, const char *value)
{
    static const char *const words[] = {"http", "always200", NULL};
    as_dir_t *dc = dir;
    const char *error = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    return error ? error : as_parse_choice(cmd, value, words, &dc->always200);
}

const char *as_set_registration(cmd_parms *cmd, void *dir, const char *value)
{
    static const char *const words[] = {"open", "invite", "closed", NULL}; /* as_registration_t */

    (void)dir;
    return as_parse_choice(cmd, value, words, &as_srv(cmd->server)->registration);
}

static const char *to_lower(apr_pool_t *p, const char *text)
{
    char *copy = apr_pstrdup(p, text);

    ap_str_tolower(copy);
    return copy;
}

/* An origin as browsers send it (RFC 6454 §6.2): scheme, host, and a port that is not the default.
 */
static int is_origin(apr_pool_t *p, const char *text)
{
    apr_uri_t uri;
    apr_size_t scheme = strspn(text, SCHEME_CHARACTERS);
    const char *host = text + scheme + 3;

    return scheme && strncmp(text + scheme, "://", 3) == 0 && *host &&
           !strpbrk(host, "/?#@ ,*\\") && apr_uri_parse(p, text, &uri) == APR_SUCCESS &&
           uri.hostname && *uri.hostname && host[strlen(host) - 1] != ':' &&
           !(uri.port_str && uri.port == apr_uri_port_of_scheme(uri.scheme));
}

const char *as_set_allow_origin(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_dir_t *dc = dir;
    apr_array_header_t *origins = apr_array_make(cmd->pool, argc, sizeof(const char *));
    int none = argc == 1 && ap_cstr_casecmp(argv[0], as_config_none) == 0;
    int any = argc == 1 && strcmp(argv[0], "*") == 0;
    const char *error = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    if (error) {
        return error;
    }
    if (!argc) {
        return apr_psprintf(cmd->pool, "%s needs origins, * or none", cmd->cmd->name);
    }
    for (int i = 0; i < argc && !none; i++) {
        if (!any && !is_origin(cmd->temp_pool, argv[i])) {
            return as_parse_error(
                cmd, argv[i],
                "must be an origin as browsers send it, such as "
                "https://app.example.org (without path and default port); or only "
                "* or none");
        }
        APR_ARRAY_PUSH(origins, const char *) = to_lower(cmd->pool, argv[i]);
    }
    dc->allow_origin = origins;
    return NULL;
}
