/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that need the whole configuration, and values derived from it for each server. */
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include <string.h>

#include "base/log.h"
#include "base/secret_source.h"
#include "config/auth_sections.h"
#include "config/config.h"
#include "config/directives.h"
#include "config/startup_log.h"
#include "config/survey.h"
#include "config/text_template.h"

APLOG_USE_MODULE(authsms);

/* Bytes, with Argon2id. */
enum { ARGON2_MAX_DEFAULT = 1024, MIN_OF_ONLY_FACTOR = 15 };

static int log_error(server_rec *s, const char *text)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s, "%s", text);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* An error about a feature that this line configures. */
static int log_error_at(const as_survey_t *survey, const ap_directive_t *line, const char *text)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, survey->server, "%s (for line %d of %s)",
                 text, line->line_num, line->filename);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* Where a password alone may let in. */
static void note_short_passwords(apr_pool_t *p, server_rec *s)
{
    const as_srv_t *sc = as_srv(s);
    int min = as_srv_password_min(sc);

    if (min >= MIN_OF_ONLY_FACTOR || as_srv_second_factor(sc) == AS_SECOND_FACTOR_REQUIRED ||
        !(as_srv_login_methods(sc) & AS_LOGIN_PASSWORD)) {
        return;
    }
    as_startup_log_once(
        s, APLOG_NOTICE,
        apr_psprintf(p,
                     AS_TAG(0153) "AuthSMSPasswordPolicy min=%d: where a password is the only "
                                  "factor, NIST SP 800-63B-4 requires at least %d characters",
                     min, MIN_OF_ONLY_FACTOR));
}

/* ---- derived values of a server ---- */

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

static void replace_text(void *member)
{
    const char **text = member;

    *text = *text == as_config_none ? NULL : *text;
}

static void keep_member(const void *member)
{
    (void)member;
}

