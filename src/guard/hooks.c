/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/guard.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_request.h>

#include "config/config.h"
#include "base/log.h"
#include "guard/response_headers.h"
#include "guard/identity.h"
#include "guard/lookup_refusal.h"
#include "guard/note.h"
#include "guard/location.h"
#include "guard/login_redirect.h"
#include "auth/challenge.h"
#include "auth/cookie.h"
#include "auth/cors.h"
#include "auth/origin.h"
#include "auth/verdict.h"

APLOG_USE_MODULE(authsms);

/* Also the mark, by its address, of a request that passed here. */
static char AUTH_TYPE[] = "JWT";

const as_verdict_t *as_guard_get_verdict(request_rec *r)
{
    return as_verdict_get(r, as_dir_user_check(as_dir(r)));
}

/* In the environment for logs and pages; in the notes, which no error document inherits, the mark
 * of a request that was refused here. */
static const char ERROR[] = "AUTHSMS_ERROR";

static int misconfigured(request_rec *r, const char *what)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "%.*s: %s", AS_LOG_CLIENT_TEXT_MAX, r->uri, what);
    /* Its error document is not refused again. */
    apr_table_setn(r->notes, ERROR, "");
    return HTTP_INTERNAL_SERVER_ERROR;
}

static void tell(request_rec *r, as_error_t error)
{
    apr_table_setn(r->subprocess_env, ERROR, as_error_code(error));
    apr_table_setn(r->notes, ERROR, as_error_code(error));
}

/* The mark of a request that a Require of ours has denied, though another one may grant it. */
static const char DENIED[] = "AUTHSMS_DENIED";

void as_guard_record_denial(request_rec *r, const char *code)
{
    apr_table_setn(r->subprocess_env, ERROR, code);
    apr_table_setn(r->notes, DENIED, code);
}

static void forget_denied(request_rec *r)
{
    if (as_note_get(r, DENIED)) {
        apr_table_unset(r->subprocess_env, ERROR);
        apr_table_unset(r->notes, DENIED);
    }
}

/* The main request of a lookup may end with the same status. */
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

    tell(r, error);
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

/* A cookie comes along with whatever any site makes the browser send. */
static int is_forged(request_rec *r, const as_verdict_t *verdict)
{
    int forged = verdict->cookie_name && as_origin_needs_check(r) &&
                 !as_origin_is_trusted(r, as_srv(r->server), as_dir(r));

    if (forged) {
        tell(r, AS_E_CROSS_ORIGIN);
        as_origin_log_refusal(r, as_srv(r->server));
    }
    return forged;
}

/* A browser asks without a token whether it may ask with one: answered here, never passed on. */
static int answers_preflight(request_rec *r)
{
    const as_dir_t *dc = as_dir(r);
    int answers = !as_api_path_is_served(r) &&
                  (as_dir_protect(dc) || as_location_has_auth_type(r)) &&
                  as_cors_accept_preflight(r, dc);

    if (answers) {
        as_cors_set_headers(r, dc);
    }
    return answers;
}

static int authenticate(request_rec *r)
{
    const as_verdict_t *verdict;

    if (!as_srv(r->server)->keyring) {
        return misconfigured(r, "a token is asked for, but there is no AuthSMSKey");
    }
    verdict = as_guard_get_verdict(r);
    if (verdict->error != AS_OK) {
        return refuse(r, verdict);
    }
    if (is_forged(r, verdict)) {
        return HTTP_FORBIDDEN;
    }
    /* It lives as long as the main request, and nobody writes into it. */
    r->user = (char *)(verdict->user ? verdict->user->username : verdict->token.claims.id);
    r->ap_auth_type = AUTH_TYPE;
    return OK;
}

/* Is this a guarded part of a page that looks elsewhere for a token? Then it is not for the page's
 * user. */
static int looks_elsewhere(request_rec *r)
{
    const as_dir_t *dc = as_dir(r);

    return r->main && as_dir_token_from(dc) != as_dir_token_from(as_dir(r->main)) &&
           (as_location_is_protected(r) || as_location_has_auth_type(r));
}

