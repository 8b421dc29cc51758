/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization by the token: the providers behind `Require authsms-verified` and `Require
 * authsms-claim NAME VALUE…`. A claim matches if it equals one of the values: strings by their
 * bytes, numbers as they stand in the token, booleans as true or false; an array, if one of its
 * members does. A claim whose whole name is NAME goes first, else its dots go into objects.
 */
#ifndef AS_GUARD_REQUIRE_H
#define AS_GUARD_REQUIRE_H

#include <apr_pools.h>

/* For register_hooks. */
void as_require_register(apr_pool_t *p);

#endif
