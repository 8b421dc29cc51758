/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the section "Tokens". */
#include <apr_strings.h>
#include <http_core.h>

#include "base/log.h"
#include "base/secret_source.h"
#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"
#include "jose/key_strength.h"
#include "jose/keyring.h"

enum { SECRET_MIN_BYTES = 32, ALG_NAME_MAX = 7 };
static const apr_interval_time_t TEN_YEARS = apr_time_from_sec(3650LL * 86400);

/* The key=value and flag words after ALG and SOURCE. */
typedef struct key_words_t {
    const char *kid;
    int verify_only;
    int weak;
} key_words_t;

static const char *read_key_words(cmd_parms *cmd, int argc, char *const argv[], key_words_t *words)
{
    for (int i = 0; i < argc; i++) {
        const char *kid = as_parse_value_of(argv[i], "kid");
        int *flag = NULL;

        if (strcmp(argv[i], "verify-only") == 0) {
            flag = &words->verify_only;
        } else if (strcmp(argv[i], "weak") == 0) {
            flag = &words->weak;
        } else if (!kid || !*kid) {
            /* The word is not shown: it may be a part of a secret with blanks. */
            return apr_psprintf(cmd->pool,
                                "%s: only kid=ID, verify-only and weak can follow the source "
                                "(quote a source with blanks as a whole)",
                                cmd->cmd->name);
        }
        if ((flag && *flag) || (kid && words->kid)) {
            return as_parse_error(cmd, flag ? argv[i] : "kid", "is given twice");
        }
        if (flag) {
            *flag = 1;
        } else {
            words->kid = kid;
        }
    }
    return NULL;
}

static const char *check_strength(cmd_parms *cmd, const as_key_t *key, const key_words_t *words)
{
    const char *weakness = as_key_strength_check(cmd->pool, key);
    as_alg_t alg = as_key_alg(key);

    if (words->weak && !as_alg_is_symmetric(alg)) {
        return as_parse_error(cmd, as_alg_name(alg), "weak is only for HMAC secrets");
    }
    if (weakness && !(words->weak && as_key_strength_is_only_short(cmd->temp_pool, key))) {
        return as_parse_error(cmd, as_alg_name(alg), weakness);
    }
    if (weakness) {
        as_parse_warn(cmd, AS_TAG(0162),
                      "%s: %s; with 'weak' it verifies tokens and never signs them",
                      as_alg_name(alg), weakness);
    } else if (words->weak) {
        as_parse_warn(
            cmd, AS_TAG(0163),
            "%s: this secret is long enough, but with 'weak' it never signs: remove 'weak'",
            as_alg_name(alg));
    }
    return NULL;
}

/* Add a key; its kid must be unique. */
static const char *add_key(cmd_parms *cmd, const as_key_t *key)
{
    as_srv_t *sc = as_srv(cmd->server);
    const char *kid = as_key_kid(key);
    apr_array_header_t *keys = sc->keys ? apr_array_copy(cmd->pool, sc->keys)
                                        : apr_array_make(cmd->pool, 2, sizeof(const as_key_t *));

    for (int i = 0; kid && i < keys->nelts; i++) {
        const char *other = as_key_kid(APR_ARRAY_IDX(keys, i, const as_key_t *));

        if (other && strcmp(other, kid) == 0) {
            return as_parse_error(cmd, kid,
                                  "is the kid of two keys: remove one of the lines, or set another "
                                  "kid=ID for one key");
        }
    }
    APR_ARRAY_PUSH(keys, const as_key_t *) = key;
    sc->keys = keys;
    return NULL;
}

static const char *algorithm_error(cmd_parms *cmd, const char *word, const char *next)
{
    const char *right = apr_pstrcat(cmd->pool, "must be one of ", as_alg_names(), NULL);
    as_alg_t alg;
    /* A long word, or one before an algorithm, is probably the secret: do not show it. */
    int may_be_secret =
        strlen(word) > ALG_NAME_MAX || as_alg_find(next, strlen(next), &alg) == APR_SUCCESS;

    return may_be_secret ? apr_pstrcat(cmd->pool, cmd->cmd->name, ": the first word ", right, NULL)
                         : as_parse_error(cmd, word, right);
}

