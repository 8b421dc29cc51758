/* SPDX-License-Identifier: Apache-2.0 */
/* What can be checked only when the whole configuration is read, and what is made of it for each
 * server. */
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include <string.h>

#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"
#include "config/text_template.h"
#include "config/survey.h"
#include "base/secret_source.h"

APLOG_USE_MODULE(authsms);

static int fail(server_rec *s, const char *text)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s, "%s", text);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* About something that this line asks for. */
static int fail_at(const as_survey_t *w, const ap_directive_t *line, const char *text)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, w->server, "%s (for line %d of %s)",
                 text, line->line_num, line->filename);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static void warn(server_rec *s, const char *text)
{
    if (!as_parse_is_second_pass()) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s, "%s", text);
    }
}

/* ---- what is made for each server ---- */

static void derive_secrets(apr_pool_t *p, as_srv_t *sc)
{
    apr_array_header_t *secrets = apr_array_make(p, 2, sizeof(as_span_t));
    as_span_t secret;

    for (int i = 0; i < sc->keys->nelts; i++) {
        const as_key_t *key = APR_ARRAY_IDX(sc->keys, i, const as_key_t *);

        if (as_key_can_sign(key) &&
            as_key_derive(p, key, "authsms codes", &secret) == APR_SUCCESS) {
            APR_ARRAY_PUSH(secrets, as_span_t) = secret;
        }
    }
    sc->secrets = secrets;
}

static const apr_array_header_t *default_claims(apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 1, sizeof(const char *));

    APR_ARRAY_PUSH(names, const char *) = "exp";
    return names;
}

/* "none" has done its work when servers are merged; readers meet NULL. */
static void forget_none(as_srv_t *sc)
{
    const char **texts[] = {&sc->public_url, &sc->issuer, &sc->audience, &sc->app_name,
                            &sc->webotp};

    for (apr_size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (*texts[i] == as_config_none) {
            *texts[i] = NULL;
        }
    }
    for (int i = 0; i < AS_TEXT_COUNT; i++) {
        sc->texts[i] = sc->texts[i] == as_config_default ? NULL : sc->texts[i];
    }
    if (sc->verifier && !sc->verifier->type) {
        sc->verifier = NULL;
    }
    if (sc->cookie && !sc->cookie->name) {
        sc->cookie = NULL;
    }
    if (sc->senders && !sc->senders->nelts) {
        sc->senders = NULL;
    }
    if (sc->keys && !sc->keys->nelts) {
        sc->keys = NULL;
    }
}

/* Does each have a first secret, and not the same? */
static int seal_apart(const as_srv_t *a, const as_srv_t *b)
{
    const as_span_t *x = a->keyring && a->secrets->nelts ? (const void *)a->secrets->elts : NULL;
    const as_span_t *y = b->keyring && b->secrets->nelts ? (const void *)b->secrets->elts : NULL;

    return x && y && (x->len != y->len || memcmp(x->data, y->data, x->len) != 0);
}

/*
 * The API's public address or the app's name, else the virtual host's. What one host of a site
 * sealed any other may have to open: a virtual host with secrets of its own is a site of its own.
 */
static void name_site(apr_pool_t *p, const server_rec *first, const server_rec *s)
{
    as_srv_t *sc = as_srv(s);
    const char *name = s->is_virtual && s->server_hostname ? s->server_hostname : "";
    const server_rec *other = first;

    sc->site = sc->public_url ? sc->public_url : sc->app_name ? sc->app_name : name;
    while (other != s) {
        int taken = seal_apart(as_srv(other), sc) && strcmp(as_srv(other)->site, sc->site) == 0;

        if (taken) {
            sc->site = apr_pstrcat(p, sc->site, " ", name, NULL);
        }
        other = taken ? first : other->next;
    }
}

static int finish_server(apr_pool_t *p, server_rec *s)
{
    as_srv_t *sc = as_srv(s);
    int status = OK;

    forget_none(sc);
    if (!sc->require_claims) {
        sc->require_claims = default_claims(p);
    }
    sc->claims =
        (as_claims_policy_t){sc->issuer, sc->audience, sc->require_claims, as_srv_leeway(sc)};
    if (!as_srv_token_ttl(sc) && sc->require_claims->nelts) {
        status = fail(
            s, "AuthSMSTokenTTL 0 makes tokens without exp: it needs AuthSMSRequireClaims none");
    }
    if (sc->keys && as_keyring_create(p, sc->keys, &sc->keyring) != APR_SUCCESS) {
        status = fail(s, "AuthSMSKey: no keyring can be made: the random generator fails");
    }
    if (sc->keys && (!sc->secrets || !sc->secrets->nelts)) {
        derive_secrets(p, sc);
    }
    return status;
}

/* ---- what is asked, against what is there ---- */