static int protect(request_rec *r)
{
    if (ap_auth_type(r) && !as_location_has_auth_type(r)) {
        return misconfigured(r, "AuthSMSProtect On stands beside an AuthType other than JWT");
    }
    return authenticate(r);
}

/*
 * How httpd checks a request without its user where AuthType JWT is bare, since an outer section's
 * grant is not meant for what is under an AuthType. OK: it is granted to everybody; DECLINED: a
 * user is needed, or AuthType is not bare; otherwise the status that denies it. This runs all
 * hooks, this module's among them.
 */
static int check_bare(request_rec *r)
{
    static const char CHECKING[] = "AUTHSMS_CHECKING";
    char *user = r->user;
    int status;

    if (!as_location_lacks_require(r) || as_note_get(r, CHECKING)) {
        return DECLINED;
    }
    /* httpd would refuse this by itself, with a line of its own. */
    if (!as_dir(r)->auth.required) {
        return OK;
    }
    apr_table_addn(r->notes, CHECKING, "");
    status = ap_run_access_checker(r);
    /* Under Satisfy Any the second check counts if the first one denies, otherwise if it grants. */
    if ((status == OK) == (ap_satisfies(r) != SATISFY_ANY)) {
        status = ap_run_access_checker_ex(r);
    }
    apr_table_unset(r->notes, CHECKING);
    r->user = user;
    return status;
}

static int refuse_bare(request_rec *r)
{
    return misconfigured(
        r, apr_psprintf(r->pool,
                        "AuthType JWT without a Require for %s in its section or a newer one, and "
                        "no earlier Require needs a user: add Require valid-user",
                        r->method));
}

/*
 * What decides whether a response is private, where its request's own configuration does not tell:
 * a sub-request is a part of other responses; and where no file has the request's name, mod_dir or
 * mod_negotiation may replace the configuration by that of another file.
 */
static int mark_response(request_rec *r)
{
    /* The API's own responses say no-store. */
    int is_api_part = as_dir_api(as_dir(r)) && r->main;

    if (!(is_api_part || as_location_is_guarded(r)) || as_response_headers_mark_private(r) ||
        !r->main) {
        return OK;
    }
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "%.*s: not included in %.*s, whose headers are sent already and let caches keep "
                  "it: add Header set Cache-Control private there",
                  AS_LOG_CLIENT_TEXT_MAX, r->uri, AS_LOG_CLIENT_TEXT_MAX, r->main->uri);
    return HTTP_FORBIDDEN;
}

int as_guard_check_access(request_rec *r)
{
    const as_dir_t *dc = as_dir(r);
    const char *prefix = as_dir_identity_prefix(dc);

    /* Before anything is decided: whatever lets the request through, a client's word does not pass.
     */
    if (prefix) {
        as_identity_remove_spoofed(r, prefix);
    }
    if ((r->main || r->finfo.filetype != APR_REG) && mark_response(r) != OK) {
        return HTTP_FORBIDDEN;
    }
    if (r->method_number == M_OPTIONS && answers_preflight(r)) {
        return HTTP_NO_CONTENT;
    }
    if (as_location_is_protected(r)) {
        return protect(r);
    }
    if (as_dir_api(dc) && !as_api_path_suffix(r)) {
        return HTTP_NOT_FOUND;
    }
    /* Satisfy Any takes another module's OK for enough, unless one here refuses; then
     * check_access_ex is next, and logs it. */
    return ap_satisfies(r) == SATISFY_ANY && check_bare(r) == OK ? HTTP_INTERNAL_SERVER_ERROR
                                                                 : DECLINED;
}

int as_guard_check_access_ex(request_rec *r)
{
    int status;

    if (r->method_number == M_OPTIONS && answers_preflight(r)) {
        return HTTP_NO_CONTENT;
    }
    status = check_bare(r);
    if (status != DECLINED) {
        return status == OK ? refuse_bare(r) : status;
    }
    status = as_location_is_protected(r) ? protect(r) : DECLINED;

    /* A good token is not the last word: Require is asked next. */
    return status == OK ? DECLINED : status;
}