const char *as_set_key(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    key_words_t words = {NULL, 0, 0};
    const as_key_t *key;
    const char *error;
    as_span_t material;
    as_alg_t alg;

    (void)dir;
    if (argc == 1 && ap_cstr_casecmp(argv[0], as_config_none) == 0) {
        as_srv(cmd->server)->keys = apr_array_make(cmd->pool, 2, sizeof(const as_key_t *));
        return NULL;
    }
    if (argc < 2) {
        return apr_psprintf(cmd->pool,
                            "%s needs an algorithm and a source, such as HS256 file:PATH",
                            cmd->cmd->name);
    }
    if (as_alg_find(argv[0], strlen(argv[0]), &alg) != APR_SUCCESS) {
        return algorithm_error(cmd, argv[0], argv[1]);
    }
    error = read_key_words(cmd, argc - 2, argv + 2, &words);
    if (!error) {
        error = as_parse_secret(
            cmd, argv[1], as_alg_is_symmetric(alg) ? AS_SECRET_SOURCE_HMAC : AS_SECRET_SOURCE_WHOLE,
            &material);
    }
    if (error) {
        return error;
    }
    if (as_key_create(cmd->pool, alg, material, words.kid,
                      words.verify_only || words.weak ? AS_KEY_VERIFY_ONLY : 0, &key,
                      &error) != APR_SUCCESS) {
        return as_parse_error(cmd, argv[0], error);
    }
    error = check_strength(cmd, key, &words);
    return error ? error : add_key(cmd, key);
}

const char *as_set_secret(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    apr_array_header_t *secrets = apr_array_make(cmd->pool, 2, sizeof(as_span_t));
    const char *weakness;
    const char *error =
        argc ? NULL
             : apr_psprintf(cmd->pool, "%s needs a source, such as file:PATH", cmd->cmd->name);

    (void)dir;
    if (argc == 1 && ap_cstr_casecmp(argv[0], as_config_none) == 0) {
        sc->secrets = secrets;
        return NULL;
    }
    for (int i = 0; !error && i < argc; i++) {
        as_span_t *secret = apr_array_push(secrets);

        error = as_parse_secret(cmd, argv[i], AS_SECRET_SOURCE_HMAC, secret);
        weakness =
            error ? NULL : as_key_strength_check_secret(cmd->pool, *secret, SECRET_MIN_BYTES);
        if (weakness) {
            error = apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", weakness, NULL);
        }
    }
    sc->secrets = secrets;
    return error;
}

const char *as_set_token_ttl(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_duration(cmd, value, 0, TEN_YEARS, &as_srv(cmd->server)->token_ttl);
}

const char *as_set_refresh_ttl(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    const char *idle = NULL;
    const as_parse_option_t options[] = {{"idle", &idle}, {NULL, NULL}};
    const char *error;

    (void)dir;
    if (!argc) {
        return apr_psprintf(cmd->pool, "%s needs a duration, such as 30d", cmd->cmd->name);
    }
    error = as_parse_duration(cmd, argv[0], 0, TEN_YEARS, &sc->refresh_ttl);
    if (!error) {
        error = as_parse_options(cmd, argc - 1, argv + 1, options);
    }
    sc->refresh_idle = 0;
    if (error || !idle) {
        return error;
    }
    error = as_parse_duration(cmd, idle, apr_time_from_sec(1), TEN_YEARS, &sc->refresh_idle);
    if (!error && sc->refresh_idle > sc->refresh_ttl) {
        error =
            as_parse_error(cmd, idle,
                           sc->refresh_ttl ? "idle= must not be longer than the lifetime before it"
                                           : "idle= needs a lifetime other than 0 before it");
    }
    return error;
}

const char *as_set_leeway(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_duration(cmd, value, 0, apr_time_from_sec(600), &as_srv(cmd->server)->leeway);
}

const char *as_set_issuer(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_text(cmd, value, &as_srv(cmd->server)->issuer);
}

const char *as_set_audience(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_text(cmd, value, &as_srv(cmd->server)->audience);
}

const char *as_set_require_claims(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    apr_array_header_t *names = apr_array_make(cmd->pool, argc, sizeof(const char *));
    int none = argc == 1 && ap_cstr_casecmp(argv[0], as_config_none) == 0;

    (void)dir;
    for (int i = 0; i < argc && !none; i++) {
        if (!*argv[i] || ap_cstr_casecmp(argv[i], as_config_none) == 0) {
            return as_parse_error(cmd, argv[i], "must be names of claims, or only none");
        }
        APR_ARRAY_PUSH(names, const char *) = argv[i];
    }
    as_srv(cmd->server)->require_claims = names;
    return argc ? NULL
                : apr_psprintf(cmd->pool, "%s needs names of claims, or none", cmd->cmd->name);
}
