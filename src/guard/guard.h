/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's hooks, for the map (mod_authsms.c). */
#ifndef AS_GUARD_GUARD_H
#define AS_GUARD_GUARD_H

#include <httpd.h>

#include "auth/verdict.h"

/* check_access (all modules run): the front half of AuthSMSProtect. */
int as_guard_check_access(request_rec *r);
/* check_access_ex, first: the back half, so that neither Satisfy Any nor Require overrules it. */
int as_guard_check_access_ex(request_rec *r);
/* check_authn: AuthType JWT. */
int as_guard_check_authn(request_rec *r);
/* Did a token of ours let this request through? */
int as_guard_is_authenticated(const request_rec *r);
/* Was it refused here, for its token or its origin? */
int as_guard_has_refused(const request_rec *r);
/* Give a request that ends with an error the headers and AUTHSMS_ERROR of its refused lookup
 * (guard/lookup_refusal.h). The address for Location, or NULL. */
const char *as_guard_apply_lookup_refusal(request_rec *r);
/* A Require of ours denies it, as far as this one goes: the word for AUTHSMS_ERROR. */
void as_guard_record_denial(request_rec *r, const char *code);
/* What its token is worth here, by this Location's AuthSMSUserCheck. */
const as_verdict_t *as_guard_get_verdict(request_rec *r);
/* fixups: the identity goes into the environment, or why it was refused, for an error document. */
int as_guard_fixups(request_rec *r);
/* fixups, after mod_dir's and before mod_headers': the same for a request that became what was
 * looked up for it; and is it forged, which is not known of a sub-request? */
int as_guard_fixups_after_lookup(request_rec *r);
/* note_auth_failure: the challenges of a 401 that another module answers (a Require that failed).
 */
int as_guard_note_auth_failure(request_rec *r, const char *auth_type);

#endif
