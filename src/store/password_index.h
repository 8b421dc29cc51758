/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The indexes of password hashes that as_password_verify accepts. A query uses an index only if it
 * has the same condition and expression, word for word.
 *
 * authsms_users_hashes: bcrypt of cost 4 to 16, by cost. authsms_users_argon2: Argon2id by its
 * work, memory × passes; the bounds are those of account/argon2.h.
 */
#ifndef AS_STORE_PASSWORD_INDEX_H
#define AS_STORE_PASSWORD_INDEX_H

#define AS_BCRYPT_INDEX_SQLITE                                                                     \
    "(password GLOB '$2[aby]$0[4-9]$*' OR password GLOB '$2[aby]$1[0-6]$*')"
#define AS_BCRYPT_INDEX_PGSQL "password ~ '^[$]2[aby][$](0[4-9]|1[0-6])[$]'"

/* "$argon2id$v=19$m=19456,t=2,p=1$…": the number m begins at character 18. SQLite casts the digits
 * at the beginning of a text. */
#define AS_ARGON2_MEMORY_SQLITE "CAST(substr(password, 18) AS INTEGER)"
#define AS_ARGON2_WORK_SQLITE                                                                      \
    "(" AS_ARGON2_MEMORY_SQLITE " * CAST(substr(password, instr(password, ',t=') + 3) AS "         \
    "INTEGER))"
#define AS_ARGON2_INDEX_SQLITE                                                                     \
    "password GLOB '$argon2id$v=19$m=[1-9]*,t=[1-9]*,p=[1-9]*$*'"                                  \
    " AND " AS_ARGON2_MEMORY_SQLITE " BETWEEN 128 AND 262144"                                      \
    " AND " AS_ARGON2_WORK_SQLITE " <= 1048576"

#define AS_ARGON2_MEMORY_PGSQL                                                                     \
    "CAST(substring(password from '^[$]argon2id[$]v=19[$]m=([1-9][0-9]{0,6}),') AS BIGINT)"
#define AS_ARGON2_WORK_PGSQL                                                                       \
    "(" AS_ARGON2_MEMORY_PGSQL                                                                     \
    " * CAST(substring(password from ',t=([1-9][0-9]{0,6}),p=') AS BIGINT))"
#define AS_ARGON2_INDEX_PGSQL                                                                      \
    "password ~ '^[$]argon2id[$]v=19[$]m=[1-9][0-9]{0,6},t=[1-9][0-9]{0,6},p=([1-9]|1[0-6])[$]'"   \
    " AND " AS_ARGON2_MEMORY_PGSQL " BETWEEN 128 AND 262144"                                       \
    " AND " AS_ARGON2_WORK_PGSQL " <= 1048576"

#endif
