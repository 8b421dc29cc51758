/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a virtual host (as_srv_t) and of a Location (as_dir_t). Each member is
 * declared once, with its unset value and its default. Create, merge and getters are generated from
 * the lists. Other rooms call the getters (as_srv_NAME, as_dir_NAME), which return no unset values.
 */
#ifndef AS_CONFIG_CONFIG_H
#define AS_CONFIG_CONFIG_H

#include <httpd.h>
#include <http_config.h>

#include <limits.h>

#include "account/blocklist.h"
#include "account/password.h"
#include "account/phone.h"
#include "base/event.h"
#include "base/log.h"
#include "base/template.h"
#include "config/auth_rule.h"
#include "jose/claims.h"
#include "jose/keyring.h"
#include "sms/sender.h"
#include "sms/verifier.h"
#include "text/credential.h"

#define AS_UNSET INT_MIN
#define AS_UNSET_TIME APR_INT64_MIN
#define AS_USER_CHECK_OFF APR_INT64_MAX

/* The name for SetHandler: answers the subrequests of other servers (guard/check_handler.h). */
#define AS_CHECK_HANDLER "authsms-check"

typedef enum as_schema_mode_t { AS_SCHEMA_AUTO, AS_SCHEMA_CHECK, AS_SCHEMA_OFF } as_schema_mode_t;

typedef enum as_second_factor_mode_t {
    AS_SECOND_FACTOR_OFF,
    AS_SECOND_FACTOR_ENROLLED,
    AS_SECOND_FACTOR_REQUIRED,
} as_second_factor_mode_t;

/* The proofs with which a login may begin (AuthSMSLogin): a set of these bits. */
enum { AS_LOGIN_PASSWORD = 1, AS_LOGIN_SMS = 2 };

typedef enum as_registration_t {
    AS_REGISTRATION_OPEN,
    AS_REGISTRATION_INVITE,
    AS_REGISTRATION_CLOSED,
} as_registration_t;

/* The limits of AuthSMSLimit: enum, name, count, window in seconds. */
#define AS_LIMITS(X)                                                                               \
    X(LOGIN_USER, "login/user", 10, 900)                                                           \
    X(LOGIN_IP, "login/ip", 100, 900)                                                              \
    X(REGISTER_IP, "register/ip", 20, 3600)                                                        \
    X(VERIFY_USER, "verify/user", 10, 3600)                                                        \
    X(SMS_NUMBER, "sms/number", 5, 3600)                                                           \
    X(SMS_IP, "sms/ip", 20, 3600)                                                                  \
    X(SMS_TOTAL, "sms/total", 1000, 3600)                                                          \
    X(SMS_LOGIN, "sms/login", 10, 3600)                                                            \
    X(REFRESH_SESSION, "refresh/session", 60, 3600)

typedef enum as_limit_t {
#define AS_LIMIT_ENUM(name, text, count, seconds) AS_LIMIT_##name,
    AS_LIMITS(AS_LIMIT_ENUM)
#undef AS_LIMIT_ENUM
        AS_LIMIT_COUNT
} as_limit_t;

typedef struct as_limit_rule_t {
    const char *name;
    int count; /* AS_UNSET: not set here; 0: off */
    apr_interval_time_t window;
} as_limit_rule_t;

/* The texts of AuthSMSTemplate: enum, name, content (as_template_content_t), built-in text. */
#define AS_TEXTS(X)                                                                                \
    X(CODE, "code", AS_TEMPLATE_CODE, "{app}: your code is {code}. It is good for {minutes} min.") \
    X(WELCOME, "welcome", AS_TEMPLATE_PLAIN, "{app}: you are signed up. Welcome!")                 \
    X(LOGIN, "login", AS_TEMPLATE_CODE,                                                            \
      "{app}: your code to log in is {code}. It is good for {minutes} min.")                       \
    X(RESET, "reset", AS_TEMPLATE_CODE,                                                            \
      "{app}: your code for a new password is {code}. It is good for {minutes} min.")              \
    X(MOBILE, "mobile", AS_TEMPLATE_CODE,                                                          \
      "{app}: your code to confirm this number is {code}. It is good for {minutes} min.")          \
    X(MOVED, "moved", AS_TEMPLATE_PLAIN,                                                           \
      "{app}: your account has a new mobile number. If this was not you, act.")                    \
    X(ALERT, "alert", AS_TEMPLATE_EVENT, "{app}: {event}. If this was not you, act.")

typedef enum as_text_kind_t {
#define AS_TEXT_ENUM(name, word, content, text) AS_TEXT_##name,
    AS_TEXTS(AS_TEXT_ENUM)
#undef AS_TEXT_ENUM
        AS_TEXT_COUNT
} as_text_kind_t;

