/* SPDX-License-Identifier: Apache-2.0 */
/* The map: what the module hooks into, and its directives. Everything else is in src/. */
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "api/api.h"
#include "api/body.h"
#include "api/error_page.h"
#include "config/config.h"
#include "config/directives.h"
#include "base/http_client.h"
#include "guard/response_headers.h"
#include "guard/guard.h"
#include "guard/identity.h"
#include "guard/require.h"
#include "server/startup_notice.h"
#include "server/account_epochs.h"
#include "server/child.h"
#include "server/dbd.h"
#include "ops/worker.h"

APLOG_USE_MODULE(authsms);

/* The one symbol that is seen from outside. */
#define AS_VISIBLE __attribute__((visibility("default")))

#define S RSRC_CONF
#define D (RSRC_CONF | ACCESS_CONF)
#define H (RSRC_CONF | ACCESS_CONF | OR_AUTHCFG)
#define ONE(name, set, where, help) AP_INIT_TAKE1(name, set, NULL, where, help)
#define WORDS(name, set, where, help) AP_INIT_TAKE_ARGV(name, set, NULL, where, help)

static const command_rec directives[] = {
    /* storage */
    ONE("AuthSMSSchema", as_set_schema, S,
        "auto, check or off: what is done about the tables at start"),
    WORDS("AuthSMSDatabase", as_set_database, S,
          "[max-age=60s]: PostgreSQL connections are renewed after that time"),
    /* the API */
    ONE("AuthSMSApi", as_set_api, ACCESS_CONF, "On: serve the API below this Location"),
    ONE("AuthSMSPublicURL", as_set_public_url, S,
        "the API's address as the world sees it, or none"),
    WORDS("AuthSMSAllowOrigin", as_set_allow_origin, D,
          "CORS: origins that are answered, * or none"),
    ONE("AuthSMSStatus", as_set_status, D, "http, or always200 for clients of the original system"),
    /* tokens */
    WORDS("AuthSMSKey", as_set_key, S, "ALG SOURCE [kid=ID] [verify-only] [weak], or none"),
    WORDS("AuthSMSSecret", as_set_secret, S,
          "SOURCE...: keys codes and limits in the database, or none"),
    ONE("AuthSMSTokenTTL", as_set_token_ttl, S, "how long a token is good; 0: for ever"),
    ONE("AuthSMSIssuer", as_set_issuer, S, "put in, and demanded of, every token, or none"),
    ONE("AuthSMSAudience", as_set_audience, S, "put in, and demanded of, every token, or none"),
    ONE("AuthSMSLeeway", as_set_leeway, S, "for exp and nbf"),
    WORDS("AuthSMSRequireClaims", as_set_require_claims, S, "claims a token must have, or none"),
    /* httpd's own, recorded for what is newer (config/auth_rule.h) */
    AP_INIT_TAKE1("AuthType", as_set_auth_type, NULL, OR_AUTHCFG, "JWT: Require asks for a token"),
    AP_INIT_RAW_ARGS("Require", as_set_require, NULL, OR_AUTHCFG, "who is let in"),
    AP_INIT_TAKE1("AuthMerging", as_set_auth_merging, NULL, OR_AUTHCFG, "Off, And or Or"),
    /* protecting a Location */
    ONE("AuthSMSProtect", as_set_protect, H, "On: nothing passes without a valid token"),
    WORDS("AuthSMSTokenFrom", as_set_token_from, D,
          "header and cookie:NAME, in the order in which a token is looked for"),
    WORDS("AuthSMSCookie", as_set_cookie, S,
          "NAME [samesite=Lax] [path=/] [domain=] [omit-body], or Off"),
    ONE("AuthSMSUnauthorized", as_set_unauthorized, H,
        "401, or the PATH that browsers without a token are sent to"),
    ONE("AuthSMSPassIdentity", as_set_pass_identity, H,
        "PREFIX of request headers that tell a back end who it is, or Off"),
    ONE("AuthSMSUserCheck", as_set_user_check, D,
        "always, off, or how old an answer about the account may be"),
    /* SMS */
    ONE("AuthSMSValidation", as_set_validation, S, "Off: accounts are verified from the start"),
    WORDS("AuthSMSVerifier", as_set_verifier, S,
          "local, authy or twilio-verify [key=value...]: who makes and checks codes"),
    WORDS("AuthSMSSender", as_set_sender, S,
          "NAME [key=value...]: who carries texts; repeated: tried in order"),
    WORDS("AuthSMSCode", as_set_code, S, "[length=6] [ttl=10m] [attempts=5] [resend=30s]"),
    ONE("AuthSMSAppName", as_set_app_name, S, "the name in texts"),
    WORDS("AuthSMSTemplate", as_set_template, S,
          "code, welcome, login, reset, mobile or moved, and TEXT with {code} {app} {minutes}; "
          "welcome none"),
    ONE("AuthSMSWebOTP", as_set_webotp, S,
        "HOST: codes end with the line that browsers read; or Off"),
    WORDS("AuthSMSTestNumber", as_set_test_number, S,
          "NUMBER CODE user=NAME: never texted, with a fixed code; or none"),
    ONE("AuthSMSDelivery", as_set_delivery, S,
        "direct, or queued: texts are sent in the background"),
    ONE("AuthSMSNumberTypes", as_set_number_types, S,
        "mobile, or any: fixed lines and unclassified numbers are accepted too"),
    ONE("AuthSMSCountry", as_set_country, S, "calling code of numbers in national form"),
    WORDS("AuthSMSAllowCountries", as_set_allow_countries, S, "[-]PREFIX... or all"),
    WORDS("AuthSMSTimeout", as_set_timeout, S,
          "CONNECT TOTAL [parallel=N], for calls to providers"),
    /* accounts */
    ONE("AuthSMSRequireVerified", as_set_require_verified, S,
        "Off: unverified accounts may log in"),
    WORDS("AuthSMSPasswordHash", as_set_password_hash, S, "bcrypt [cost=10] [parallel=N]"),
    WORDS("AuthSMSPasswordPolicy", as_set_password_policy, S, "[min=8] [max=72] [blocklist=FILE]"),
    ONE("AuthSMSPendingTTL", as_set_pending_ttl, S,
        "how long an unverified account holds its username"),
    WORDS("AuthSMSLimit", as_set_limit, S, "NAME COUNT/DURATION or off; * off"),
    {NULL},
};

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    apr_status_t rv = APR_SUCCESS;

    (void)plog;
    as_child_init_logs(s);
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG) {
        rv = as_http_client_global_init();
        if (rv == APR_SUCCESS) {
            rv = as_dbd_post_config(s);
        }
        if (rv == APR_SUCCESS) {
            rv = as_account_epochs_post_config(s);
        }
        if (rv == APR_SUCCESS) {
            rv = as_worker_post_config(pconf, s);
        }
        if (rv == APR_SUCCESS) {
            as_startup_notice_log(ptemp, s);
        }
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "the module cannot start");
    }
    return rv == APR_SUCCESS ? OK : !OK;
}

