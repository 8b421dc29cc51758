/* SPDX-License-Identifier: Apache-2.0 */
/* Who the token speaks for, told to what runs behind the guard. */
#ifndef AS_GUARD_IDENTITY_H
#define AS_GUARD_IDENTITY_H

#include <httpd.h>
#include <util_filter.h>

#include "auth/token.h"
#include "store/users.h"

/* An input filter: removes the client's identity headers from the trailers that httpd merges into
 * the request's headers. register_hooks sets its handle. */
extern ap_filter_rec_t *as_identity_trailers_filter;
apr_status_t as_identity_scrub_trailers(ap_filter_t *f, apr_bucket_brigade *bb,
                                        ap_input_mode_t mode, apr_read_type_e block,
                                        apr_off_t bytes);

/* Remove AUTHSMS_ID, AUTHSMS_SID and AUTHSMS_CLAIM_name from the request's environment: a
 * sub-request inherits those of its page. */
void as_identity_unset_environment(request_rec *r);

/* Put AUTHSMS_ID, AUTHSMS_SID and AUTHSMS_CLAIM_name into the request's environment, in the place
 * of any others. anew: none of them can be there yet. */
void as_identity_set_environment(request_rec *r, int anew, const as_token_t *token,
                                 const as_user_t *user);

/*
 * Remove from the request's headers, and from the variables that a sub-request got of its page,
 * whatever begins with the prefix, in any spelling that CGI takes for it (case, `_` and other
 * characters for `-`), in what Connection names and in the trailers to come too.
 */
void as_identity_remove_spoofed(request_rec *r, const char *prefix);

/*
 * Set PREFIXId, PREFIXSid and PREFIXUsername, and what is known of the account: PREFIXVerified
 * (true, false), PREFIXMobile. What is not ASCII, and %, is percent-encoded. user may be NULL.
 */
void as_identity_set_headers(request_rec *r, const char *prefix, const as_token_t *token,
                             const as_user_t *user);

#endif