/* "none" is needed until servers are merged. Afterwards it is NULL, as an unset value. */
static void replace_none(as_srv_t *sc)
{
#define REPLACE_NONE(type, name, unset, def)                                                       \
    _Generic(&sc->name, const char ** : replace_text, default : keep_member)(&sc->name);
    AS_SRV_MEMBERS(REPLACE_NONE)
#undef REPLACE_NONE
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

/* The secret that seals; NULL: none. */
static const as_span_t *first_secret(const as_srv_t *sc)
{
    return sc->keyring && sc->secrets->nelts ? (const void *)sc->secrets->elts : NULL;
}

static int have_different_secrets(const as_srv_t *a, const as_srv_t *b)
{
    const as_span_t *x = first_secret(a);
    const as_span_t *y = first_secret(b);

    return x && y && (x->len != y->len || memcmp(x->data, y->data, x->len) != 0);
}

/*
 * Name the site of a server: its public URL or app name, else its host name. Any server of a site
 * may have to open texts that another one sealed, so servers with different secrets get different
 * names.
 */
static void name_site(apr_pool_t *p, const server_rec *first, const server_rec *s)
{
    as_srv_t *sc = as_srv(s);
    const char *host = s->is_virtual && s->server_hostname ? s->server_hostname : "";
    const server_rec *other = first;

    sc->site = sc->public_url ? sc->public_url : sc->app_name ? sc->app_name : host;
    while (other != s) {
        int taken =
            have_different_secrets(as_srv(other), sc) && strcmp(as_srv(other)->site, sc->site) == 0;

        if (taken) {
            sc->site = apr_pstrcat(p, sc->site, " ", host, NULL);
        }
        other = taken ? first : other->next;
    }
}

/* The longest password depends on the scheme, which another line or server may set. */
static int set_password_max(apr_pool_t *p, server_rec *s)
{
    as_srv_t *sc = as_srv(s);
    as_password_scheme_t scheme = as_srv_password_hash(sc)->scheme;
    int most = as_password_max_bytes(scheme);
    int max = as_srv_password_max(sc);

    if (max > most) {
        return log_error(
            s, apr_psprintf(p,
                            AS_TAG(0110) "AuthSMSPasswordPolicy max=%d must be at most %d with "
                                         "AuthSMSPasswordHash bcrypt, which ignores further bytes: "
                                         "use max=%d, or AuthSMSPasswordHash argon2id",
                            max, most, most));
    }
    if (!max) {
        max = scheme == AS_PASSWORD_BCRYPT ? most : ARGON2_MAX_DEFAULT;
    }
    if (as_srv_password_min(sc) > max) {
        return log_error(s, apr_psprintf(p,
                                         AS_TAG(0111) "AuthSMSPasswordPolicy min=%d must be at "
                                                      "most max=%d, which is the default: add max=",
                                         as_srv_password_min(sc), max));
    }
    sc->password_max = max;
    return OK;
}

static int prepare_server(apr_pool_t *p, server_rec *s)
{
    as_srv_t *sc = as_srv(s);
    int status = set_password_max(p, s);

    replace_none(sc);
    if (!sc->require_claims) {
        sc->require_claims = default_claims(p);
    }
    sc->claims =
        (as_claims_policy_t){sc->issuer, sc->audience, sc->require_claims, as_srv_leeway(sc)};
    if (!as_srv_token_ttl(sc) && sc->require_claims->nelts) {
        status = log_error(s, AS_TAG(0112) "AuthSMSTokenTTL 0 makes tokens without exp: add "
                                           "AuthSMSRequireClaims none");
    }
    if (sc->refresh_ttl > 0 && sc->refresh_ttl <= as_srv_token_ttl(sc)) {
        as_startup_log_once(
            s, APLOG_WARNING,
            AS_TAG(0150) "AuthSMSRefreshTTL is not longer than AuthSMSTokenTTL: a refresh "
                         "token ends before the token that it could renew. Set a longer one, or 0 "
                         "for none");
    }
    if (sc->keys && as_keyring_create(p, sc->keys, &sc->keyring) != APR_SUCCESS) {
        status = log_error(
            s, AS_TAG(0113) "AuthSMSKey: the keys cannot be prepared: the random generator failed");
    }
    if (sc->keys && (!sc->secrets || !sc->secrets->nelts)) {
        derive_secrets(p, sc);
    }
    return status;
}

/* ---- requirements of the API and the guard ---- */

static int check_database(const as_survey_t *survey, const ap_directive_t *line)
{
    if (!ap_find_linked_module("mod_dbd.c")) {
        return log_error_at(survey, line,
                            AS_TAG(0114) "AuthSMSApi and the guard need a database, but mod_dbd is "
                                         "not loaded: add LoadModule dbd_module modules/mod_dbd.so "
                                         "(or AuthSMSUserCheck off for a guard without an API)");
    }
    if (!survey->has_dbd_driver || !survey->has_dbd_params) {
        return log_error_at(
            survey, line,
            AS_TAG(0115) "AuthSMSApi and the guard need a database, but none is configured: add "
                         "DBDriver sqlite3 and DBDParams /var/lib/authsms/users.db, or pgsql (or "
                         "AuthSMSUserCheck off for a guard without an API)");
    }
    /* mod_dbd takes digits only. */
    if (survey->dbd_max && !survey->dbd_max[strspn(survey->dbd_max, "0")]) {
        return log_error_at(
            survey, line,
            AS_TAG(0116) "AuthSMSApi and the guard need a database connection: DBDMax must be 1 or "
                         "more (8 is enough for most servers, less than ThreadsPerChild)");
    }
    return OK;
}

static int has_log_sender(const apr_array_header_t *senders)
{
    for (int i = 0; senders && i < senders->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(senders, i, as_sender_t).type->name, "log") == 0) {
            return 1;
        }
    }
    return 0;
}

/* Does a sender with `for=` serve all numbers that this rule allows? */
static int is_rule_served(const apr_array_header_t *senders, const as_phone_rule_t *rule)
{
    for (int i = 0; i < senders->nelts; i++) {
        if (as_sender_serves(&APR_ARRAY_IDX(senders, i, as_sender_t), rule->prefix)) {
            return 1;
        }
    }
    return 0;
}

/* Do the rules of AuthSMSAllowCountries allow only numbers that some sender serves? */
static int are_all_numbers_served(const apr_array_header_t *senders,
                                  const apr_array_header_t *rules)
{
    int allowing = 0;

    for (int i = 0; rules && i < rules->nelts; i++) {
        const as_phone_rule_t *rule = &APR_ARRAY_IDX(rules, i, as_phone_rule_t);

        if (rule->allow && !is_rule_served(senders, rule)) {
            return 0;
        }
        allowing += rule->allow;
    }
    return allowing > 0;
}

