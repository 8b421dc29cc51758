/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a module and an authsmsctl that are a release ahead: see schema_next.h. */
#define as_schema_plan as_schema_plan_of_today
#include "store/schema_plan.c"
#undef as_schema_plan

#include "schema_next.h"

extern const as_schema_plan_t as_schema_plan;

static const as_schema_step_t *const next_expand[] = {VERSIONS, version_next};

enum { NEXT_VERSION = sizeof(next_expand) / sizeof(next_expand[0]) };

const as_schema_plan_t as_schema_plan = {
    .version = NEXT_VERSION,
    .min_version = NEXT_VERSION,
    .min_module = 5,
    .expand = next_expand,
    .contract = next_contract,
    .contract_module = NEXT_VERSION,
};