typedef enum as_fraud_guard_mode_t {
    AS_FRAUD_GUARD_OFF,
    AS_FRAUD_GUARD_RECORD,
    AS_FRAUD_GUARD_DENY,
} as_fraud_guard_mode_t;

/* AuthSMSFraudGuard */
typedef struct as_fraud_guard_t {
    as_fraud_guard_mode_t mode;
    int thousandths; /* of the codes sent must be entered */
    int min;         /* codes sent, before the guard judges */
} as_fraud_guard_t;

extern const as_fraud_guard_t as_fraud_guard_off;

/* The cookie that the API sets (AuthSMSCookie). */
typedef struct as_cookie_t {
    const char *name;       /* NULL: Off */
    const char *path;       /* "; Path=/" */
    const char *domain;     /* NULL: only this host */
    const char *attributes; /* "; HttpOnly; …", all but path, domain and Max-Age */
    int host_prefix;        /* name with __Host-: browsers require path / and no domain */
    int omit_body;
    const char *refresh_name; /* of the cookie that has the refresh token, with omit_body */
} as_cookie_t;

/* A number that is never texted (AuthSMSTestNumber). */
typedef struct as_test_number_t {
    const char *number; /* E.164 */
    const char *code;
    const char *username_key; /* the account for which the code is valid */
} as_test_number_t;

/* type, name, unset, default */
#define AS_SRV_MEMBERS(X)                                                                          \
    X(int, schema, AS_UNSET, AS_SCHEMA_AUTO)                                                       \
    X(apr_interval_time_t, database_max_age, AS_UNSET_TIME, apr_time_from_sec(60))                 \
    X(const char *, api_path, NULL, NULL) /* the API's Location, without final slash */            \
    X(const char *, public_url, NULL, NULL)                                                        \
    X(int, registration, AS_UNSET, AS_REGISTRATION_OPEN)                                           \
    X(const apr_array_header_t *, keys, NULL, NULL)    /* const as_key_t *, in order */            \
    X(const apr_array_header_t *, secrets, NULL, NULL) /* first one encrypts and signs */          \
    X(apr_interval_time_t, token_ttl, AS_UNSET_TIME, apr_time_from_sec(3600))                      \
    X(apr_interval_time_t, refresh_ttl, AS_UNSET_TIME, apr_time_from_sec(30 * 86400)) /* 0: off */ \
    X(apr_interval_time_t, refresh_idle, AS_UNSET_TIME, 0) /* 0: no bound */                       \
    X(const char *, issuer, NULL, NULL)                                                            \
    X(const char *, audience, NULL, NULL)                                                          \
    X(apr_interval_time_t, leeway, AS_UNSET_TIME, 0)                                               \
    X(const apr_array_header_t *, require_claims, NULL,                                            \
      NULL)                                    /* const char *; as_config_check: exp */            \
    X(const as_cookie_t *, cookie, NULL, NULL) /* NULL: Off */                                     \
    X(int, validation, AS_UNSET, 1)                                                                \
    X(const as_verifier_t *, verifier, NULL, NULL)     /* NULL: local */                           \
    X(const apr_array_header_t *, senders, NULL, NULL) /* as_sender_t */                           \
    X(int, code_length, AS_UNSET, 6)                                                               \
    X(apr_interval_time_t, code_ttl, AS_UNSET_TIME, apr_time_from_sec(600))                        \
    X(int, code_attempts, AS_UNSET, 5)                                                             \
    X(apr_interval_time_t, code_resend, AS_UNSET_TIME, apr_time_from_sec(30))                      \
    X(const char *, app_name, NULL, NULL)                   /* NULL: the server's name */          \
    X(const char *, webotp, NULL, NULL)                     /* host for browsers; NULL: Off */     \
    X(const apr_array_header_t *, test_numbers, NULL, NULL) /* as_test_number_t */                 \
    X(int, queued, AS_UNSET, 0)                             /* AuthSMSDelivery */                  \
    X(int, number_types, AS_UNSET, AS_PHONE_TYPES_MOBILE)                                          \
    X(const char *, country, NULL, "+44")                                                          \
    X(const apr_array_header_t *, countries, NULL, NULL) /* as_phone_rule_t; NULL: all */          \
    X(const as_fraud_guard_t *, fraud_guard, NULL, &as_fraud_guard_off)                            \
    X(apr_interval_time_t, sms_connect, AS_UNSET_TIME, apr_time_from_sec(3))                       \
    X(apr_interval_time_t, sms_total, AS_UNSET_TIME, apr_time_from_sec(10))                        \
    X(int, sms_parallel, AS_UNSET, 0) /* 0: half of ThreadsPerChild */                             \
    X(int, login_methods, AS_UNSET, AS_LOGIN_PASSWORD)                                             \
    X(int, second_factor, AS_UNSET, AS_SECOND_FACTOR_ENROLLED)                                     \
    X(int, require_verified, AS_UNSET, 1)                                                          \
    X(const as_password_hash_options_t *, password_hash, NULL, &as_password_hash_default)          \
    X(int, hash_parallel, AS_UNSET, 0) /* 0: CPU cores */                                          \
    X(int, password_min, AS_UNSET, 8)                                                              \
    X(int, password_max, AS_UNSET, 0) /* 0 until as_config_check: by the scheme of hashes */       \
    X(const as_blocklist_t *, blocklist, NULL, NULL)                                               \
    X(const char *, audit_log, NULL, NULL) /* file, or | and a program; NULL: none */              \
    X(apr_interval_time_t, pending_ttl, AS_UNSET_TIME, apr_time_from_sec(86400))

