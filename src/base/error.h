/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every error that a client can receive: its HTTP status, its `code` word and its text. Handlers
 * return one of these; api/reply turns it into a response.
 */
#ifndef AS_BASE_ERROR_H
#define AS_BASE_ERROR_H

#define AS_ERRORS(X)                                                                               \
    X(BAD_REQUEST, 400, "bad_request", "The request could not be understood.")                     \
    X(MISSING_USERNAME, 400, "missing_username", "Please pass username")                           \
    X(MISSING_MOBILE, 400, "missing_mobile", "Please pass mobile number.")                         \
    X(MISSING_PASSWORD, 400, "missing_password", "Please pass password.")                          \
    X(MISSING_CODE, 400, "missing_code", "Please pass code.")                                      \
    X(INVALID_REQUEST, 400, "invalid_request", "A parameter is missing.")                          \
    X(INVALID_GRANT, 400, "invalid_grant", "The refresh token is not valid.")                      \
    X(UNSUPPORTED_GRANT_TYPE, 400, "unsupported_grant_type",                                       \
      "The grant type must be refresh_token.")                                                     \
    X(MISSING_CHALLENGE, 400, "missing_challenge", "Please pass challenge.")                       \
    X(NO_TOKEN, 401, "no_token", "No token provided.")                                             \
    X(INVALID_TOKEN, 401, "invalid_token", "The token is not valid.")                              \
    X(EXPIRED_TOKEN, 401, "expired_token", "The token has expired.")                               \
    X(BAD_CREDENTIALS, 401, "bad_credentials", "Authentication failed.")                           \
    X(NOT_VERIFIED, 403, "not_verified", "This account is not verified yet.")                      \
    X(SECOND_FACTOR_REQUIRED, 403, "second_factor_required",                                       \
      "This account needs a second factor to log in.")                                             \
    X(LOCKED, 403, "locked", "This account is locked.")                                            \
    X(WRONG_PASSWORD, 403, "wrong_password", "This is not your current password.")                 \
    X(CONFIRMATION_REQUIRED, 403, "confirmation_required", "Please confirm that it is you.")       \
    X(REGISTRATION_CLOSED, 403, "registration_closed", "New accounts cannot be registered here.")  \
    X(INVALID_INVITATION, 403, "invalid_invitation", "This invitation is not valid.")              \
    X(CROSS_ORIGIN, 403, "cross_origin", "This request came from another site.")                   \
    X(BAD_SIGNATURE, 403, "bad_signature", "This is not signed by a provider of ours.")            \
    X(FORBIDDEN, 403, "forbidden", "This request is not allowed.")                                 \
    X(NOT_FOUND, 404, "not_found", "There is nothing at this address.")                            \
    X(UNKNOWN_USER, 404, "unknown_user", "User not found for this ID")                             \
    X(UNKNOWN_SESSION, 404, "unknown_session", "This account has no such session.")                \
    X(UNKNOWN_CHALLENGE, 404, "unknown_challenge", "This login is over - please start again.")     \
    X(NOTHING_PENDING, 404, "nothing_pending", "There is nothing to confirm.")                     \
    X(METHOD_NOT_ALLOWED, 405, "method_not_allowed", "This method is not allowed here.")           \
    X(REQUEST_TIMEOUT, 408, "request_timeout", "The request was not complete in time.")            \
    X(USERNAME_TAKEN, 409, "username_taken", "Username already exists")                            \
    X(ALREADY_VERIFIED, 409, "already_verified", "This account is verified already.")              \
    X(NOT_ENROLLED, 409, "not_enrolled", "This account cannot use text messages here.")            \
    X(NO_PROVEN_NUMBER, 409, "not_verified", "This account has no verified mobile number.")        \
    X(CODE_EXPIRED, 410, "code_expired", "This code has expired - please ask for another.")        \
    X(TOO_LARGE, 413, "too_large", "The request is too large.")                                    \
    X(URI_TOO_LONG, 414, "uri_too_long", "The address of the request is too long.")                \
    X(UNSUPPORTED_MEDIA_TYPE, 415, "unsupported_media_type",                                       \
      "Please send application/json or application/x-www-form-urlencoded.")                        \
    X(INVALID_USERNAME, 422, "invalid_username", "This username cannot be used.")                  \
    X(INVALID_MOBILE, 422, "invalid_mobile", "This is not a mobile number that can be used.")      \
    X(COUNTRY_NOT_ALLOWED, 422, "country_not_allowed",                                             \
      "Mobile numbers of this country are not accepted.")                                          \
    X(WEAK_PASSWORD, 422, "weak_password", "This password cannot be used.")                        \
    X(INVALID_CODE, 422, "invalid_code", "The token you entered was invalid - please retry.")      \
    X(TOO_MANY_ATTEMPTS, 429, "too_many_attempts",                                                 \
      "Too many wrong codes - please ask for another.")                                            \
    X(RATE_LIMITED, 429, "rate_limited", "Too many requests - please try again later.")            \
    X(SERVER_ERROR, 500, "server_error", "The server failed - please try again later.")            \
    X(NOT_IMPLEMENTED, 501, "not_implemented", "The server does not support this request.")        \
    X(SMS_FAILED, 502, "sms_failed", "We could not send you a text message - please try again.")   \
    X(UNAVAILABLE, 503, "unavailable", "The service is not available - please try again later.")

typedef enum as_error_t {
    AS_OK = 0,
#define AS_ERROR_ENUM(name, status, code, msg) AS_E_##name,
    AS_ERRORS(AS_ERROR_ENUM)
#undef AS_ERROR_ENUM
} as_error_t;

/* The error for a status that httpd itself returns: the general one of that status, if there is
 * one, else FORBIDDEN (4xx) or SERVER_ERROR (5xx). */
as_error_t as_error_from_status(int status);

/* The HTTP status; 200 for AS_OK. */
int as_error_status(as_error_t e);

/* The code word, such as "username_taken"; NULL for AS_OK. It never changes. */
const char *as_error_code(as_error_t e);

/* The text for users; "" for AS_OK. */
const char *as_error_msg(as_error_t e);

#endif
