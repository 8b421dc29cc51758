/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization by the account and by the claims of the token. Four providers:
 *   Require authsms-verified
 *     The account is verified.
 *   Require authsms-role ROLE…
 *     The account has one of these roles, compared by bytes. With AuthSMSUserCheck off: the claim
 *     `roles` contains one of them.
 *   Require authsms-claim NAME VALUE…
 *     The claim equals one of the values: strings by bytes, numbers as written in the token,
 *     booleans as true or false. Of an array, one element is enough. NAME is a JSON pointer (it
 *     begins with /) or a dotted name (text/json_path.h). A dotted name that could mean several
 *     members denies, also under `not` and RequireNone.
 *   Require authsms-scope WORD…
 *     The claim `scope` contains one of the words. It is a list separated by blanks (RFC 8693
 *     section 4.2, RFC 9068 section 2.2.3) or an array of strings.
 */
#ifndef AS_GUARD_REQUIRE_H
#define AS_GUARD_REQUIRE_H

#include <mod_auth.h>

#define AS_REQUIRE_VERIFIED "authsms-verified"
#define AS_REQUIRE_ROLE "authsms-role"
#define AS_REQUIRE_CLAIM "authsms-claim"
#define AS_REQUIRE_SCOPE "authsms-scope"

extern const authz_provider as_require_verified, as_require_role, as_require_claim,
    as_require_scope;

#endif
