/* SPDX-License-Identifier: Apache-2.0 */
/* The identity of an authenticated request, for CGI, logs and back ends: environment variables and
 * request headers. Headers that a client sends under the same names are removed. */
#ifndef AS_GUARD_IDENTITY_H
#define AS_GUARD_IDENTITY_H

#include <httpd.h>
#include <util_filter.h>

#include "auth/account_check.h"
#include "auth/token.h"

/* The input filter that removes spoofed identity headers from trailers, which MergeTrailers adds to
 * the headers. register_hooks sets its handle. */
extern ap_filter_rec_t *as_identity_trailers_filter;
apr_status_t as_identity_clean_trailers(ap_filter_t *f, apr_bucket_brigade *bb,
                                        ap_input_mode_t mode, apr_read_type_e block,
                                        apr_off_t bytes);

/* The roles that Require, AUTHSMS_ROLES and PREFIXRoles see: those of the account if it was looked
 * up, else those of the token. A list (store/roles.h); NULL: none. */
const char *as_identity_get_roles(const as_token_t *token, const as_account_t *account);

/* Was AUTHSMS_ID set? */
int as_identity_is_set(const request_rec *r);

/* Unset AUTHSMS_ID, AUTHSMS_SID, AUTHSMS_ROLES and AUTHSMS_CLAIM_name, which a sub-request inherits
 * from its page. */
void as_identity_unset_environment(request_rec *r);

/* Set AUTHSMS_ID, AUTHSMS_SID, AUTHSMS_ROLES (if there are roles) and AUTHSMS_CLAIM_name in place
 * of older values. is_empty: there are none. account: NULL: not looked up. */
void as_identity_set_environment(request_rec *r, int is_empty, const as_token_t *token,
                                 const as_account_t *account);

/*
 * Remove spoofed identity headers: request headers, later trailers and names in Connection that
 * begin with the prefix, and a sub-request's variables made of such headers. Names that CGI maps to
 * the same variable are equal: case is ignored, and any character but letters and digits is `_`.
 */
void as_identity_remove_spoofed(request_rec *r, const char *prefix);

/*
 * Set in a table of headers (the request's, or the response's) PREFIXId, PREFIXSid, PREFIXUsername
 * and PREFIXRoles, and with an account PREFIXVerified (true, false) and PREFIXMobile. One without a
 * value is not set. `%` and bytes outside printable ASCII are percent-encoded.
 */
void as_identity_set_headers(request_rec *r, apr_table_t *table, const char *prefix,
                             const as_token_t *token, const as_account_t *account);

#endif