int as_guard_check_authn(request_rec *r)
{
    if (!as_location_has_auth_type(r)) {
        return DECLINED;
    }
    if (as_api_path_is_served(r)) {
        return misconfigured(r, "AuthSMSApi On under an AuthType JWT: put AuthType None and "
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

static inline void tell_identity(request_rec *r, int anew)
{
    const as_dir_t *dc = as_dir(r);
    const as_verdict_t *verdict = as_verdict_get(r, as_dir_user_check(dc));
    const char *prefix = as_dir_identity_prefix(dc);

    if (verdict->error == AS_OK) {
        as_identity_set_environment(r, anew, &verdict->token, verdict->user);
    }
    if (verdict->error == AS_OK && prefix) {
        as_identity_set_headers(r, prefix, &verdict->token, verdict->user);
    }
}

/*
 * mod_dir and mod_negotiation look a file up by a sub-request, and let the request that asked for
 * it go on in its place: with its sections and notes, but with headers and a method of its own that
 * nobody has judged by them, and for nobody. The note tells what is to be done again.
 */
static const char LOOKUP[] = "AUTHSMS_LOOKUP";
static const char PASSED[] = "passed", SCRUBBED[] = "scrubbed";

/* An error document is served to whom it tells why. */
static int was_refused(const request_rec *r)
{
    while (r && !as_guard_has_refused(r)) {
        r = r->prev;
    }
    return r != NULL;
}

/*
 * httpd takes what has the same sections as the request before for checked, though an error may
 * have ended that one before anybody looked at it.
 */
static int check_sent_on(request_rec *r)
{
    const char *prefix = as_dir_identity_prefix(as_dir(r));

    if (prefix) {
        as_identity_remove_spoofed(r, prefix);
    }
    if (as_guard_is_authenticated(r) || was_refused(r->prev)) {
        return OK;
    }
    if (check_bare(r) != DECLINED) {
        return refuse_bare(r);
    }
    return as_location_is_protected(r) ? protect(r) : OK;
}

/*
 * httpd counts an included file under the same sections as its page as authorized. The page may be
 * an error document, which is served without a token: then its includes are checked here. Files
 * that are looked up for the page itself (DirectoryIndex, type maps) are not.
 */
static int check_included(request_rec *r)
{
    return as_location_is_protected(r) && !as_guard_is_authenticated(r) &&
                   as_response_headers_has_includes(r->main)
               ? protect(r)
               : OK;
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

int as_guard_fixups(request_rec *r)
{
    const char *refused;
    int status;

    if (r->prev && r->prev->status != HTTP_OK) {
        as_guard_apply_lookup_refusal(r->prev);
    }
    refused = r->prev ? apr_table_get(r->prev->subprocess_env, ERROR) : NULL;
    status = r->prev ? check_sent_on(r) : r->main ? check_included(r) : OK;
    if (status != OK) {
        return status;
    }
    forget_denied(r);
    if (refused) {
        apr_table_setn(r->subprocess_env, ERROR, refused);
        apr_table_setn(r->subprocess_env, "REDIRECT_AUTHSMS_ERROR", refused);
    }
    if (as_guard_is_authenticated(r)) {
        tell_identity(r, !r->main && !r->prev);
    } else if (looks_elsewhere(r)) {
        as_identity_unset_environment(r);
    }
    if (r->main && (as_guard_is_authenticated(r) || as_dir_identity_prefix(as_dir(r)))) {
        apr_table_setn(r->notes, LOOKUP, as_guard_is_authenticated(r) ? PASSED : SCRUBBED);
    }
    return DECLINED;
}

int as_guard_fixups_after_lookup(request_rec *r)
{
    const char *found = as_note_get(r, LOOKUP);
    const char *prefix;
    int status;

    if (!found) {
        return DECLINED;
    }
    prefix = as_dir_identity_prefix(as_dir(r));
    status = found == PASSED ? authenticate(r) : DECLINED;
    if (prefix) {
        as_identity_remove_spoofed(r, prefix);
    }
    if (status == OK) {
        tell_identity(r, 0);
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
