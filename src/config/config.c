/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <apr_strings.h>

#include "config/directives.h"

const char as_config_none[] = "none";
const char as_config_default[] = "default";

const as_fraud_guard_t as_fraud_guard_off = {AS_FRAUD_GUARD_OFF, 0, 0};

static const as_limit_rule_t default_limits[AS_LIMIT_COUNT] = {
#define AS_LIMIT_ROW(name, text, count, seconds) {text, count, apr_time_from_sec(seconds)},
    AS_LIMITS(AS_LIMIT_ROW)
#undef AS_LIMIT_ROW
};

as_limit_rule_t as_srv_limit(const as_srv_t *c, as_limit_t limit)
{
    return c->limits[limit].count == AS_UNSET ? default_limits[limit] : c->limits[limit];
}

const char *as_srv_receipt_url(apr_pool_t *p, const as_srv_t *c)
{
    const char *url = as_srv_public_url(c);

    return url ? apr_pstrcat(p, url, "/sms/status", NULL) : NULL;
}

const char *as_dir_identity_prefix(const as_dir_t *c)
{
    const char *prefix = as_dir_pass_identity(c);

    return prefix == as_config_none ? NULL : prefix;
}

const char *as_dir_login_page(const as_dir_t *c)
{
    const char *page = as_dir_unauthorized(c);

    return page == as_config_none ? NULL : page;
}

/* Is a source of this kind (cookie or header) listed? */
static int has_source(const as_dir_t *c, int is_cookie)
{
    const apr_array_header_t *sources = as_dir_token_from(c);

    for (int i = 0; sources && i < sources->nelts; i++) {
        if (!!APR_ARRAY_IDX(sources, i, as_credential_source_t).cookie == is_cookie) {
            return 1;
        }
    }
    return 0;
}

int as_dir_reads_header(const as_dir_t *c)
{
    return !as_dir_token_from(c) || has_source(c, 0);
}

int as_dir_reads_cookie(const as_dir_t *c)
{
    return has_source(c, 1);
}

void *as_srv_create(apr_pool_t *p, server_rec *s)
{
    as_srv_t *c = apr_pcalloc(p, sizeof(*c));

    (void)s;
#define AS_CREATE(type, name, unset, def) c->name = unset;
    AS_SRV_MEMBERS(AS_CREATE)
    for (int i = 0; i < AS_LIMIT_COUNT; i++) {
        c->limits[i] = default_limits[i];
        c->limits[i].count = AS_UNSET;
    }
    return c;
}

void *as_srv_merge(apr_pool_t *p, void *base, void *add)
{
    const as_srv_t *outer = base;
    const as_srv_t *inner = add;
    as_srv_t *c = apr_pcalloc(p, sizeof(*c));

#define AS_MERGE(type, name, unset, def)                                                           \
    c->name = inner->name == (unset) ? outer->name : inner->name;
    AS_SRV_MEMBERS(AS_MERGE)
    for (int i = 0; i < AS_LIMIT_COUNT; i++) {
        c->limits[i] = inner->limits[i].count == AS_UNSET ? outer->limits[i] : inner->limits[i];
    }
    for (int i = 0; i < AS_TEXT_COUNT; i++) {
        c->texts[i] = inner->texts[i] ? inner->texts[i] : outer->texts[i];
    }
    return c;
}

void *as_dir_create(apr_pool_t *p, char *path)
{
    as_dir_t *c = apr_pcalloc(p, sizeof(*c));

    (void)path;
    AS_DIR_MEMBERS(AS_CREATE)
    return c;
}

void *as_dir_merge(apr_pool_t *p, void *base, void *add)
{
    const as_dir_t *outer = base;
    const as_dir_t *inner = add;
    as_dir_t *c = apr_pcalloc(p, sizeof(*c));

    AS_DIR_MEMBERS(AS_MERGE)
    as_auth_rule_merge(&c->auth, &outer->auth, &inner->auth);
    return c;
}
