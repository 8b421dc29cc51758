/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map of the module: its directives, and every hook, filter and provider that it registers.
 * All other code is in src/ (docs/architecture.md).
 */
#include <apr_dbd.h>
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>
#include <mod_dbd.h>
#include <mod_status.h>
#include <util_filter.h>
/* Needs apu.h, which httpd.h includes. */
#include <apr_optional_hooks.h>

#include "api/api.h"
#include "api/body.h"
#include "api/error_page.h"
#include "api/reply.h"
#include "api/router.h"
#include "base/http_client.h"
#include "base/log.h"
#include "config/config.h"
#include "config/directives.h"
#include "guard/check_handler.h"
#include "guard/guard.h"
#include "guard/identity.h"
#include "guard/require.h"
#include "guard/response_headers.h"
#include "ops/audit.h"
#include "ops/metrics_page.h"
#include "ops/metrics_status.h"
#include "ops/worker.h"
#include "server/account_epochs.h"
#include "server/child.h"
#include "server/dbd.h"
#include "server/metrics.h"
#include "server/startup_notice.h"

APLOG_USE_MODULE(authsms);

/* The module's only exported symbol. */
#define AS_EXPORTED __attribute__((visibility("default")))

/* Where a directive is allowed. */
#define IN_SERVER RSRC_CONF                                /* server, virtual host */
#define IN_LOCATION (RSRC_CONF | ACCESS_CONF)              /* also Location, Directory */
#define IN_HTACCESS (RSRC_CONF | ACCESS_CONF | OR_AUTHCFG) /* also .htaccess */
#define IN_LOCATION_ONLY ACCESS_CONF

#define TAKE_ONE(name, setter, where, help) AP_INIT_TAKE1(name, setter, NULL, where, help)
#define TAKE_WORDS(name, setter, where, help) AP_INIT_TAKE_ARGV(name, setter, NULL, where, help)

/* Sections as in the manual and in conf/authsms.conf. The setters of a section are in one file of
 * src/config/. */
