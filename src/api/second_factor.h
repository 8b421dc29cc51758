/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AuthSMSSecondFactor: does an account need two kinds of proof, and which can it still use? `amr`
 * is the list of proofs given so far, words of RFC 8176 separated by blanks: pwd, sms, and mfa once
 * two different kinds were used.
 */
#ifndef AS_API_SECOND_FACTOR_H
#define AS_API_SECOND_FACTOR_H

#include <json-c/json.h>

#include "config/config.h"
#include "store/users.h"

#define AS_PROOF_PASSWORD "pwd"
#define AS_PROOF_SMS "sms"
#define AS_PROOF_MULTIPLE "mfa"

/* What a client can prove its identity with: a set of these bits. */
enum { AS_METHOD_SMS = 1, AS_METHOD_PASSWORD = 2 };

/*
 * Does this account need two kinds of proof, for a login and for the (recent) rule? With
 * `enrolled`, if its owner opted in. SMS is no second factor of an account without a password,
 * since it is its first.
 */
int as_second_factor_is_needed(const as_srv_t *sc, const as_user_t *user);

/* Is a second kind of proof needed, and not among these? */
int as_second_factor_is_missing(const as_srv_t *sc, const as_user_t *user, const char *amr);

/* The methods that add another kind of proof to these; 0: the account has none. SMS needs a proven
 * number, and the owner's consent or `required`. */
int as_second_factor_find_methods(const as_srv_t *sc, const as_user_t *user, const char *amr);

/* A list of the words of api.md, the strongest first. */
json_object *as_second_factor_list_methods(int methods);

/* Is this word among the proofs? */
int as_second_factor_has_proof(const char *amr, const char *proof);

/* The proofs and one more, and mfa if there are two kinds now. */
const char *as_second_factor_add_proof(apr_pool_t *p, const char *amr, const char *proof);

#endif
