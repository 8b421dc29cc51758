/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: AuthSMSKey and AuthSMSSecret. */
#include "ctl_doctor.h"

#include <apr_cstr.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include <string.h>

#include "base/secret_source.h"
#include "jose/key_strength.h"

enum { SECRET_MIN_BYTES = 32 };

/* The keys of one virtual host so far. */
typedef struct keys_t {
    apr_hash_t *kids; /* kid: name of its key */
    int has_signer;
    int is_complete; /* all of them could be read */
} keys_t;

static int has_word(const ctl_directive_t *d, const char *word)
{
    for (int i = 2; i < d->words->nelts; i++) {
        if (strcmp(ctl_directive_word(d, i), word) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *find_kid(const ctl_directive_t *d)
{
    for (int i = 2; i < d->words->nelts; i++) {
        if (strncmp(ctl_directive_word(d, i), "kid=", 4) == 0) {
            return ctl_directive_word(d, i) + 4;
        }
    }
    return NULL;
}

static const char *is_file(const char *source)
{
    return strncmp(source, "file:", 5) == 0 ? source + 5 : NULL;
}

/* Who else can read it? Reports it. Returns 1 if nobody. */
static int check_source(ctl_doctor_t *d, const ctl_directive_t *directive, const char *what,
                        const char *source)
{
    if (is_file(source)) {
        return ctl_doctor_check_secret_file(d, what, is_file(source));
    }
    if (strncmp(source, "env:", 4) == 0) {
        return ctl_doctor_check_env(d, what, source + 4);
    }
    return strcmp(ctl_doctor_describe_source(d->pool, source), "(literal)") != 0 ||
           ctl_doctor_check_literal(d, directive, what, source, CTL_DOCTOR_MOVE_SECRET);
}

static const char *advise_key(ctl_doctor_t *d, as_alg_t alg, const char *source)
{
    const char *path = is_file(source)
                           ? ctl_doctor_quote(d->pool, ctl_conf_path(d->conf, is_file(source)))
                           : "FILE";

    if (!as_alg_is_symmetric(alg)) {
        return apr_psprintf(d->pool, "put a key for %s there, as PEM or JWK", as_alg_name(alg));
    }
    /* It ends all sessions, so only for a key that has to be replaced. */
    return apr_psprintf(d->pool,
                        "copy the key of the other servers, or make one, which ends all sessions: "
                        "(umask 077; openssl rand -hex 64 | sed s/^/hex:/ >%s); then restart "
                        "httpd",
                        path);
}

/* Read the material of a key or secret. 0: reported. */
static int read_secret(ctl_doctor_t *d, const char *what, const char *source,
                       as_secret_source_kind_t kind, as_span_t *secret, const char *repair)
{
    const char *advice, *error;
    const char *unreadable = ctl_doctor_find_unreadable(d, source, &advice);

    if (unreadable) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED, advice, "%s: %s", what, unreadable);
        return 0;
    }
    if (as_secret_source_read(d->pool, source, d->conf->root, kind, secret, &error) !=
        APR_SUCCESS) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, repair, "%s: %s", what, error);
        return 0;
    }
    return 1;
}

/* Report a weak key. Returns 1 if it is strong. */
static int check_strength(ctl_doctor_t *d, const ctl_directive_t *directive, const char *what,
                          const as_key_t *key)
{
    const char *weakness = as_key_strength_check(d->pool, key);

    if (!weakness) {
        return 1;
    }
    if (has_word(directive, "weak") && as_key_strength_is_only_short(d->pool, key)) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          "remove the line when the last token of the old system has expired",
                          "%s: %s; with 'weak' it verifies tokens and never signs them", what,
                          weakness);
    } else {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          advise_key(d, as_key_alg(key), ctl_directive_word(directive, 1)),
                          "%s: %s", what, weakness);
    }
    return 0;
}

/* Report a kid that another key has. Returns 1 if it is unique. */
static int check_kid(ctl_doctor_t *d, const char *what, const as_key_t *key, keys_t *keys)
{
    const char *kid = as_key_kid(key);
    const char *other = kid ? apr_hash_get(keys->kids, kid, APR_HASH_KEY_STRING) : NULL;

    if (kid && !other) {
        apr_hash_set(keys->kids, kid, APR_HASH_KEY_STRING, what);
    }
    if (other) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          "remove one of the lines, or set another kid=ID for one key",
                          "%s: %s has the same kid", what, other);
    }
    return !other;
}

