/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/guard.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_request.h>

#include "auth/challenge.h"
#include "auth/cookie.h"
#include "auth/cors.h"
#include "auth/origin.h"
#include "auth/verdict.h"
#include "base/log.h"
#include "base/metric.h"
#include "config/config.h"
#include "guard/check_handler.h"
#include "guard/identity.h"
#include "guard/location.h"
#include "guard/login_redirect.h"
#include "guard/lookup_refusal.h"
#include "guard/note.h"
#include "guard/response_headers.h"

APLOG_USE_MODULE(authsms);

/* r->ap_auth_type points to it in requests that this module authenticated: compared by address. */
static char AUTH_TYPE[] = "JWT";

const as_verdict_t *as_guard_get_verdict(request_rec *r)
{
    return as_verdict_get(r, as_dir_user_check(as_dir(r)));
}

/* Environment variable: the error code, for logs and error documents. Note, which error documents
 * do not inherit: this module refused the request. */
static const char ERROR[] = "AUTHSMS_ERROR";

static int fail_misconfigured(request_rec *r, const char *tag, const char *message)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "%s%.*s: %s", tag, AS_LOG_CLIENT_TEXT_MAX, r->uri,
                  message);
    /* Serve the ErrorDocument: the request was refused already. */
    apr_table_setn(r->notes, ERROR, "");
    return HTTP_INTERNAL_SERVER_ERROR;
}

void as_guard_record_error(request_rec *r, as_error_t error)
{
    apr_table_setn(r->subprocess_env, ERROR, as_error_code(error));
    apr_table_setn(r->notes, ERROR, as_error_code(error));
}

/* Note: a Require of this module denied the request, which another Require may still grant. */
static const char DENIED[] = "AUTHSMS_DENIED";

void as_guard_record_denial(request_rec *r, const char *code)
{
    apr_table_setn(r->subprocess_env, ERROR, code);
    apr_table_setn(r->notes, DENIED, code);
}

static void clear_denial(request_rec *r)
{
    if (as_note_get(r, DENIED)) {
        apr_table_unset(r->subprocess_env, ERROR);
        apr_table_unset(r->notes, DENIED);
    }
}

/* The main request of a lookup may end with the status of its sub-request. */
static int record_refusal(request_rec *r, int status, const char *code, const char *login)
{
    if (r->main && !r->main->main) {
        as_lookup_refusal_record(r, status, code, login);
    }
    return status;
}

static int refuse(request_rec *r, const as_verdict_t *verdict)
{
    as_error_t error = verdict->error;
    const char *login;

    as_guard_record_error(r, error);
    as_verdict_log_refusal(r, verdict);
    if (error == AS_E_UNAVAILABLE) {
        apr_table_setn(r->err_headers_out, "Retry-After", "1");
        return record_refusal(r, HTTP_SERVICE_UNAVAILABLE, as_error_code(error), NULL);
    }
    login = as_login_redirect_make_url(r->main ? r->main : r, r, as_dir(r));
    as_cookie_clear_refused(r, as_srv(r->server), verdict);
    if (login && !r->main) {
        apr_table_setn(r->headers_out, "Location", login);
        apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
        return HTTP_MOVED_TEMPORARILY;
    }
    as_challenge_set_headers(r, error);
    return record_refusal(r, HTTP_UNAUTHORIZED, as_error_code(error), login);
}

/* Browsers send cookies also with requests that another site triggers. */
static int check_origin(request_rec *r, const as_verdict_t *verdict)
{
    if (!verdict->cookie_name || as_origin_allows_cookie(r, as_srv(r->server), as_dir(r))) {
        return OK;
    }
    as_guard_record_error(r, AS_E_CROSS_ORIGIN);
    return HTTP_FORBIDDEN;
}

/* Browsers send preflights without a token: they are answered here and not passed on. */
static int answer_preflight(request_rec *r)
{
    const as_dir_t *dc = as_dir(r);

    if (as_api_path_is_served(r) || !(as_dir_protect(dc) || as_location_has_auth_type(r)) ||
        !as_cors_accept_preflight(r, dc)) {
        return 0;
    }
    as_cors_set_headers(r, dc);
    return 1;
}

