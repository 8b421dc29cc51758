/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argon2id (RFC 9106), by libargon2, in the PHC string format:
 * "$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG". Lanes are computed one after the other: no thread is
 * started. libargon2 wipes its memory before it frees it.
 */
#ifndef AS_ACCOUNT_ARGON2_H
#define AS_ACCOUNT_ARGON2_H

#include <apr_pools.h>

/* Bounds of a hash that is verified, so that a hash in the database can neither exhaust the memory
 * nor occupy a thread. KiB; work is memory × passes. store/password_index.h has the same bounds. */
#define AS_ARGON2_MEMORY_MIN 128
#define AS_ARGON2_MEMORY_MAX 262144
#define AS_ARGON2_WORK_MAX 1048576
#define AS_ARGON2_LANES_MAX 16

typedef struct as_argon2_params_t {
    int memory; /* m, KiB; 0: none */
    int passes; /* t */
    int lanes;  /* p */
} as_argon2_params_t;

/* Read the parameters at the beginning of a hash; the rest of the text is ignored. APR_ENOENT: not
 * an Argon2id hash of version 19 with m, t and p in decimal. APR_EINVAL: out of bounds. */
apr_status_t as_argon2_read_params(const char *text, as_argon2_params_t *params);

/* Is the text a whole hash within the bounds? */
int as_argon2_is_valid(apr_pool_t *p, const char *stored);

/* memory × passes: the number of 1 KiB blocks that a hash computes. */
int as_argon2_work(const as_argon2_params_t *params);

/* Is a hash with the parameters of another text than these? */
int as_argon2_differ(const as_argon2_params_t *a, const as_argon2_params_t *b);

/* Hash with a new random salt of 16 bytes into a tag of 32 bytes. APR_ENOMEM: no memory. */
apr_status_t as_argon2_hash(apr_pool_t *p, const as_argon2_params_t *params, const char *password,
                            const char **hash);

/* Compare a password with a hash. *params: its parameters; memory 0: the text is no valid hash
 * within the bounds, and never matches. APR_ENOMEM: no memory; not compared. */
apr_status_t as_argon2_verify(apr_pool_t *p, const char *password, const char *stored,
                              as_argon2_params_t *params, int *matches);

/* Do the work of one hash of `target`, less that of one of `spent`, which was done (memory 0:
 * none). Nothing if that is not positive. APR_ENOMEM: no memory. */
apr_status_t as_argon2_spend(const as_argon2_params_t *spent, const as_argon2_params_t *target,
                             const char *password);

#endif
