/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The condition of the index authsms_users_hashes: bcrypt hashes that as_password_matches accepts,
 * by their scheme and cost (4 to 16). A query uses the index only if it has the same condition,
 * word for word.
 */
#ifndef AS_STORE_BCRYPT_INDEX_H
#define AS_STORE_BCRYPT_INDEX_H

#define AS_BCRYPT_INDEX_SQLITE                                                                     \
    "(password GLOB '$2[aby]$0[4-9]$*' OR password GLOB '$2[aby]$1[0-6]$*')"
#define AS_BCRYPT_INDEX_PGSQL "password ~ '^[$]2[aby][$](0[4-9]|1[0-6])[$]'"

#endif