static int authenticate(request_rec *r)
{
    const as_verdict_t *verdict;

    if (!as_srv(r->server)->keyring) {
        return fail_misconfigured(r, AS_TAG(0400),
                                  "a token is required, but no AuthSMSKey is set: add AuthSMSKey");
    }
    verdict = as_guard_get_verdict(r);
    if (verdict->error != AS_OK) {
        return refuse(r, verdict);
    }
    if (check_origin(r, verdict) != OK) {
        return HTTP_FORBIDDEN;
    }
    /* The name lives as long as the main request. httpd does not modify r->user's text. */
    r->user = (char *)(verdict->account ? verdict->account->username : verdict->token.claims.id);
    r->ap_auth_type = AUTH_TYPE;
    return OK;
}

/* Is this a guarded sub-request that reads tokens from other sources than its page? Then the user
 * of the page is not its user. */
static int has_other_sources(request_rec *r)
{
    const as_dir_t *dc = as_dir(r);

    return r->main && as_dir_token_from(dc) != as_dir_token_from(as_dir(r->main)) &&
           (as_location_is_protected(r) || as_location_has_auth_type(r));
}

static int protect(request_rec *r)
{
    if (ap_auth_type(r) && !as_location_has_auth_type(r)) {
        return fail_misconfigured(
            r, AS_TAG(0401),
            "AuthSMSProtect On beside an AuthType other than JWT: remove one of them");
    }
    return authenticate(r);
}

/*
 * How httpd authorizes the request without a user, where AuthType JWT lacks a Require: an inherited
 * `Require all granted` is not meant for sections with an AuthType. OK: granted to everybody;
 * DECLINED: a user is needed, or AuthType JWT has a Require; else the status that denies it. This
 * runs the hooks of all modules, also of this one.
 */
static int check_without_user(request_rec *r)
{
    static const char CHECKING[] = "AUTHSMS_CHECKING";
    char *user = r->user;
    int status;

    if (!as_location_lacks_require(r) || as_note_get(r, CHECKING)) {
        return DECLINED;
    }
    /* httpd would refuse this request with a less clear message. */
    if (!as_dir(r)->auth.required) {
        return OK;
    }
    apr_table_addn(r->notes, CHECKING, "");
    status = ap_run_access_checker(r);
    /* The second check decides after a grant (Satisfy All) or after a denial (Satisfy Any). */
    if ((status == OK) == (ap_satisfies(r) != SATISFY_ANY)) {
        status = ap_run_access_checker_ex(r);
    }
    apr_table_unset(r->notes, CHECKING);
    r->user = user;
    return status;
}

static int refuse_without_require(request_rec *r)
{
    return fail_misconfigured(
        r, AS_TAG(0402),
        apr_psprintf(r->pool,
                     "AuthType JWT without a Require for %s in its section or a newer one, and "
                     "no earlier Require needs a user: add Require valid-user",
                     r->method));
}

/*
 * Mark the response as private where its request's own configuration is not enough: a sub-request
 * is a part of other responses; and if no file has the request's name, mod_dir or mod_negotiation
 * may replace the configuration by that of another file.
 */
static int mark_private(request_rec *r)
{
    /* Responses of the API are no-store, but not pages that include one. */
    int is_api_part = as_dir_api(as_dir(r)) && r->main;

    if (!(is_api_part || as_location_is_guarded(r)) || as_response_headers_mark_private(r) ||
        !r->main) {
        return OK;
    }
    ap_log_rerror(
        APLOG_MARK, APLOG_ERR, 0, r,
        AS_TAG(0404) "%.*s: not included in %.*s: its headers were sent already and allow caches "
                     "to store it. Add Header set Cache-Control private there",
        AS_LOG_CLIENT_TEXT_MAX, r->uri, AS_LOG_CLIENT_TEXT_MAX, r->main->uri);
    return HTTP_FORBIDDEN;
}

int as_guard_check_access(request_rec *r)
{
    const as_dir_t *dc = as_dir(r);
    const char *prefix = as_dir_identity_prefix(dc);

    /* First: spoofed headers must not pass, whichever module grants the request. */
    if (prefix) {
        as_identity_remove_spoofed(r, prefix);
    }
    if (as_dir_check_handler(dc)) {
        as_check_handler_ignore_body(r);
    }
    if ((r->main || r->finfo.filetype != APR_REG) && mark_private(r) != OK) {
        return HTTP_FORBIDDEN;
    }
    if (r->method_number == M_OPTIONS && answer_preflight(r)) {
        return HTTP_NO_CONTENT;
    }
    if (as_location_is_protected(r)) {
        return protect(r);
    }
    if (as_dir_api(dc) && !as_api_path_suffix(r)) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                      AS_TAG(0406) "%.*s: refused: AuthSMSApi is On here, but the path is not "
                                   "below the API's Location",
                      AS_LOG_CLIENT_TEXT_MAX, r->uri);
        return HTTP_NOT_FOUND;
    }
    /* Under Satisfy Any another module's OK would be enough. After this refusal httpd calls
     * check_access_ex, which logs the reason. */
    return ap_satisfies(r) == SATISFY_ANY && check_without_user(r) == OK
               ? HTTP_INTERNAL_SERVER_ERROR
               : DECLINED;
}

