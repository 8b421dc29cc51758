/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: what happened to an account or a text, for the audit log and for metrics. Code that has
 * something to report raises an event; each host has a table of sinks, which the room ops fills.
 */
#ifndef AS_BASE_EVENT_H
#define AS_BASE_EVENT_H

#include <apr_pools.h>
#include <apr_time.h>

/* Enum, name in the audit log. Names never change. */
#define AS_EVENTS(X)                                                                               \
    X(REGISTER, "register")                                                                        \
    X(VERIFY, "verify")                                                                            \
    X(RESEND, "resend")                                                                            \
    X(LOGIN, "login")                                                                              \
    X(LOGIN_CHALLENGE, "login.challenge")                                                          \
    X(LOGIN_FAILED, "login.failed")                                                                \
    X(REFRESH, "refresh")                                                                          \
    X(REFRESH_REUSE, "refresh.reuse")                                                              \
    X(LOGOUT, "logout")                                                                            \
    X(SESSION_END, "session.end")                                                                  \
    X(PASSWORD_CHANGE, "password.change")                                                          \
    X(PASSWORD_FORGOT, "password.forgot")                                                          \
    X(PASSWORD_RESET, "password.reset")                                                            \
    X(NUMBER_CHANGE, "number.change")                                                              \
    X(NUMBER_VERIFY, "number.verify")                                                              \
    X(ACCOUNT_DELETE, "account.delete")                                                            \
    X(ACCOUNT_EXPORT, "account.export")                                                            \
    X(ACCOUNT_LOCK, "account.lock")                                                                \
    X(ACCOUNT_UNLOCK, "account.unlock")                                                            \
    X(ACCOUNT_IMPORT, "account.import")                                                            \
    X(FACTOR_ADD, "factor.add")                                                                    \
    X(FACTOR_REMOVE, "factor.remove")                                                              \
    X(FACTOR_USE, "factor.use")                                                                    \
    X(CONFIRM, "confirm")                                                                          \
    X(ROLE_CHANGE, "role.change")                                                                  \
    X(INVITE, "invite")                                                                            \
    X(LIMIT, "limit")                                                                              \
    X(CROSS_ORIGIN, "cross_origin")                                                                \
    X(FRAUD, "fraud")                                                                              \
    X(SMS_SEND, "sms.send")                                                                        \
    X(SMS_RECEIPT, "sms.receipt")                                                                  \
    X(START, "start")

typedef enum as_event_kind_t {
    AS_EVENT_NONE = 0,
#define AS_EVENT_ENUM(name, text) AS_EVENT_##name,
    AS_EVENTS(AS_EVENT_ENUM)
#undef AS_EVENT_ENUM
} as_event_kind_t;

/* Members of the JSON object "detail". number: E.164, which is written with its middle masked. */
#define AS_EVENT_DETAILS(X)                                                                        \
    X(route)    /* pattern of the API's route */                                                   \
    X(limit)    /* name in AuthSMSLimit */                                                         \
    X(session)  /* sid */                                                                          \
    X(template) /* name in AuthSMSTemplate */                                                      \
    X(number)                                                                                      \
    X(sender)   /* type of AuthSMSSender or AuthSMSVerifier */                                     \
    X(state)    /* of a delivery receipt */                                                        \
    X(country)  /* calling code */                                                                 \
    X(operator) /* user who ran authsmsctl */                                                      \
    X(version)  /* of the module */

/* Every text may be NULL: absent. Texts may hold any bytes. Never a secret, a code, a password, a
 * token, a name as typed. */
typedef struct as_event_t {
    as_event_kind_t kind;
    const char *code;    /* error word; NULL: success */
    const char *account; /* id */
    const char *address; /* of the client */
    const char *request; /* id of the request */
    const char *host;    /* name of the virtual host */
#define AS_EVENT_MEMBER(name) const char *name;
    AS_EVENT_DETAILS(AS_EVENT_MEMBER)
#undef AS_EVENT_MEMBER
} as_event_t;

/* Receives each event. Called in any thread; p lives as long as the call. It never fails. */
typedef void as_event_sink_fn(void *ctx, apr_pool_t *p, const as_event_t *event);

enum { AS_EVENT_SINKS_MAX = 4 };

/* The sinks of a host; read-only once requests are served. */
typedef struct as_event_sinks_t {
    struct {
        as_event_sink_fn *receive;
        void *ctx;
    } list[AS_EVENT_SINKS_MAX];
    int count;
} as_event_sinks_t;

/* APR_ENOSPC: there are AS_EVENT_SINKS_MAX already. */
apr_status_t as_event_add_sink(as_event_sinks_t *sinks, as_event_sink_fn *receive, void *ctx);

/* Call every sink. Nothing for AS_EVENT_NONE. */
void as_event_raise(const as_event_sinks_t *sinks, apr_pool_t *p, const as_event_t *event);

/* The name of an event; NULL for AS_EVENT_NONE. */
const char *as_event_name(as_event_kind_t kind);

/* The longest line that as_event_format makes, newline included: PIPE_BUF, so that concurrent
 * writes to a pipe are not mixed. */
#define AS_EVENT_LINE_MAX 4096

/*
 * One line of the audit log: a JSON object (RFC 8259) and a newline. Absent members are left out.
 * It is ASCII without control characters, whatever the texts are: other characters are escaped, and
 * invalid UTF-8 becomes U+FFFD. Long texts are truncated.
 */
const char *as_event_format(apr_pool_t *p, const as_event_t *event, apr_time_t now);

#endif
