/* SPDX-License-Identifier: Apache-2.0 */
/* The setters of the directive table in mod_authsms.c. Each returns NULL, or an error message. */
#ifndef AS_CONFIG_DIRECTIVES_H
#define AS_CONFIG_DIRECTIVES_H

#include <httpd.h>
#include <http_config.h>

/* The stored value of "none": it overrides an inherited value, unlike NULL (unset). */
extern const char as_config_none[];
/* The stored value of "default": it overrides an inherited value by the built-in one. */
extern const char as_config_default[];

typedef const char *as_set_one_fn(cmd_parms *cmd, void *dir, const char *value);
typedef const char *as_set_argv_fn(cmd_parms *cmd, void *dir, int argc, char *const argv[]);

/* cmd_ops.c */
as_set_one_fn as_set_schema, as_set_audit_log;
as_set_argv_fn as_set_database;
/* cmd_api.c */
as_set_one_fn as_set_api, as_set_public_url, as_set_status, as_set_registration;
as_set_argv_fn as_set_allow_origin;
/* cmd_tokens.c */
as_set_one_fn as_set_token_ttl, as_set_issuer, as_set_audience, as_set_leeway;
as_set_argv_fn as_set_key, as_set_secret, as_set_refresh_ttl, as_set_require_claims;
/* cmd_guard.c */
as_set_one_fn as_set_protect, as_set_user_check, as_set_pass_identity, as_set_unauthorized,
    as_set_handler, as_set_auth_type, as_set_require, as_set_auth_merging;
as_set_argv_fn as_set_token_from, as_set_cookie;
/* cmd_sms.c */
as_set_one_fn as_set_validation, as_set_number_types, as_set_app_name, as_set_webotp,
    as_set_country, as_set_delivery;
as_set_argv_fn as_set_verifier, as_set_sender, as_set_code, as_set_template, as_set_allow_countries,
    as_set_fraud_guard, as_set_timeout, as_set_test_number;
/* cmd_accounts.c */
as_set_one_fn as_set_second_factor, as_set_require_verified, as_set_pending_ttl;
as_set_argv_fn as_set_login, as_set_password_hash, as_set_password_policy, as_set_limit;

#endif