int as_guard_check_access_ex(request_rec *r)
{
    int status;

    if (r->method_number == M_OPTIONS && answer_preflight(r)) {
        return HTTP_NO_CONTENT;
    }
    status = check_without_user(r);
    if (status != DECLINED) {
        return status == OK ? refuse_without_require(r) : status;
    }
    status = as_location_is_protected(r) ? protect(r) : DECLINED;
    /* With a valid token, Require decides. */
    return status == OK ? DECLINED : status;
}

int as_guard_check_authn(request_rec *r)
{
    if (!as_location_has_auth_type(r)) {
        return DECLINED;
    }
    if (as_api_path_is_served(r)) {
        return fail_misconfigured(r, AS_TAG(0403),
                                  "AuthSMSApi On under an AuthType JWT: put AuthType None and "
                                  "Require all granted into its Location");
    }
    return authenticate(r);
}

int as_guard_is_authenticated(const request_rec *r)
{
    return r->user && r->ap_auth_type == AUTH_TYPE;
}

int as_guard_has_refused(const request_rec *r)
{
    return as_note_get(r, ERROR) != NULL;
}

static inline void set_identity(request_rec *r, int is_first)
{
    const as_dir_t *dc = as_dir(r);
    const as_verdict_t *verdict = as_verdict_get(r, as_dir_user_check(dc));
    const char *prefix = as_dir_identity_prefix(dc);

    if (verdict->error != AS_OK) {
        return;
    }
    as_identity_set_environment(r, is_first, &verdict->token, verdict->account);
    if (prefix) {
        as_identity_set_headers(r, r->headers_in, prefix, &verdict->token, verdict->account);
    }
}

/*
 * Note on a sub-request: mod_dir and mod_negotiation look a file up by it, and then continue the
 * main request with its sections and notes, but with the main request's headers and method, which
 * were not checked by these sections, and without a user. The value says what to repeat.
 */
static const char LOOKUP[] = "AUTHSMS_LOOKUP";
static const char AUTHENTICATED[] = "authenticated", CLEANED[] = "cleaned";

/* Allow the ErrorDocument: the original request was refused already. */
static int was_refused(const request_rec *r)
{
    while (r && !as_guard_has_refused(r)) {
        r = r->prev;
    }
    return r != NULL;
}

/*
 * httpd does not authorize an internal redirect again if it has the sections of the request before.
 * But that one may have ended with an error before it was authorized.
 */
static int check_redirected(request_rec *r)
{
    const char *prefix = as_dir_identity_prefix(as_dir(r));

    if (prefix) {
        as_identity_remove_spoofed(r, prefix);
    }
    if (as_guard_is_authenticated(r) || was_refused(r->prev)) {
        return OK;
    }
    if (check_without_user(r) != DECLINED) {
        return refuse_without_require(r);
    }
    return as_location_is_protected(r) ? protect(r) : OK;
}

/*
 * httpd authorizes an included file with its page if both have the same sections. The page may be
 * an error document, which is served without a token: its includes are checked here. Files that are
 * looked up for the page itself (DirectoryIndex, type maps) are not.
 */
static int check_included(request_rec *r)
{
    if (!as_location_is_protected(r) || as_guard_is_authenticated(r) ||
        !as_response_headers_has_includes(r->main)) {
        return OK;
    }
    return protect(r);
}

/* Internal redirects and includes may have the authorization of the request before them. */
static int check_inherited(request_rec *r)
{
    if (r->prev) {
        return check_redirected(r);
    }
    return r->main ? check_included(r) : OK;
}

const char *as_guard_apply_lookup_refusal(request_rec *r)
{
    const char *code, *login;

    if (!as_lookup_refusal_apply(r, &code, &login)) {
        return NULL;
    }
    if (code) {
        apr_table_setn(r->subprocess_env, ERROR, code);
        apr_table_setn(r->notes, ERROR, code);
    }
    return login;
}