static const command_rec directives[] = {
    /* Storage: cmd_ops.c */
    TAKE_ONE("AuthSMSSchema", as_set_schema, IN_SERVER,
             "auto (create or upgrade the tables at start), check (compare their version) or off"),
    TAKE_WORDS("AuthSMSDatabase", as_set_database, IN_SERVER,
               "[max-age=60s]: maximum lifetime of a PostgreSQL connection"),

    /* The API: cmd_api.c */
    TAKE_ONE("AuthSMSApi", as_set_api, IN_LOCATION_ONLY,
             "On to serve the API below this Location, or Off"),
    TAKE_ONE("AuthSMSPublicURL", as_set_public_url, IN_SERVER,
             "public address of the API, e.g. https://example.org/app_api, or none"),
    TAKE_WORDS("AuthSMSAllowOrigin", as_set_allow_origin, IN_LOCATION,
               "origins allowed by CORS, * for any, or none"),
    TAKE_ONE("AuthSMSStatus", as_set_status, IN_LOCATION,
             "http, or always200 for clients of the original system"),
    TAKE_ONE("AuthSMSRegistration", as_set_registration, IN_SERVER,
             "who may register: open, invite (with an invitation of authsmsctl), or closed"),

    /* Tokens: cmd_tokens.c */
    TAKE_WORDS("AuthSMSKey", as_set_key, IN_SERVER,
               "algorithm and source of a key, [kid=ID] [verify-only] [weak]; or none"),
    TAKE_WORDS("AuthSMSSecret", as_set_secret, IN_SERVER,
               "sources of the secrets for codes, refresh tokens and limits, or none"),
    TAKE_ONE("AuthSMSTokenTTL", as_set_token_ttl, IN_SERVER,
             "lifetime of a token, e.g. 1h; 0 for no expiry"),
    TAKE_WORDS("AuthSMSRefreshTTL", as_set_refresh_ttl, IN_SERVER,
               "lifetime of refresh tokens from login, e.g. 30d, [idle=DURATION]; 0 for none"),
    TAKE_ONE("AuthSMSIssuer", as_set_issuer, IN_SERVER,
             "issuer (iss) set in, and required of, every token; or none"),
    TAKE_ONE("AuthSMSAudience", as_set_audience, IN_SERVER,
             "audience (aud) set in, and required of, every token; or none"),
    TAKE_ONE("AuthSMSLeeway", as_set_leeway, IN_SERVER,
             "tolerated clock difference for exp and nbf, e.g. 30s"),
    TAKE_WORDS("AuthSMSRequireClaims", as_set_require_claims, IN_SERVER,
               "claims that a token must have, or none"),

    /* Protecting a Location: cmd_guard.c */
    TAKE_ONE("AuthSMSProtect", as_set_protect, IN_HTACCESS,
             "On to refuse every request without a valid token, or Off"),
    TAKE_WORDS("AuthSMSTokenFrom", as_set_token_from, IN_LOCATION,
               "sources of the token in order: header, cookie:NAME"),
    TAKE_ONE("AuthSMSUserCheck", as_set_user_check, IN_LOCATION,
             "always, off, or the maximum age of a cached account status, e.g. 10s"),
    TAKE_ONE("AuthSMSPassIdentity", as_set_pass_identity, IN_HTACCESS,
             "prefix of the request headers with the identity for a back end, or Off"),
    TAKE_ONE("AuthSMSUnauthorized", as_set_unauthorized, IN_HTACCESS,
             "401, or the path of the login page to redirect browsers to"),
    TAKE_WORDS("AuthSMSCookie", as_set_cookie, IN_SERVER,
               "name of the token's cookie, [samesite=Lax] [path=/] [domain=] [omit-body]; or Off"),
    /* httpd's own, recorded to find the newest (config/auth_rule.h). */
    AP_INIT_TAKE1("AuthType", as_set_auth_type, NULL, OR_AUTHCFG,
                  "JWT to authenticate by a token of mod_authsms"),
    AP_INIT_RAW_ARGS("Require", as_set_require, NULL, OR_AUTHCFG,
                     "an authorization provider and its arguments"),
    AP_INIT_TAKE1("AuthMerging", as_set_auth_merging, NULL, OR_AUTHCFG, "Off, And or Or"),
    /* httpd's own, recorded because httpd evaluates it after the access checks. */
    AP_INIT_TAKE1("SetHandler", as_set_handler, NULL, OR_FILEINFO,
                  "authsms-check to answer the subrequests of other servers"),

    /* SMS: cmd_sms.c */
    TAKE_ONE("AuthSMSValidation", as_set_validation, IN_SERVER,
             "On, or Off to create accounts as verified, without a code"),
    TAKE_WORDS("AuthSMSVerifier", as_set_verifier, IN_SERVER,
               "service that makes and checks codes: local, authy or twilio-verify [key=value...]"),
    TAKE_WORDS("AuthSMSSender", as_set_sender, IN_SERVER,
               "provider of texts: log, twilio, vonage, webhook or http [key=value...]; "
               "repeated for failover"),
    TAKE_WORDS("AuthSMSCode", as_set_code, IN_SERVER,
               "[length=6] [ttl=10m] [attempts=5] [resend=30s] of the verifier local"),
    TAKE_ONE("AuthSMSNumberTypes", as_set_number_types, IN_SERVER,
             "mobile, or any to accept fixed and unclassified lines too"),
    TAKE_WORDS("AuthSMSTemplate", as_set_template, IN_SERVER,
               "code, welcome, login, reset, mobile, moved or alert, and a text with {code} {app} "
               "{minutes} {event}, or default; welcome none"),
    TAKE_ONE("AuthSMSAppName", as_set_app_name, IN_SERVER,
             "name for {app} in texts, or none for the server's name"),
    TAKE_ONE("AuthSMSWebOTP", as_set_webotp, IN_SERVER,
             "host in the last line of a text, from which browsers fill in the code; or Off"),
    TAKE_ONE("AuthSMSCountry", as_set_country, IN_SERVER,
             "calling code of numbers in national form, e.g. +44"),
    TAKE_WORDS("AuthSMSAllowCountries", as_set_allow_countries, IN_SERVER,
               "allowed and, with a leading -, denied number prefixes, e.g. +1 -+1876; or all"),
    TAKE_WORDS("AuthSMSFraudGuard", as_set_fraud_guard, IN_SERVER,
               "Off, record or deny, then [ratio=0.3] [min=20]: too few codes are entered"),
    TAKE_ONE("AuthSMSDelivery", as_set_delivery, IN_SERVER,
             "direct, or queued to send texts in the background"),
    TAKE_WORDS("AuthSMSTimeout", as_set_timeout, IN_SERVER,
               "connect and total timeout of calls to providers, [parallel=N]"),
    TAKE_WORDS("AuthSMSTestNumber", as_set_test_number, IN_SERVER,
               "a number without texts, its fixed code, and user=NAME; or none"),

    /* Accounts: cmd_accounts.c */
    TAKE_WORDS("AuthSMSLogin", as_set_login, IN_SERVER,
               "proofs with which a login may begin: password, sms"),
    TAKE_ONE("AuthSMSSecondFactor", as_set_second_factor, IN_SERVER,
             "off, enrolled for accounts that have a second factor, or required for every account"),
    TAKE_ONE("AuthSMSRequireVerified", as_set_require_verified, IN_SERVER,
             "On, or Off to let unverified accounts log in"),
    TAKE_WORDS("AuthSMSPasswordHash", as_set_password_hash, IN_SERVER,
               "bcrypt [cost=10] [parallel=N], or argon2id [m=19456] [t=2] [p=1] [parallel=N]"),
    TAKE_WORDS("AuthSMSPasswordPolicy", as_set_password_policy, IN_SERVER,
               "[min=8] [max=72, with argon2id 1024] [blocklist=FILE]"),
    TAKE_ONE("AuthSMSPendingTTL", as_set_pending_ttl, IN_SERVER,
             "time for which an unverified account holds its username, e.g. 24h"),
    TAKE_WORDS("AuthSMSLimit", as_set_limit, IN_SERVER,
               "name of a rate limit, and COUNT/DURATION or off; * off lifts all limits"),

    /* Operating: cmd_ops.c */
    TAKE_ONE("AuthSMSAuditLog", as_set_audit_log, IN_SERVER,
             "file for one JSON object per event, or | and a program; or none"),
    {NULL},
};

