/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the section "Accounts". */
#include <apr_strings.h>
#include <http_core.h>

#include "account/blocklist.h"
#include "account/password.h"
#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"

enum { COST_RECOMMENDED = 10, LENGTH_RECOMMENDED = 8, PARALLEL_MAX = 1024 };

static const char *add_login_method(cmd_parms *cmd, const char *word, int *methods)
{
    static const char *const words[] = {"password", "sms", NULL};
    const int bits[] = {AS_LOGIN_PASSWORD, AS_LOGIN_SMS};
    int index = 0;
    const char *error;

    if (ap_cstr_casecmp(word, "passkey") == 0) {
        return as_parse_error(cmd, word,
                              "comes with a later version; this one has password and sms");
    }
    error = as_parse_choice(cmd, word, words, &index);
    if (error) {
        return error;
    }
    if (*methods & bits[index]) {
        return as_parse_error(cmd, word, "is given twice");
    }
    *methods |= bits[index];
    return NULL;
}

const char *as_set_login(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    int methods = 0;

    (void)dir;
    if (!argc) {
        return apr_psprintf(cmd->pool, "%s needs a method: password, sms or both", cmd->cmd->name);
    }
    for (int i = 0; i < argc; i++) {
        const char *error = add_login_method(cmd, argv[i], &methods);

        if (error) {
            return error;
        }
    }
    as_srv(cmd->server)->login_methods = methods;
    return NULL;
}

const char *as_set_second_factor(cmd_parms *cmd, void *dir, const char *value)
{
    static const char *const words[] = {
        [AS_SECOND_FACTOR_OFF] = "off",
        [AS_SECOND_FACTOR_ENROLLED] = "enrolled",
        [AS_SECOND_FACTOR_REQUIRED] = "required",
        NULL,
    };

    (void)dir;
    return as_parse_choice(cmd, value, words, &as_srv(cmd->server)->second_factor);
}

const char *as_set_require_verified(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_flag(cmd, value, &as_srv(cmd->server)->require_verified);
}

const char *as_set_pending_ttl(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_duration(cmd, value, apr_time_from_sec(1), apr_time_from_sec(365LL * 86400),
                             &as_srv(cmd->server)->pending_ttl);
}

const char *as_set_password_hash(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    const char *cost = NULL, *parallel = NULL;
    const as_parse_option_t options[] = {{"cost", &cost}, {"parallel", &parallel}, {NULL, NULL}};
    const char *error;

    (void)dir;
    if (argc && ap_cstr_casecmp(argv[0], "argon2id") == 0) {
        return as_parse_error(cmd, argv[0],
                              "comes with a later version; this one has bcrypt [cost=10] "
                              "[parallel=N]");
    }
    if (!argc || ap_cstr_casecmp(argv[0], "bcrypt") != 0) {
        return as_parse_error(cmd, argc ? argv[0] : "", "must be bcrypt [cost=10] [parallel=N]");
    }
    sc->hash_parallel = 0;
    if ((error = as_parse_options(cmd, argc - 1, argv + 1, options)) ||
        (error = as_parse_int(cmd, cost ? cost : "10", AS_PASSWORD_COST_MIN, AS_PASSWORD_COST_MAX,
                              &sc->hash_cost)) ||
        (parallel && (error = as_parse_int(cmd, parallel, 1, PARALLEL_MAX, &sc->hash_parallel)))) {
        return error;
    }
    if (sc->hash_cost < COST_RECOMMENDED) {
        as_parse_warn(cmd, "cost=%d is too low, except for tests: use 10 or more", sc->hash_cost);
    }
    return NULL;
}

static const char *read_blocklist(cmd_parms *cmd, const char *file, as_srv_t *sc)
{
    const char *path = ap_server_root_relative(cmd->pool, file);
    const char *reason = NULL;

    return as_blocklist_read(cmd->pool, path ? path : file, &sc->blocklist, &reason) == APR_SUCCESS
               ? NULL
               : as_parse_error(cmd, file, reason);
}

const char *as_set_password_policy(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    const char *min = NULL, *max = NULL, *blocklist = NULL;
    const as_parse_option_t options[] = {
        {"min", &min},
        {"max", &max},
        {"blocklist", &blocklist},
        {NULL, NULL},
    };
    const char *error;

    (void)dir;
    sc->blocklist = as_blocklist_empty();
    if ((error = as_parse_options(cmd, argc, argv, options)) ||
        (error = as_parse_int(cmd, min ? min : "8", 1, AS_PASSWORD_BYTES_MAX, &sc->password_min)) ||
        (error = as_parse_int(cmd, max ? max : "72", sc->password_min, AS_PASSWORD_BYTES_MAX,
                              &sc->password_max))) {
        return error;
    }
    if (sc->password_min < LENGTH_RECOMMENDED) {
        as_parse_warn(cmd, "min=%d permits passwords that are easily guessed: use 8 or more",
                      sc->password_min);
    }
    return blocklist && ap_cstr_casecmp(blocklist, as_config_none) != 0
               ? read_blocklist(cmd, blocklist, sc)
               : NULL;
}

/* Parse "10/15m" or "off". */
static const char *parse_rate(cmd_parms *cmd, const char *value, as_limit_rule_t *rule)
{
    const char *slash = strchr(value, '/');

    if (ap_cstr_casecmp(value, "off") == 0) {
        rule->count = 0;
        return NULL;
    }
    if (!slash ||
        as_parse_int(cmd, apr_pstrmemdup(cmd->temp_pool, value, (apr_size_t)(slash - value)), 1,
                     1000000, &rule->count) ||
        as_parse_duration(cmd, slash + 1, apr_time_from_sec(1), apr_time_from_sec(365LL * 86400),
                          &rule->window)) {
        return as_parse_error(cmd, value, "must be COUNT/DURATION such as 10/15m, or off");
    }
    return NULL;
}

static const char *list_limits(apr_pool_t *p, const as_srv_t *sc)
{
    const char *names = "*";

    for (int i = 0; i < AS_LIMIT_COUNT; i++) {
        names = apr_pstrcat(p, names, ", ", sc->limits[i].name, NULL);
    }
    return names;
}

const char *as_set_limit(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    as_limit_rule_t rule = {NULL, 0, 0};
    const char *error;
    int all = argc && strcmp(argv[0], "*") == 0;
    int found = 0;

    (void)dir;
    if (argc != 2) {
        return apr_psprintf(cmd->pool,
                            "%s needs a name and COUNT/DURATION or off, such as login/user 10/15m",
                            cmd->cmd->name);
    }
    error = parse_rate(cmd, argv[1], &rule);
    if (!error && all && rule.count) {
        error = as_parse_error(cmd, argv[1], "must be off for *");
    }
    for (int i = 0; !error && i < AS_LIMIT_COUNT; i++) {
        if (all || strcmp(argv[0], sc->limits[i].name) == 0) {
            sc->limits[i].count = rule.count;
            sc->limits[i].window = rule.window;
            found = 1;
        }
    }
    if (!error && !found) {
        error = as_parse_error(
            cmd, argv[0],
            apr_pstrcat(cmd->pool, "must be one of ", list_limits(cmd->temp_pool, sc), NULL));
    }
    return error;
}