/* An error document shows why the request before it was refused. */
static void copy_error(request_rec *r)
{
    const char *code = apr_table_get(r->prev->subprocess_env, ERROR);

    if (code) {
        apr_table_setn(r->subprocess_env, ERROR, code);
        apr_table_setn(r->subprocess_env, "REDIRECT_AUTHSMS_ERROR", code);
    }
}

int as_guard_fixups(request_rec *r)
{
    int status;

    if (r->prev && r->prev->status != HTTP_OK) {
        as_guard_apply_lookup_refusal(r->prev);
    }
    status = check_inherited(r);
    if (status != OK) {
        return status;
    }
    clear_denial(r);
    if (r->prev) {
        copy_error(r);
    }
    if (as_guard_is_authenticated(r)) {
        set_identity(r, !r->main && !r->prev);
    } else if (has_other_sources(r)) {
        as_identity_unset_environment(r);
    }
    if (r->main && (as_guard_is_authenticated(r) || as_dir_identity_prefix(as_dir(r)))) {
        apr_table_setn(r->notes, LOOKUP, as_guard_is_authenticated(r) ? AUTHENTICATED : CLEANED);
    }
    return DECLINED;
}

int as_guard_fixups_after_lookup(request_rec *r)
{
    const char *note = as_note_get(r, LOOKUP);
    const char *prefix;
    int status;

    if (!note) {
        return DECLINED;
    }
    prefix = as_dir_identity_prefix(as_dir(r));
    status = note == AUTHENTICATED ? authenticate(r) : DECLINED;
    if (prefix) {
        as_identity_remove_spoofed(r, prefix);
    }
    if (status == OK) {
        set_identity(r, 0);
    }
    return status == OK ? DECLINED : status;
}

int as_guard_note_auth_failure(request_rec *r, const char *auth_type)
{
    if (ap_cstr_casecmp(auth_type, AUTH_TYPE) != 0) {
        return DECLINED;
    }
    as_challenge_set_headers(r, AS_E_NO_TOKEN);
    record_refusal(r, HTTP_UNAUTHORIZED, as_note_get(r, DENIED), NULL);
    return OK;
}

/* ---- metrics ---- */

/* -1: the guard did not decide. */
static int find_refusal(const request_rec *r)
{
    const char *code = as_note_get(r, ERROR);
    int verdict;

    if (!code) {
        return as_note_get(r, DENIED) ? AS_METRIC_VERDICT_DENIED : -1;
    }
    if (!*code) {
        return AS_METRIC_VERDICT_MISCONFIGURED;
    }
    verdict = as_metric_find_value(AS_METRIC_LABEL_VERDICT, code);
    /* Not found: the code of a denial that the main request took over from a sub-request. */
    return verdict == AS_METRIC_VERDICT_GRANTED ? AS_METRIC_VERDICT_DENIED : verdict;
}

/* Not inlined: every request runs the hook, and would save the registers of this function. */
__attribute__((noinline)) static void count_any_verdict(const request_rec *r)
{
    int verdict = -1;

    /* Of all internal redirects, an error document among them, the first refusal counts. */
    for (; r && (verdict < 0 || verdict == AS_METRIC_VERDICT_GRANTED); r = r->next) {
        int refusal = find_refusal(r);

        if (refusal >= 0) {
            verdict = refusal;
        } else if (as_guard_is_authenticated(r)) {
            /* Without an identity, a Require of another module denied the request. */
            verdict = as_identity_is_set(r) ? AS_METRIC_VERDICT_GRANTED : AS_METRIC_VERDICT_DENIED;
        }
    }
    if (verdict >= 0) {
        AS_METRIC_INCREMENT(GUARD, verdict, AS_METRIC_ONLY);
    }
}

/* At the end of a request, when its verdict is final: hooks may refuse what another one grants, and
 * run more than once. */
int as_guard_log_transaction(request_rec *r)
{
    if (r->status >= HTTP_MULTIPLE_CHOICES || r->next) {
        count_any_verdict(r);
    } else if (as_guard_is_authenticated(r)) {
        AS_METRIC_INCREMENT(GUARD, AS_METRIC_VERDICT_GRANTED, AS_METRIC_ONLY);
    }
    return DECLINED;
}
