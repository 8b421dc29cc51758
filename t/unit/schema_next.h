/* SPDX-License-Identifier: Apache-2.0 */
/* A later release, for tests of rolling upgrades: its version adds a column and an index, and no
 * longer needs an index of version 5. */
#ifndef T_SCHEMA_NEXT_H
#define T_SCHEMA_NEXT_H

#include "store/schema_plan.h"

static const as_schema_step_t version_next[] = {
    {.sql = {"ALTER TABLE authsms_users ADD COLUMN later TEXT",
             "ALTER TABLE authsms_users ADD COLUMN IF NOT EXISTS later TEXT"}},
    {.index = "authsms_users_later",
     .on = "authsms_users (later)",
     .is_large = {"SELECT 1 FROM authsms_users LIMIT 1 OFFSET 10000", NULL}},
    {.index = NULL},
};
static const as_stmt_t next_contract[] = {{"DROP INDEX authsms_codes_remote", NULL}, {NULL, NULL}};

#endif