/* Some numbers may have no sender. */
static void note_unserved_numbers(apr_pool_t *p, server_rec *s)
{
    const as_srv_t *sc = as_srv(s);
    const apr_array_header_t *senders = as_srv_senders(sc);
    const char *prefixes = "";

    for (int i = 0; i < senders->nelts; i++) {
        const as_sender_t *sender = &APR_ARRAY_IDX(senders, i, as_sender_t);

        if (!sender->prefixes) {
            return;
        }
        prefixes = apr_pstrcat(p, prefixes, " ", apr_array_pstrcat(p, sender->prefixes, ' '), NULL);
    }
    if (are_all_numbers_served(senders, as_srv_countries(sc))) {
        return;
    }
    as_startup_log_once(
        s, APLOG_NOTICE,
        apr_psprintf(
            p,
            AS_TAG(0154) "each AuthSMSSender has for=, so numbers with other prefixes than%s get "
                         "no text: add a sender without for=, or AuthSMSAllowCountries%s",
            prefixes, prefixes));
}

/* How accounts log in. path: the API's. */
static int check_login(const as_survey_t *survey, const ap_directive_t *api, const char *path)
{
    const as_srv_t *sc = as_srv(survey->server);
    int is_required = as_srv_second_factor(sc) == AS_SECOND_FACTOR_REQUIRED;
    int has_sms = as_srv_login_methods(sc) & AS_LOGIN_SMS;
    int status = OK;

    if (is_required && !as_srv_validation(sc)) {
        status = log_error_at(
            survey, api,
            AS_TAG(0117) "AuthSMSSecondFactor required needs verified numbers: use "
                         "AuthSMSValidation On, or AuthSMSSecondFactor enrolled or off");
    }
    if (has_sms && !as_srv_validation(sc)) {
        status = log_error_at(survey, api,
                              AS_TAG(0118) "AuthSMSLogin sms needs verified numbers: use "
                                           "AuthSMSValidation On, or AuthSMSLogin password");
    }
    if (has_sms && !as_srv_senders(sc)) {
        status =
            log_error_at(survey, api,
                         AS_TAG(0119) "AuthSMSLogin sms needs an AuthSMSSender: its codes are sent "
                                      "in the background, so that no response tells whether an "
                                      "account exists, and not by a remote AuthSMSVerifier");
    }
    if (has_sms && !ap_find_linked_module("mod_watchdog.c")) {
        status = log_error_at(survey, api,
                              AS_TAG(0120) "AuthSMSLogin sms needs mod_watchdog: add LoadModule "
                                           "watchdog_module modules/mod_watchdog.so");
    }
    if (is_required && as_srv_login_methods(sc) == AS_LOGIN_SMS) {
        status = log_error_at(
            survey, api,
            AS_TAG(0121) "AuthSMSSecondFactor required needs two kinds of proof: add password to "
                         "AuthSMSLogin sms, or use AuthSMSSecondFactor enrolled or off");
    }
    if (is_required && as_survey_has_always200(survey, path)) {
        status = log_error_at(
            survey, api,
            AS_TAG(0122) "AuthSMSSecondFactor required cannot be used with AuthSMSStatus "
                         "always200, whose clients have no second factor: use AuthSMSStatus http, "
                         "or AuthSMSSecondFactor enrolled or off");
    }
    return status;
}

