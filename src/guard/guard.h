/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks of the guard, which mod_authsms.c registers, and what files of the guard share. */
#ifndef AS_GUARD_GUARD_H
#define AS_GUARD_GUARD_H

#include <httpd.h>

#include "auth/verdict.h"

/* check_access, which runs for all modules: removes spoofed headers, answers preflights, and
 * decides AuthSMSProtect. */
int as_guard_check_access(request_rec *r);
/* check_access_ex, first: decides AuthSMSProtect again, so that neither Satisfy Any nor Require
 * overrides it, and refuses AuthType JWT without a Require. */
int as_guard_check_access_ex(request_rec *r);
/* check_authn: AuthType JWT. */
int as_guard_check_authn(request_rec *r);
/* fixups: set the identity, or AUTHSMS_ERROR for an error document. */
int as_guard_fixups(request_rec *r);
/* fixups, after mod_dir's and before mod_headers': the same, after mod_dir or mod_negotiation
 * replaced the file. Also checks its origin, which is unknown in the sub-request. */
int as_guard_fixups_after_lookup(request_rec *r);
/* note_auth_failure: set the challenges of a 401 that another module sends (a Require failed). */
int as_guard_note_auth_failure(request_rec *r, const char *auth_type);
/* log_transaction: count the verdict. */
int as_guard_log_transaction(request_rec *r);

/* The verdict by this section's AuthSMSUserCheck. */
const as_verdict_t *as_guard_get_verdict(request_rec *r);
/* Is the request authenticated by this module? */
int as_guard_is_authenticated(const request_rec *r);
/* Did this module refuse the request, for its token or its origin? */
int as_guard_has_refused(const request_rec *r);
/* This module refuses the request: set AUTHSMS_ERROR. */
void as_guard_record_error(request_rec *r, as_error_t error);
/* A Require of this module denies the request: set AUTHSMS_ERROR, unless another Require grants it.
 */
void as_guard_record_denial(request_rec *r, const char *code);
/* Add the headers and AUTHSMS_ERROR of a refused lookup (guard/lookup_refusal.h) to a request that
 * ends with an error. Returns the URL for Location, or NULL. */
const char *as_guard_apply_lookup_refusal(request_rec *r);

#endif
