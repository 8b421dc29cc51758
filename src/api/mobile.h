/* SPDX-License-Identifier: Apache-2.0 */
/* A mobile number as a client sends it: smsmobile and countryCode. */
#ifndef AS_API_MOBILE_H
#define AS_API_MOBILE_H

#include "api/call.h"

/*
 * Normalize a number and check that it may be texted. country_code: the calling code of a number in
 * national form; NULL: AuthSMSCountry. AS_OK with *mobile (E.164) and *country (its calling code;
 * "": unknown); INVALID_MOBILE or COUNTRY_NOT_ALLOWED.
 */
as_error_t as_mobile_normalize(const as_call_t *call, const char *given, const char *country_code,
                               const char **mobile, const char **country);

#endif