static int check_api(apr_pool_t *p, const as_survey_t *survey, const ap_directive_t *api)
{
    const as_srv_t *sc = as_srv(survey->server);
    const apr_array_header_t *senders = as_srv_senders(sc);
    int status = OK;

    if (as_srv_validation(sc) && !as_srv_verifier(sc) && !senders) {
        status = log_error_at(
            survey, api,
            AS_TAG(0123) "AuthSMSVerifier local needs an AuthSMSSender to send its codes: add one "
                         "(AuthSMSSender log for development), or AuthSMSValidation Off");
    }
    if (!as_keyring_signer(sc->keyring)) {
        status = log_error_at(
            survey, api,
            AS_TAG(0124) "AuthSMSApi On needs a key to sign tokens: one AuthSMSKey must be a "
                         "private or HMAC key that is neither verify-only nor weak");
    } else if (!sc->secrets->nelts) {
        status =
            log_error_at(survey, api,
                         AS_TAG(0125) "AuthSMSApi On needs an AuthSMSSecret: none can be derived "
                                      "from these keys");
    }
    if (as_srv_queued(sc) && !ap_find_linked_module("mod_watchdog.c")) {
        status = log_error_at(survey, api,
                              AS_TAG(0126) "AuthSMSDelivery queued needs mod_watchdog: add "
                                           "LoadModule watchdog_module modules/mod_watchdog.so");
    }
    note_short_passwords(p, survey->server);
    if (senders) {
        as_text_template_log_lengths(p, survey->server);
        note_unserved_numbers(p, survey->server);
    }
    if (has_log_sender(senders)) {
        as_startup_log_once(survey->server, APLOG_WARNING,
                            AS_TAG(0151) "AuthSMSSender log writes codes to the error log: use it "
                                         "for development only");
    }
    return status;
}

/* *api: the line AuthSMSApi On; NULL: none. *path: its Location. */
static int find_api(apr_pool_t *p, const as_survey_t *survey, const ap_directive_t **api,
                    const char **path)
{
    const char *paths = "";
    int count = 0;

    *api = NULL;
    *path = "";
    for (apr_hash_index_t *hi = apr_hash_first(p, survey->apis); hi; hi = apr_hash_next(hi)) {
        *path = apr_hash_this_key(hi);
        *api = apr_hash_this_val(hi);
        count++;
        paths = apr_pstrcat(p, paths, *paths ? " and " : "", *path, "/", NULL);
    }
    if (count < 2) {
        return OK;
    }
    return log_error_at(
        survey, *api,
        apr_psprintf(
            p,
            AS_TAG(0127) "AuthSMSApi is On below %s: a virtual host can have only one API. A "
                         "<Location> outside of <VirtualHost> counts for every host, except those "
                         "with AuthSMSApi Off in a <Location> of the same path",
            paths));
}

static int check_server(apr_pool_t *p, const as_survey_t *survey)
{
    const ap_directive_t *api;
    const char *path;
    int status = find_api(p, survey, &api, &path);
    const ap_directive_t *lookup = api ? api : survey->first_lookup;
    const ap_directive_t *unguarded = as_survey_find_unguarded_check(p, survey);
    as_srv_t *sc = as_srv(survey->server);

    if (api && !sc->keyring) {
        status = log_error_at(survey, api,
                              AS_TAG(0128) "AuthSMSApi On needs an AuthSMSKey, such as AuthSMSKey "
                                           "HS256 file:authsms.key");
    } else if (api) {
        status |= check_api(p, survey, api);
        status |= check_login(survey, api, path);
    } else if (survey->first_guard && !sc->keyring) {
        status = log_error_at(survey, survey->first_guard,
                              AS_TAG(0129) "AuthType JWT and AuthSMSProtect On need an AuthSMSKey, "
                                           "such as AuthSMSKey HS256 file:authsms.key");
    }
    if (unguarded) {
        status =
            log_error_at(survey, unguarded,
                         AS_TAG(0130) "SetHandler authsms-check in a Location without AuthType JWT "
                                      "or AuthSMSProtect On: every request would pass. Add "
                                      "AuthType JWT, AuthName and Require valid-user");
    }
    sc->needs_database = lookup != NULL;
    if (lookup) {
        status |= check_database(survey, lookup);
    }
    return status;
}

int as_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const apr_array_header_t *surveys;
    int status = OK;

    (void)plog;
    for (server_rec *each = s; each; each = each->next) {
        status |= prepare_server(pconf, each);
        name_site(pconf, s, each);
    }
    as_auth_sections_check(pconf, s);
    surveys = as_survey_servers(ptemp, s);
    /* Stop at the first server with an error: the others often share it. */
    for (int i = 0; status == OK && i < surveys->nelts; i++) {
        status = check_server(ptemp, APR_ARRAY_IDX(surveys, i, as_survey_t *));
    }
    return status == OK ? OK : HTTP_INTERNAL_SERVER_ERROR;
}
