/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the section "Accounts". */
#include <apr_strings.h>
#include <http_core.h>

#include "account/blocklist.h"
#include "account/password.h"
#include "base/log.h"
#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"

enum {
    COST_RECOMMENDED = 10,
    ARGON2_MEMORY_MIN = 7168, /* KiB, of new hashes */
    LENGTH_RECOMMENDED = 8,
    PARALLEL_MAX = 1024
};

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

/* OWASP's minimum for Argon2id: these pairs, or more of either. */
static int is_weak(const as_argon2_params_t *params)
{
    static const struct {
        int memory, passes;
    } pairs[] = {{47104, 1}, {19456, 2}, {12288, 3}, {9216, 4}, {ARGON2_MEMORY_MIN, 5}};

    for (apr_size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (params->memory >= pairs[i].memory && params->passes >= pairs[i].passes) {
            return 0;
        }
    }
    return 1;
}

/* cost=, m=, t=, p=; NULL: not given. */
typedef struct hash_words_t {
    const char *cost, *memory, *passes, *lanes, *parallel;
} hash_words_t;

static const char *parse_bcrypt(cmd_parms *cmd, const hash_words_t *words,
                                as_password_hash_options_t *options)
{
    const char *error = as_parse_int(cmd, words->cost ? words->cost : "10", AS_BCRYPT_COST_MIN,
                                     AS_BCRYPT_COST_MAX, &options->cost);

    if (!error && options->cost < COST_RECOMMENDED) {
        as_parse_warn(cmd, AS_TAG(0164), "cost=%d is too low, except for tests: use 10 or more",
                      options->cost);
    }
    return error;
}

static const char *parse_argon2id(cmd_parms *cmd, const hash_words_t *words,
                                  as_password_hash_options_t *options)
{
    as_argon2_params_t *params = &options->argon2;
    const char *error;

    if ((error = as_parse_int(cmd, words->memory ? words->memory : "19456", ARGON2_MEMORY_MIN,
                              AS_ARGON2_MEMORY_MAX, &params->memory)) ||
        (error = as_parse_int(cmd, words->passes ? words->passes : "2", 1,
                              AS_ARGON2_WORK_MAX / params->memory, &params->passes)) ||
        (error = as_parse_int(cmd, words->lanes ? words->lanes : "1", 1, AS_ARGON2_LANES_MAX,
                              &params->lanes))) {
        return error;
    }
    if (is_weak(params)) {
        as_parse_warn(cmd, AS_TAG(0165),
                      "m=%d t=%d is too weak: use at least m=19456 t=2 or m=12288 t=3 "
                      "(more memory needs fewer passes)",
                      params->memory, params->passes);
    }
    return NULL;
}

const char *as_set_password_hash(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    static const char *const schemes[] = {"bcrypt", "argon2id", NULL}; /* as_password_scheme_t */
    as_srv_t *sc = as_srv(cmd->server);
    as_password_hash_options_t *options = apr_pcalloc(cmd->pool, sizeof(*options));
    hash_words_t words = {NULL, NULL, NULL, NULL, NULL};
    const as_parse_option_t bcrypt[] = {
        {"cost", &words.cost}, {"parallel", &words.parallel}, {NULL, NULL}};
    const as_parse_option_t argon2id[] = {{"m", &words.memory},
                                          {"t", &words.passes},
                                          {"p", &words.lanes},
                                          {"parallel", &words.parallel},
                                          {NULL, NULL}};
    const char *error;
    int scheme;

    (void)dir;
    if ((error = as_parse_choice(cmd, argc ? argv[0] : "", schemes, &scheme))) {
        return error;
    }
    options->scheme = (as_password_scheme_t)scheme;
    sc->password_hash = options;
    sc->hash_parallel = 0;
    if ((error = as_parse_options(cmd, argc - 1, argv + 1,
                                  scheme == AS_PASSWORD_BCRYPT ? bcrypt : argon2id)) ||
        (error = scheme == AS_PASSWORD_BCRYPT ? parse_bcrypt(cmd, &words, options)
                                              : parse_argon2id(cmd, &words, options))) {
        return error;
    }
    return words.parallel ? as_parse_int(cmd, words.parallel, 1, PARALLEL_MAX, &sc->hash_parallel)
                          : NULL;
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
    const int most = as_password_max_bytes(AS_PASSWORD_ARGON2ID);
    const char *error;

    (void)dir;
    sc->blocklist = as_blocklist_empty();
    sc->password_max = 0;
    if ((error = as_parse_options(cmd, argc, argv, options)) ||
        (error = as_parse_int(cmd, min ? min : "8", 1, most, &sc->password_min)) ||
        (max && (error = as_parse_int(cmd, max, sc->password_min, most, &sc->password_max)))) {
        return error;
    }
    if (sc->password_min < LENGTH_RECOMMENDED) {
        as_parse_warn(cmd, AS_TAG(0166),
                      "min=%d permits passwords that are easily guessed: use 8 or more",
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