typedef struct as_srv_t {
#define AS_MEMBER(type, name, unset, def) type name;
    AS_SRV_MEMBERS(AS_MEMBER)
    as_limit_rule_t limits[AS_LIMIT_COUNT];
    const char *texts[AS_TEXT_COUNT]; /* templates; NULL: built in */

    /* Set by as_config_check, after the whole configuration is read. */
    const as_keyring_t *keyring; /* NULL: no key */
    as_claims_policy_t claims;
    int needs_database; /* an API, or a guard with AuthSMSUserCheck */
    int database_min;   /* PostgreSQL: DBDMin, hidden from mod_dbd (server/dbd.c) */
    const char *site;   /* name of the site in queued texts, for servers that share a database */
    as_log_t log;       /* error log of this host, for rooms without httpd.h */
    as_event_sinks_t events; /* filled by ops, before requests are served */
    /* Set in child_init (server/child.h); NULL before. */
    const struct as_child_t *child;
} as_srv_t;

#define AS_DIR_MEMBERS(X)                                                                          \
    X(int, api, AS_UNSET, 0)                                                                       \
    X(const apr_array_header_t *, allow_origin, NULL,                                              \
      NULL) /* const char *; empty: none; one "*": any */                                          \
    X(int, always200, AS_UNSET, 0)                                                                 \
    X(int, protect, AS_UNSET, 0)                                                                   \
    X(int, check_handler, AS_UNSET, 0)         /* SetHandler authsms-check */                      \
    X(const char *, pass_identity, NULL, NULL) /* a prefix; as_config_none: Off */                 \
    X(const apr_array_header_t *, token_from, NULL,                                                \
      NULL)                                   /* as_credential_source_t; NULL: header */           \
    X(const char *, unauthorized, NULL, NULL) /* a path; as_config_none: 401 */                    \
    X(apr_interval_time_t, user_check, AS_UNSET_TIME, apr_time_from_sec(10)) /* 0: always */

typedef struct as_dir_t {
    AS_DIR_MEMBERS(AS_MEMBER)
    as_auth_rule_t auth;
} as_dir_t;
#undef AS_MEMBER

#define AS_GETTER(type, name, unset, def)                                                          \
    static inline type as_srv_##name(const as_srv_t *c)                                            \
    {                                                                                              \
        return c->name == (unset) ? (def) : c->name;                                               \
    }
AS_SRV_MEMBERS(AS_GETTER)
#undef AS_GETTER
#define AS_GETTER(type, name, unset, def)                                                          \
    static inline type as_dir_##name(const as_dir_t *c)                                            \
    {                                                                                              \
        return c->name == (unset) ? (def) : c->name;                                               \
    }
AS_DIR_MEMBERS(AS_GETTER)
#undef AS_GETTER

/* The limit in effect; count 0: off. */
as_limit_rule_t as_srv_limit(const as_srv_t *c, as_limit_t limit);

/* The URL for delivery receipts; NULL: none. */
const char *as_srv_receipt_url(apr_pool_t *p, const as_srv_t *c);

/* The configurations of a server and of a request. */
extern module AP_MODULE_DECLARE_DATA authsms_module;

static inline as_srv_t *as_srv(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &authsms_module);
}

static inline const as_dir_t *as_dir(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &authsms_module);
}

/* The path to which browsers without a token are redirected; NULL: none. */
const char *as_dir_login_page(const as_dir_t *c);

/* Can a token be in the Authorization header; in a cookie? */
int as_dir_reads_header(const as_dir_t *c);
int as_dir_reads_cookie(const as_dir_t *c);

/* The prefix of AuthSMSPassIdentity; NULL: Off. */
const char *as_dir_identity_prefix(const as_dir_t *c);

/* Create and merge functions of the module record. */
void *as_srv_create(apr_pool_t *p, server_rec *s);
void *as_srv_merge(apr_pool_t *p, void *base, void *add);
void *as_dir_create(apr_pool_t *p, char *path);
void *as_dir_merge(apr_pool_t *p, void *base, void *add);

/* check_config: check the whole configuration, and set the derived values of each server (keyring,
 * default secret, claims policy). Returns OK, or 500 after logging the error. */
int as_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

#endif