static void register_hooks(apr_pool_t *p)
{
    /* What reads the identity from the environment in its own fixups. */
    static const char *const readers[] = {"mod_rewrite.c", "mod_headers.c", NULL};
    /* Of an answer its headers are not the last word; of a request they are. */
    static const char *const headers[] = {"mod_headers.c", NULL};
    /* Fixups that put another handler or file in the place of what was asked for. */
    static const char *const directory[] = {"mod_dir.c", NULL};

    ap_hook_check_config(as_config_finish, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(as_dbd_check_config, NULL, NULL, APR_HOOK_LAST);
    /* Before mod_watchdog's, which is at LAST. */
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* First: mod_dbd opens databases at MIDDLE. */
    ap_hook_child_init(as_dbd_create_sqlite_files, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_child_init(as_worker_child_first, NULL, NULL, APR_HOOK_MIDDLE);
    /* Last: mod_dbd makes its pools at MIDDLE. */
    ap_hook_child_init(as_child_init, NULL, NULL, APR_HOOK_LAST);
    ap_hook_child_init(as_worker_child_init, NULL, NULL, APR_HOOK_REALLY_LAST);
    as_dbd_register_hooks();

    ap_hook_translate_name(as_api_translate_name, NULL, NULL, APR_HOOK_LAST);
    /* First: no <Directory> applies to the API, and TRACE is answered by it. */
    ap_hook_map_to_storage(as_api_map_to_storage, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(as_api_fixups, NULL, directory, APR_HOOK_LAST);
    ap_hook_handler(as_api_handler, NULL, NULL, APR_HOOK_MIDDLE);
    as_body_register_filter();
    as_error_page_register_filter();
    ap_hook_post_read_request(as_error_page_post_read_request, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_insert_error_filter(as_error_page_insert_filter, headers, NULL, APR_HOOK_LAST);

    ap_hook_check_access(as_guard_check_access, NULL, NULL, APR_HOOK_FIRST,
                         AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_access_ex(as_guard_check_access_ex, NULL, NULL, APR_HOOK_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authn(as_guard_check_authn, NULL, NULL, APR_HOOK_MIDDLE,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_note_auth_failure(as_guard_note_auth_failure, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(as_guard_fixups, NULL, readers, APR_HOOK_FIRST);
    ap_hook_fixups(as_guard_fixups_after_lookup, directory, headers, APR_HOOK_LAST);
    as_response_headers_register_filters();
    as_identity_register_filter();
    as_require_register_providers(p);
    ap_hook_insert_filter(as_response_headers_insert_filter, headers, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(as_response_headers_insert_filter, headers, NULL, APR_HOOK_LAST);
}

module AP_MODULE_DECLARE_DATA AS_VISIBLE authsms_module = {
    STANDARD20_MODULE_STUFF,
    as_dir_create,
    as_dir_merge,
    as_srv_create,
    as_srv_merge,
    directives,
    register_hooks,
    /* Each virtual host has its own keys, database and log: none shares another's record. */
    AP_MODULE_FLAG_ALWAYS_MERGE,
};