static int check_database(const as_survey_t *w, const ap_directive_t *line)
{
    if (!ap_find_linked_module("mod_dbd.c")) {
        return fail_at(w, line,
                       "AuthSMSApi and the guard keep users in a database: "
                       "mod_dbd is missing, add LoadModule dbd_module modules/mod_dbd.so "
                       "(a guard alone can do without: AuthSMSUserCheck off)");
    }
    if (!w->has_driver || !w->has_params) {
        return fail_at(w, line,
                       "AuthSMSApi and the guard keep users in a database: add "
                       "DBDriver sqlite3 and DBDParams /var/lib/authsms/users.db, or pgsql "
                       "(a guard alone can do without: AuthSMSUserCheck off)");
    }
    /* mod_dbd takes digits only. */
    if (w->most_connections && !w->most_connections[strspn(w->most_connections, "0")]) {
        return fail_at(w, line,
                       "AuthSMSApi and the guard keep users in a database: DBDMax must be 1 or "
                       "more (8 does for most, below ThreadsPerChild)");
    }
    return OK;
}

static int has_log_sender(const apr_array_header_t *senders)
{
    int found = 0;

    for (int i = 0; senders && i < senders->nelts; i++) {
        found |= strcmp(APR_ARRAY_IDX(senders, i, as_sender_t).type->name, "log") == 0;
    }
    return found;
}

static int check_api(apr_pool_t *p, const as_survey_t *w, const ap_directive_t *api,
                     const apr_array_header_t **told)
{
    const as_srv_t *sc = as_srv(w->server);
    const apr_array_header_t *senders = as_srv_senders(sc);
    int status = OK;

    if (as_srv_validation(sc) && !as_srv_verifier(sc) && !senders) {
        status = fail_at(w, api,
                         "AuthSMSVerifier local needs an AuthSMSSender to carry its codes "
                         "(AuthSMSSender log while developing), or say AuthSMSValidation Off");
    }
    if (!as_keyring_signer(sc->keyring)) {
        status = fail_at(w, api,
                         "AuthSMSApi On signs tokens: one AuthSMSKey must be a private or "
                         "HMAC key that is neither verify-only nor weak");
    } else if (!sc->secrets->nelts) {
        status = fail_at(w, api, "AuthSMSApi On needs an AuthSMSSecret with these keys");
    }
    if (as_srv_queued(sc) && !ap_find_linked_module("mod_watchdog.c")) {
        status = fail_at(w, api,
                         "AuthSMSDelivery queued needs mod_watchdog: add LoadModule "
                         "watchdog_module modules/mod_watchdog.so");
    }
    if (senders) {
        as_text_template_log_lengths(p, w->server);
    }
    /* Hosts that share a list share the warning. */
    if (has_log_sender(senders) && senders != *told) {
        warn(w->server, "AuthSMSSender log writes codes into the error log: for development only");
        *told = senders;
    }
    return status;
}

/* *api: the line that asks for the API; NULL: there is none. */
static int check_one_api(apr_pool_t *p, const as_survey_t *w, const ap_directive_t **api)
{
    const char *paths = "";
    int count = 0;

    *api = NULL;
    for (apr_hash_index_t *hi = apr_hash_first(p, w->apis); hi; hi = apr_hash_next(hi)) {
        const char *path = apr_hash_this_key(hi);

        *api = apr_hash_this_val(hi);
        count++;
        paths = apr_pstrcat(p, paths, *paths ? " and " : "", path, "/", NULL);
    }
    return count < 2
               ? OK
               : fail_at(w, *api,
                         apr_psprintf(p,
                                      "AuthSMSApi is On below %s: a virtual host can have one; "
                                      "what stands outside of it is its own too, until its "
                                      "<Location> of that path says AuthSMSApi Off",
                                      paths));
}

static int check_wants(apr_pool_t *p, const as_survey_t *w, const apr_array_header_t **told)
{
    const ap_directive_t *api;
    int status = check_one_api(p, w, &api);

    if ((api || w->guard) && !as_srv(w->server)->keyring) {
        status = fail_at(w, api ? api : w->guard,
                         api ? "AuthSMSApi On needs an AuthSMSKey, such as "
                               "AuthSMSKey HS256 file:authsms.key"
                             : "AuthType JWT and AuthSMSProtect On need an AuthSMSKey, such as "
                               "AuthSMSKey HS256 file:authsms.key");
    } else if (api) {
        status |= check_api(p, w, api, told);
    }
    as_srv(w->server)->needs_database = api || w->asking;
    if (api || w->asking) {
        status |= check_database(w, api ? api : w->asking);
    }
    return status;
}

int as_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const apr_array_header_t *all;
    const apr_array_header_t *told = NULL;
    int status = OK;

    (void)plog;
    for (server_rec *each = s; each; each = each->next) {
        status |= finish_server(pconf, each);
        name_site(pconf, s, each);
    }
    as_config_check_auth_types(pconf, s);
    all = as_survey_servers(ptemp, s);
    /* The first host with a fault will do: the others mostly share it. */
    for (int i = 0; status == OK && i < all->nelts; i++) {
        status = check_wants(ptemp, APR_ARRAY_IDX(all, i, as_survey_t *), &told);
    }
    return status == OK ? OK : HTTP_INTERNAL_SERVER_ERROR;
}
