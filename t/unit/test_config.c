/* SPDX-License-Identifier: Apache-2.0 */
/* How each member of the configuration is merged, and what it is where nobody sets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

/* Stands in for the module's record, which config.c finds its place by. */
module authsms_module;

/* Any two values that a member can have, told apart, and neither of them unset. */
#define OUTER(type) ((type)(intptr_t)0x1111)
#define INNER(type) ((type)(intptr_t)0x2222)

static int setup(void **state)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

#define EXPECT(config, name, value)                                                                \
    if ((config)->name != (value)) {                                                               \
        fail_msg("%s", #name);                                                                     \
    }

#define MEMBER(type, name, unset, def)                                                             \
    {                                                                                              \
        config_t *outer = create(p), *inner = create(p);                                           \
        EXPECT(inner, name, unset)                                                                 \
        EXPECT((config_t *)merge(p, outer, inner), name, unset)                                    \
        outer->name = OUTER(type);                                                                 \
        EXPECT((config_t *)merge(p, outer, inner), name, OUTER(type))                              \
        inner->name = INNER(type);                                                                 \
        EXPECT((config_t *)merge(p, outer, inner), name, INNER(type))                              \
        outer->name = unset;                                                                       \
        EXPECT((config_t *)merge(p, outer, inner), name, INNER(type))                              \
    }

static void *create_srv(apr_pool_t *p)
{
    return as_srv_create(p, NULL);
}

static void *create_dir(apr_pool_t *p)
{
    return as_dir_create(p, NULL);
}

static void virtual_hosts_inherit_and_override(void **state)
{
    typedef as_srv_t config_t;
    apr_pool_t *p = *state;
    void *(*create)(apr_pool_t *) = create_srv;
    void *(*merge)(apr_pool_t *, void *, void *) = as_srv_merge;

    AS_SRV_MEMBERS(MEMBER)
}

static void locations_inherit_and_override(void **state)
{
    typedef as_dir_t config_t;
    apr_pool_t *p = *state;
    void *(*create)(apr_pool_t *) = create_dir;
    void *(*merge)(apr_pool_t *, void *, void *) = as_dir_merge;

    AS_DIR_MEMBERS(MEMBER)
}

/* A value that equals the default still wins over the outer one. */
static void defaults_override_inherited_values(void **state)
{
    as_srv_t *outer = as_srv_create(*state, NULL), *inner = as_srv_create(*state, NULL), *both;

    outer->validation = 0;
    outer->leeway = apr_time_from_sec(5);
    outer->limits[AS_LIMIT_LOGIN_IP].count = 0;
    inner->validation = 1;
    inner->leeway = 0;
    inner->limits[AS_LIMIT_LOGIN_IP] = as_srv_limit(inner, AS_LIMIT_LOGIN_IP);
    both = as_srv_merge(*state, outer, inner);
    assert_int_equal(as_srv_validation(both), 1);
    assert_int_equal(as_srv_leeway(both), 0);
    assert_int_equal(as_srv_limit(both, AS_LIMIT_LOGIN_IP).count, 100);
}

static void limits_are_merged_one_by_one(void **state)
{
    as_srv_t *outer = as_srv_create(*state, NULL), *inner = as_srv_create(*state, NULL), *both;

    outer->limits[AS_LIMIT_LOGIN_USER] = (as_limit_rule_t){"login/user", 3, 60};
    outer->limits[AS_LIMIT_SMS_IP].count = 0;
    inner->limits[AS_LIMIT_LOGIN_USER] = (as_limit_rule_t){"login/user", 7, 90};
    inner->limits[AS_LIMIT_SMS_TOTAL].count = 0;
    both = as_srv_merge(*state, outer, inner);
    assert_int_equal(as_srv_limit(both, AS_LIMIT_LOGIN_USER).count, 7);
    assert_int_equal(as_srv_limit(both, AS_LIMIT_LOGIN_USER).window, 90);
    assert_int_equal(as_srv_limit(both, AS_LIMIT_SMS_IP).count, 0);
    assert_int_equal(as_srv_limit(both, AS_LIMIT_SMS_TOTAL).count, 0);
    assert_int_equal(as_srv_limit(both, AS_LIMIT_REGISTER_IP).count, 20);
}

/* The numbers that the documentation promises. */
static void unset_members_have_defaults(void **state)
{
    static const struct {
        const char *name;
        int count, seconds;
    } limits[] = {
        {"login/user", 10, 900},   {"login/ip", 100, 900},  {"register/ip", 20, 3600},
        {"verify/user", 10, 3600}, {"sms/number", 5, 3600}, {"sms/ip", 20, 3600},
        {"sms/total", 1000, 3600}, {"sms/login", 10, 3600}, {"refresh/session", 60, 3600},
    };
    const as_srv_t *s = as_srv_create(*state, NULL);
    const as_dir_t *d = as_dir_create(*state, NULL);
    const struct {
        apr_int64_t is, promised;
    } values[] = {
        {as_srv_schema(s), AS_SCHEMA_AUTO},
        {as_srv_token_ttl(s), apr_time_from_sec(3600)},
        {as_srv_refresh_ttl(s), apr_time_from_sec(30 * 86400)},
        {as_srv_refresh_idle(s), 0},
        {as_srv_leeway(s), 0},
        {as_srv_validation(s), 1},
        {as_srv_code_length(s), 6},
        {as_srv_code_ttl(s), apr_time_from_sec(600)},
        {as_srv_code_attempts(s), 5},
        {as_srv_code_resend(s), apr_time_from_sec(30)},
        {as_srv_sms_connect(s), apr_time_from_sec(3)},
        {as_srv_sms_total(s), apr_time_from_sec(10)},
        {as_srv_require_verified(s), 1},
        {as_srv_password_hash(s)->scheme, AS_PASSWORD_BCRYPT},
        {as_srv_password_hash(s)->cost, 10},
        {as_srv_password_min(s), 8},
        {as_srv_password_max(s), 0},
        {as_srv_pending_ttl(s), apr_time_from_sec(86400)},
        {as_dir_api(d), 0},
        {as_dir_always200(d), 0},
        {as_dir_protect(d), 0},
        {as_dir_user_check(d), apr_time_from_sec(10)},
    };

    for (apr_size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_int_equal(values[i].is, values[i].promised);
    }
    assert_string_equal(as_srv_country(s), "+44");
    assert_int_equal(AS_LIMIT_COUNT, sizeof(limits) / sizeof(limits[0]));
    for (int i = 0; i < AS_LIMIT_COUNT; i++) {
        as_limit_rule_t rule = as_srv_limit(s, (as_limit_t)i);

        assert_string_equal(rule.name, limits[i].name);
        assert_int_equal(rule.count, limits[i].count);
        assert_int_equal(rule.window, apr_time_from_sec(limits[i].seconds));
    }
}

/* Each letter is a section, the last is the newest: T is AuthType JWT; R a Require, A a Require
 * with AuthMerging And, G a Require for GET only; O is AuthMerging Off alone; TR a section with
 * both is t. */
static as_auth_rule_t rule_of(const char *sections)
{
    as_auth_rule_t all = {0};

    for (; *sections; sections++) {
        as_auth_rule_t one = {0}, outer = all;

        one.type = strchr("Tt", *sections) ? AS_AUTH_TYPE_JWT : AS_AUTH_TYPE_UNSET;
        one.required = strchr("RAt", *sections) ? -1 : *sections == 'G' ? AP_METHOD_BIT : 0;
        one.newer_than_auth_type = one.required;
        one.merging = *sections == 'A'   ? AS_AUTH_MERGING_ON
                      : *sections == 'O' ? AS_AUTH_MERGING_OFF
                                         : AS_AUTH_MERGING_UNSET;
        as_auth_rule_merge(&all, &outer, &one);
    }
    return all;
}

static void auth_type_and_require_are_merged(void **state)
{
    static const struct {
        const char *sections;
        int bare_get, bare_post;
    } cases[] = {
        {"", 0, 0},    {"R", 0, 0},   {"T", 1, 1},   {"t", 0, 0},   {"RT", 1, 1},   {"TR", 0, 0},
        {"tT", 1, 1},  {"TG", 0, 1},  {"tG", 0, 1},  {"tA", 0, 0},  {"TA", 0, 0},   {"tO", 1, 1},
        {"tOR", 0, 0}, {"RTA", 0, 0}, {"tTR", 0, 0}, {"TRT", 1, 1}, {"TRTG", 0, 1}, {"TGA", 0, 0},
    };

    (void)state;
    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        as_auth_rule_t rule = rule_of(cases[i].sections);

        if (as_auth_rule_lacks_require(&rule, M_GET) != cases[i].bare_get ||
            as_auth_rule_lacks_require(&rule, M_POST) != cases[i].bare_post) {
            fail_msg("%s", cases[i].sections);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_hosts_inherit_and_override),
        cmocka_unit_test(locations_inherit_and_override),
        cmocka_unit_test(defaults_override_inherited_values),
        cmocka_unit_test(limits_are_merged_one_by_one),
        cmocka_unit_test(unset_members_have_defaults),
        cmocka_unit_test(auth_type_and_require_are_merged),
    };

    return cmocka_run_group_tests_name("config", tests, setup, teardown);
}