static void check_key(ctl_doctor_t *d, const ctl_directive_t *directive, keys_t *keys)
{
    const char *source = ctl_directive_word(directive, 1);
    const char *place = ctl_doctor_place(d->pool, directive);
    const char *name = ctl_directive_word(directive, 0);
    const char *what, *error;
    const as_key_t *key;
    as_span_t material;
    as_alg_t alg;
    int is_fine = 1;

    if (as_alg_find(name, strlen(name), &alg) != APR_SUCCESS) {
        /* The word is not shown: it may be the secret. */
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, "write AuthSMSKey ALGORITHM SOURCE",
                          "AuthSMSKey (%s): the first word is none of %s", place, as_alg_names());
        return;
    }
    what = apr_psprintf(d->pool, "AuthSMSKey %s %s (%s)", as_alg_name(alg),
                        ctl_doctor_describe_source(d->pool, source), place);
    if (!read_secret(d, what, source,
                     as_alg_is_symmetric(alg) ? AS_SECRET_SOURCE_HMAC : AS_SECRET_SOURCE_WHOLE,
                     &material, advise_key(d, alg, source))) {
        keys->is_complete = 0;
        return;
    }
    if (as_key_create(d->pool, alg, material, find_kid(directive), 0, &key, &error) !=
        APR_SUCCESS) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, advise_key(d, alg, source), "%s: %s", what, error);
        return;
    }
    keys->has_signer |=
        as_key_can_sign(key) && !has_word(directive, "verify-only") && !has_word(directive, "weak");
    /* Everybody may read a public key. */
    is_fine = !as_key_can_sign(key) || check_source(d, directive, what, source);
    is_fine &= check_strength(d, directive, what, key);
    is_fine &= check_kid(d, what, key, keys);
    if (is_fine) {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "%s", what);
    }
}

static void check_secret(ctl_doctor_t *d, const ctl_directive_t *directive, const char *source)
{
    const char *what =
        apr_psprintf(d->pool, "AuthSMSSecret %s (%s)", ctl_doctor_describe_source(d->pool, source),
                     ctl_doctor_place(d->pool, directive));
    static const char repair[] =
        "put the secret of the other servers there, or make one: openssl rand -hex 32";
    const char *weakness;
    as_span_t secret;
    int is_fine;

    if (!read_secret(d, what, source, AS_SECRET_SOURCE_HMAC, &secret, repair)) {
        return;
    }
    is_fine = check_source(d, directive, what, source);
    weakness = as_key_strength_check_secret(d->pool, secret, SECRET_MIN_BYTES);
    if (weakness) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, repair, "%s: %s", what, weakness);
    } else if (is_fine) {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "%s", what);
    }
}

/* The keys that a host has itself. */
static void check_keys_of_host(ctl_doctor_t *d, int host)
{
    const apr_array_header_t *lines = ctl_conf_list(d->conf, host, "AuthSMSKey");
    keys_t keys = {apr_hash_make(d->pool), 0, 1};

    if (!lines->nelts &&
        (ctl_doctor_has_api(d->conf, host) || ctl_doctor_has_guard(d->conf, host))) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          "add AuthSMSKey HS256 file:PATH, and make the file: (umask 077; openssl "
                          "rand -hex 32 | sed s/^/hex:/ >PATH)",
                          "no AuthSMSKey, but AuthSMSApi, AuthSMSProtect or AuthType JWT needs it");
        return;
    }
    if (lines->nelts && APR_ARRAY_IDX(lines, 0, const ctl_directive_t *)->host != host) {
        return; /* inherited, and checked there */
    }
    for (int i = 0; i < lines->nelts; i++) {
        check_key(d, APR_ARRAY_IDX(lines, i, const ctl_directive_t *), &keys);
    }
    if (keys.is_complete && !keys.has_signer && ctl_doctor_has_api(d->conf, host)) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          "add a line with a private key, or an HMAC secret, before the others",
                          "no AuthSMSKey can sign, so the API cannot make tokens");
    }
}

static void check_secrets_of_host(ctl_doctor_t *d, int host)
{
    const ctl_directive_t *line = ctl_conf_find(d->conf, host, "AuthSMSSecret");

    if (!line || line->host != host || apr_cstr_casecmp(ctl_directive_word(line, 0), "none") == 0) {
        return;
    }
    for (int i = 0; i < line->words->nelts; i++) {
        check_secret(d, line, ctl_directive_word(line, i));
    }
}

void ctl_doctor_check_keys(ctl_doctor_t *d)
{
    d->group = "keys";
    for (int host = 0; host < d->conf->hosts; host++) {
        check_keys_of_host(d, host);
        check_secrets_of_host(d, host);
    }
}