static apr_status_t start_module(apr_pool_t *pconf, server_rec *s)
{
    apr_status_t rv = as_http_client_global_init();

    if (rv != APR_SUCCESS || (rv = as_dbd_post_config(s)) != APR_SUCCESS ||
        (rv = as_account_epochs_post_config(s)) != APR_SUCCESS ||
        (rv = as_router_name_metrics(pconf)) != APR_SUCCESS ||
        (rv = as_metrics_post_config(pconf, s)) != APR_SUCCESS) {
        return rv;
    }
    return as_worker_post_config(pconf, s);
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    apr_status_t rv;

    (void)plog;
    as_child_init_logs(s);
    /* httpd reads the configuration twice at a start; the first pass only checks it. */
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    rv = start_module(pconf, s);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, AS_TAG(0101) "mod_authsms cannot start");
        return !OK;
    }
    as_startup_notice_log(ptemp, s);
    as_audit_record_start(ptemp, s);
    return OK;
}

static void register_process_hooks(void)
{
    ap_hook_check_config(as_config_check, NULL, NULL, APR_HOOK_MIDDLE);
    /* Last: it reads the results of as_config_check. */
    ap_hook_check_config(as_dbd_check_config, NULL, NULL, APR_HOOK_LAST);
    /* Before mod_watchdog, which starts its workers at LAST. */
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_open_logs(as_audit_open_logs, NULL, NULL, APR_HOOK_MIDDLE);
    /* First: mod_dbd opens databases at MIDDLE. */
    ap_hook_child_init(as_dbd_create_sqlite_files, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_child_init(as_worker_register_exit, NULL, NULL, APR_HOOK_MIDDLE);
    /* Last: mod_dbd creates its pools at MIDDLE. */
    ap_hook_child_init(as_child_init, NULL, NULL, APR_HOOK_LAST);
    ap_hook_child_init(as_worker_child_init, NULL, NULL, APR_HOOK_REALLY_LAST);
    /* First: a failing DBDInitSQL ends this hook's chain without a log message. */
    APR_OPTIONAL_HOOK(dbd, post_connect, as_dbd_post_connect, NULL, NULL, APR_HOOK_FIRST);
}

static void register_api(void)
{
    static const char *const mod_dir[] = {"mod_dir.c", NULL};
    static const char *const mod_headers[] = {"mod_headers.c", NULL};

    ap_hook_post_read_request(as_error_page_post_read_request, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_translate_name(as_api_translate_name, NULL, NULL, APR_HOOK_LAST);
    /* First: no <Directory> applies to the API, and TRACE gets the API's 405. */
    ap_hook_map_to_storage(as_api_map_to_storage, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* Before mod_dir, whose FallbackResource would replace the handler. */
    ap_hook_fixups(as_api_fixups, NULL, mod_dir, APR_HOOK_LAST);
    ap_hook_handler(as_api_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_insert_error_filter(as_error_page_insert_filter, mod_headers, NULL, APR_HOOK_LAST);

    ap_register_output_filter(AS_BODY_FILTER, as_body_drop_error_page, NULL, AP_FTYPE_RESOURCE);
    /* After mod_headers, whose filter has this type and is there before the handler runs. */
    ap_register_output_filter(AS_REPLY_FILTER, as_reply_set_late_headers, NULL,
                              AP_FTYPE_CONTENT_SET);
    ap_register_output_filter(AS_ERROR_PAGE_FILTER, as_error_page_set_headers, NULL,
                              AP_FTYPE_CONTENT_SET);
}

static void register_metrics(void)
{
    ap_hook_child_init(as_metrics_child_init, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(as_metrics_page_handler, NULL, NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ap, status_hook, as_metrics_status_write, NULL, NULL, APR_HOOK_MIDDLE);
}

static void register_guard_hooks(void)
{
    static const char *const mod_dir[] = {"mod_dir.c", NULL};
    static const char *const mod_headers[] = {"mod_headers.c", NULL};
    /* They read the identity from the environment in their fixups. */
    static const char *const readers[] = {"mod_rewrite.c", "mod_headers.c", NULL};

    ap_hook_check_access(as_guard_check_access, NULL, NULL, APR_HOOK_FIRST,
                         AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_access_ex(as_guard_check_access_ex, NULL, NULL, APR_HOOK_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authn(as_guard_check_authn, NULL, NULL, APR_HOOK_MIDDLE,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_log_transaction(as_guard_log_transaction, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_note_auth_failure(as_guard_note_auth_failure, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(as_guard_fixups, NULL, readers, APR_HOOK_FIRST);
    /* After mod_dir has replaced the request's file or handler; before mod_headers, which may use
     * the identity. */
    ap_hook_fixups(as_guard_fixups_after_lookup, mod_dir, mod_headers, APR_HOOK_LAST);
    /* Before the core's, which answers TRACE. */
    ap_hook_map_to_storage(as_check_handler_map_to_storage, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(as_check_handler_run, NULL, NULL, APR_HOOK_MIDDLE);
    /* After mod_headers: nothing overrides the response headers of the guard. */
    ap_hook_insert_filter(as_response_headers_insert_filter, mod_headers, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(as_response_headers_insert_filter, mod_headers, NULL,
                                APR_HOOK_LAST);
}

static void register_guard_filters(void)
{
    as_identity_trailers_filter = ap_register_input_filter(
        "AUTHSMS_TRAILERS", as_identity_clean_trailers, NULL, AP_FTYPE_RESOURCE);
    /* Before mod_cache's CACHE_SAVE: a cache on this server obeys the headers too. */
    as_response_headers_filter = ap_register_output_filter(
        "AUTHSMS_PRIVATE", as_response_headers_filter_response, NULL, AP_FTYPE_CONTENT_SET);
    /* Before CACHE_SAVE_SUBREQ, which is earlier. */
    as_response_headers_subrequest_filter =
        ap_register_output_filter("AUTHSMS_PRIVATE_SUBREQ", as_response_headers_filter_response,
                                  NULL, AP_FTYPE_CONTENT_SET - 2);
    /* Before the marker CACHE, which SetOutputFilter inserts. */
    as_response_headers_marker_filter = ap_register_output_filter(
        "AUTHSMS_PRIVATE_MARKER", as_response_headers_filter_response, NULL, AP_FTYPE_RESOURCE);
}

static void register_require_providers(apr_pool_t *p)
{
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, AS_REQUIRE_VERIFIED, AUTHZ_PROVIDER_VERSION,
                              &as_require_verified, AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, AS_REQUIRE_ROLE, AUTHZ_PROVIDER_VERSION,
                              &as_require_role, AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, AS_REQUIRE_CLAIM, AUTHZ_PROVIDER_VERSION,
                              &as_require_claim, AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, AS_REQUIRE_SCOPE, AUTHZ_PROVIDER_VERSION,
                              &as_require_scope, AP_AUTH_INTERNAL_PER_CONF);
}

static void register_hooks(apr_pool_t *p)
{
    register_process_hooks();
    register_api();
    register_guard_hooks();
    register_guard_filters();
    register_require_providers(p);
    register_metrics();
}

module AP_MODULE_DECLARE_DATA AS_EXPORTED authsms_module = {
    STANDARD20_MODULE_STUFF,
    as_dir_create,
    as_dir_merge,
    as_srv_create,
    as_srv_merge,
    directives,
    register_hooks,
    /* Each virtual host has its own record, with its keys, database and log. */
    AP_MODULE_FLAG_ALWAYS_MERGE,
};
