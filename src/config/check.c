/* SPDX-License-Identifier: Apache-2.0 */
/* What can be checked only when the whole configuration is read, and what is made of it for each server. */
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "config/config.h"
#include "config/directives.h"
#include "core/secret.h"

APLOG_USE_MODULE(authsms);

/* What the configuration tree asks of one server. */
typedef struct wants_t {
    server_rec *server;
    int api;
    int guard;
    int guard_asks; /* a guard that looks the user up */
    int database;   /* DBDriver and DBDParams are set: bits 1 and 2 */
} wants_t;

static int fail(server_rec *s, const char *text)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s, "%s", text);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static void warn(server_rec *s, const char *text)
{
    /* At a start the configuration is read twice; say it once. */
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG ||
        ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
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
    const char **texts[] = {&sc->public_url, &sc->issuer, &sc->audience, &sc->app_name};

    for (apr_size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (*texts[i] == as_config_none) {
            *texts[i] = NULL;
        }
    }
    if (sc->verifier && !sc->verifier->type) {
        sc->verifier = NULL;
    }
    if (sc->senders && !sc->senders->nelts) {
        sc->senders = NULL;
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
    if (sc->keys && as_keyring_make(p, sc->keys, &sc->keyring) != APR_SUCCESS) {
        status = fail(s, "AuthSMSKey: the keys cannot be used together");
    }
    if (sc->keys && (!sc->secrets || !sc->secrets->nelts)) {
        derive_secrets(p, sc);
    }
    return status;
}

/* ---- the walk over the configuration tree ---- */

static const char *first_word(apr_pool_t *p, const ap_directive_t *d)
{
    const char *args = d->args;

    return ap_getword_conf(p, &args);
}

static int is_line(apr_pool_t *p, const ap_directive_t *d, const char *name, const char *word)
{
    return ap_cstr_casecmp(d->directive, name) == 0 &&
           (!word || ap_cstr_casecmp(first_word(p, d), word) == 0);
}

static void look_at(apr_pool_t *p, const ap_directive_t *d, wants_t *w)
{
    int guard = is_line(p, d, "AuthType", "JWT") || is_line(p, d, "AuthSMSProtect", "On");

    w->guard |= guard;
    w->api |= is_line(p, d, "AuthSMSApi", "On");
    w->guard_asks |= guard;
    w->database |= is_line(p, d, "DBDriver", NULL) ? 1 : 0;
    w->database |= is_line(p, d, "DBDParams", NULL) ? 2 : 0;
}

static wants_t *wants_of(apr_array_header_t *all, const ap_directive_t *host)
{
    wants_t *found = NULL;

    for (int i = 0; !found && i < all->nelts; i++) {
        wants_t *w = &APR_ARRAY_IDX(all, i, wants_t);

        if (w->server->defn_line_number == (unsigned)host->line_num && w->server->defn_name &&
            strcmp(w->server->defn_name, host->filename) == 0) {
            found = w;
        }
    }
    return found;
}

/* A section outside of any virtual host holds for all of them: so does what it wants. */
static void walk(apr_pool_t *p, const ap_directive_t *d, apr_array_header_t *all, wants_t *host)
{
    for (; d; d = d->next) {
        wants_t *inner = host;

        if (!host && ap_cstr_casecmp(d->directive, "<VirtualHost") == 0) {
            inner = wants_of(all, d);
        } else if (host) {
            look_at(p, d, host);
        } else {
            for (int i = 0; i < all->nelts; i++) {
                look_at(p, d, &APR_ARRAY_IDX(all, i, wants_t));
            }
        }
        if (d->first_child) {
            walk(p, d->first_child, all, inner);
        }
    }
}

static int check_database(const wants_t *w)
{
    if (!ap_find_linked_module("mod_dbd.c")) {
        return fail(w->server, "AuthSMSApi and the guard keep users in a database: "
                               "mod_dbd is missing, add LoadModule dbd_module modules/mod_dbd.so");
    }
    if (w->database != 3) {
        return fail(w->server,
                    "AuthSMSApi and the guard keep users in a database: add "
                    "DBDriver sqlite3 and DBDParams /var/lib/authsms/users.db (or pgsql)");
    }
    return OK;
}

static int check_api(const wants_t *w)
{
    const as_srv_t *sc = as_srv(w->server);
    const apr_array_header_t *senders = as_srv_senders(sc);
    int status = OK;

    if (as_srv_validation(sc) && !as_srv_verifier(sc) && !senders) {
        status =
            fail(w->server, "AuthSMSVerifier local needs an AuthSMSSender to carry its codes "
                            "(AuthSMSSender log while developing), or say AuthSMSValidation Off");
    }
    if (!as_keyring_signer(sc->keyring)) {
        status =
            fail(w->server, "AuthSMSApi signs tokens: the first AuthSMSKey must be a private or "
                            "HMAC key that is not verify-only");
    }
    if (!sc->secrets->nelts) {
        status = fail(w->server, "AuthSMSApi needs an AuthSMSSecret with these keys");
    }
    for (int i = 0; senders && i < senders->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(senders, i, as_sender_t).type->name, "log") == 0) {
            warn(w->server,
                 "AuthSMSSender log writes codes into the error log: for development only");
        }
    }
    return status;
}

static int check_wants(const wants_t *w)
{
    const as_srv_t *sc = as_srv(w->server);
    int status = OK;

    if ((w->api || w->guard) && !sc->keyring) {
        return fail(
            w->server,
            w->api ? "AuthSMSApi On needs an AuthSMSKey, such as AuthSMSKey HS256 file:authsms.key"
                   : "AuthType JWT and AuthSMSProtect On need an AuthSMSKey, such as "
                     "AuthSMSKey HS256 file:authsms.key");
    }
    if (w->api || w->guard_asks) {
        status = check_database(w);
    }
    return status == OK && w->api ? check_api(w) : status;
}

int as_config_finish(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    apr_array_header_t *all = apr_array_make(ptemp, 4, sizeof(wants_t));
    int status = OK;

    (void)plog;
    for (server_rec *each = s; status == OK && each; each = each->next) {
        APR_ARRAY_PUSH(all, wants_t) = (wants_t){.server = each};
        status = finish_server(pconf, each);
    }
    if (status == OK) {
        walk(ptemp, ap_conftree, all, NULL);
    }
    for (int i = 0; status == OK && i < all->nelts; i++) {
        status = check_wants(&APR_ARRAY_IDX(all, i, wants_t));
    }
    return status;
}
