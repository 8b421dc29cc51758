/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes of htpasswd -m (apr1), -s (SHA-1) and -d (crypt), which are weak. authsmsctl imports them.
 * They verify until the next login, which replaces them.
 */
#ifndef AS_ACCOUNT_LEGACY_HASH_H
#define AS_ACCOUNT_LEGACY_HASH_H

/*
 * "$apr1$", 1 to 8 characters of salt, "$", 22 characters; "{SHA}" and 28 characters of base64; or
 * the 13 characters of a DES crypt. Other kinds of crypt are not known: some take seconds.
 */
int as_legacy_hash_is_known(const char *stored);

/* Does the password match? Takes well below the time of one bcrypt hash of cost 8. 0 also for a
 * hash that is not known. crypt compares the first 8 bytes of a password only. */
int as_legacy_hash_matches(const char *password, const char *stored);

/* After a mismatch with `stored` (NULL: none, or a hash of another kind): do the work of one apr1
 * and one crypt, except of the one that the comparison has done. SHA-1 takes next to nothing. */
void as_legacy_hash_spend(const char *password, const char *stored);

#endif
