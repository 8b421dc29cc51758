/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: what is signed verifies, and nothing else does. */
#include "token_support.h"

#include <apr_thread_proc.h>

#include "base/base64url.h"
#include "text/json.h"

#define SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HS256 "{\"typ\":\"JWT\",\"alg\":\"HS256\"}"

static json_object *some_claims(apr_pool_t *p)
{
    json_object *claims = as_json_new_object(p);

    json_object_object_add(claims, "sub", json_object_new_string("u"));
    return claims;
}

static const char *signed_by(apr_pool_t *p, const as_keyring_t *ring)
{
    const char *token = NULL;

    assert_int_equal(as_jwt_sign(p, ring, some_claims(p), &token), APR_SUCCESS);
    return token;
}

static void alter(char *c)
{
    *c = *c == 'A' ? 'B' : 'A';
}

/* Each algorithm verifies its own token, no altered one, and none of another key of its kind. */
static void every_algorithm_signs_and_verifies(void **state)
{
    apr_pool_t *p = *state;
    as_alg_t alg;

    for (alg = 0; alg < AS_ALG_COUNT; alg++) {
        const as_key_t *key = key_of(p, alg, fresh_key(p, alg));
        const as_keyring_t *ring = ring_of(p, key, NULL);
        const as_keyring_t *other = ring_of(p, key_of(p, alg, fresh_key(p, alg)), NULL);
        const char *token = signed_by(p, ring), *why;
        char *altered = apr_pstrdup(p, token);
        as_jwt_t jwt;

        assert_int_equal(as_jwt_verify(p, ring, token, strlen(token), &jwt, &why), APR_SUCCESS);
        assert_ptr_equal(jwt.key, key);
        assert_string_equal(as_json_view_get_string(p, as_json_view_find(&jwt.claims, "sub")), "u");
        assert_string_equal(verdict_on(p, other, token), "signature");
        alter(strchr(altered, '.') + 3);
        assert_string_equal(verdict_on(p, ring, altered), "signature");
        altered = apr_pstrdup(p, token);
        alter(strrchr(altered, '.') + 1);
        assert_string_equal(verdict_on(p, ring, altered), "signature");
        /* Three bytes more, the ones before them unchanged. */
        assert_string_equal(verdict_on(p, ring, apr_pstrcat(p, token, "AAAA", NULL)), "signature");
    }
}

/* R or S begins with a zero byte in one of 128: the length must never follow it. */
static void es256_signatures_have_one_length(void **state)
{
    const as_keyring_t *ring =
        ring_of(*state, key_of(*state, AS_ALG_ES256, fresh_key(*state, AS_ALG_ES256)), NULL);
    apr_pool_t *p;
    int i, zeros = 0;

    apr_pool_create(&p, *state);
    for (i = 0; i < 2000; i++) {
        const char *token = signed_by(p, ring);
        const char *signature = strrchr(token, '.') + 1;

        assert_int_equal(strlen(signature), 86);
        assert_string_equal(verdict_on(p, ring, token), "ok");
        zeros += signature[0] == 'A' && signature[1] < 'Q';
        apr_pool_clear(p);
    }
    assert_true(zeros < 100);
}

/* A token that tells an algorithm, signed as well as its maker could, at a ring of one key. */
static void token_cannot_choose_the_algorithm(void **state)
{
    apr_pool_t *p = *state;
    const char *private_pem = fresh_pem(p, "RSA", 0);
    const as_key_t *rsa = key_of(p, AS_ALG_RS256, private_pem);
    const as_keyring_t *ring = ring_of(p, rsa, NULL);
    const as_keyring_t *hs = ring_of(p, key_of(p, AS_ALG_HS256, SECRET), NULL);
    static const char *const names[] = {"none",   "None",  "NONE",   "nOnE",   "",
                                        "hs256",  "Hs256", "HS256 ", " HS256", "HS25",
                                        "HS2560", "HS1",   "ES256K"};
    apr_size_t i;

    /* The public key's text as an HMAC secret (without the line that as_key_create looks for). */
    assert_string_equal(verdict_on(p, ring,
                                   token_of(p, key_of(p, AS_ALG_HS256, private_pem + 12), HS256,
                                            "{\"sub\":\"u\"}")),
                        "signature");
    assert_string_equal(
        verdict_on(p, ring,
                   token_of(p, key_of(p, AS_ALG_PS256, private_pem), "{\"alg\":\"PS256\"}", "{}")),
        "signature");
    assert_string_equal(
        verdict_on(p, ring,
                   token_of(p, key_of(p, AS_ALG_PS256, private_pem), "{\"alg\":\"RS256\"}", "{}")),
        "signature");
    assert_string_equal(
        verdict_on(p, hs,
                   token_of(p, key_of(p, AS_ALG_HS512, SECRET), "{\"alg\":\"HS512\"}", "{}")),
        "signature");
    for (i = 0; i < COUNT(names); i++) {
        const char *header = apr_psprintf(p, "{\"alg\":\"%s\"}", names[i]);
        char *token = apr_pstrdup(p, token_of(p, key_of(p, AS_ALG_HS256, SECRET), header, "{}"));

        assert_string_equal(verdict_on(p, hs, token), "alg");
        strrchr(token, '.')[1] = '\0';
        assert_string_equal(verdict_on(p, hs, token), "alg");
    }
    assert_string_equal(verdict_on(p, hs, "e30.e30."), "alg");
}

static const struct {
    const char *header;
    const char *verdict;
} headers[] = {
    {HS256, "ok"},
    {"{\"alg\":\"HS256\"}", "ok"},
    {"{\"alg\":\"HS256\",\"typ\":\"jwt\"}", "ok"},
    {" { \"alg\" : \"HS256\" }\n", "ok"},
    {"{\"\\u0061lg\":\"HS256\"}", "ok"},
    {"{\"alg\":\"HS256\",\"cty\":\"x\",\"other\":{\"a\":[1,2]}}", "ok"},
    {"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", "typ"},
    {"{\"alg\":\"HS256\",\"typ\":\"JWE\"}", "typ"},
    {"{\"alg\":\"HS256\",\"typ\":\"\"}", "typ"},
    {"{\"alg\":\"HS256\",\"typ\":null}", "typ"},
    {"{\"alg\":\"HS256\",\"typ\":[\"JWT\"]}", "typ"},
    {"{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", "crit"},
    {"{\"alg\":\"HS256\",\"crit\":[]}", "crit"},
    {"{\"alg\":\"HS256\",\"crit\":null}", "crit"},
    {"{\"alg\":\"HS256\",\"b64\":false}", "b64"},
    {"{\"alg\":\"HS256\",\"b64\":true}", "b64"},
    {"{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", "crit"},
    {"{\"alg\":\"HS256\",\"alg\":\"HS256\"}", "header json"},
    {"{\"alg\":\"none\",\"alg\":\"HS256\"}", "header json"},
    {"{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", "header json"},
    {"{\"alg\":\"HS256\\u0000\"}", "header json"},
    {"{\"alg\":\"HS256\",}", "header json"},
    {"{\"alg\":\"HS256\"}x", "header json"},
    {"[\"HS256\"]", "header json"},
    {"\"HS256\"", "header json"},
    {"null", "header json"},
    {"", "header json"},
    {"{}", "alg"},
    {"{\"alg\":null}", "alg"},
    {"{\"alg\":256}", "alg"},
    {"{\"alg\":[\"HS256\"]}", "alg"},
    {"{\"ALG\":\"HS256\"}", "alg"},
    {"{\"alg\":\"HS256\",\"kid\":\"k\"}", "signature"},
    {"{\"alg\":\"HS256\",\"kid\":\"\"}", "signature"},
    {"{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}", "signature"},
    {"{\"alg\":\"HS256\",\"kid\":7}", "kid"},
    {"{\"alg\":\"HS256\",\"kid\":null}", "kid"},
};

static void rejects_invalid_headers(void **state)
{
    const as_key_t *key = key_of(*state, AS_ALG_HS256, SECRET);
    const as_keyring_t *ring = ring_of(*state, key, NULL);
    apr_size_t i;

    for (i = 0; i < COUNT(headers); i++) {
        const char *verdict =
            verdict_on(*state, ring, token_of(*state, key, headers[i].header, "{}"));

        if (strcmp(verdict, headers[i].verdict)) {
            fail_msg("%s: %s, not %s", headers[i].header, verdict, headers[i].verdict);
        }
    }
}

/* A key that the token itself brings or points to is never looked at. */
static void ignores_keys_in_the_header(void **state)
{
    apr_pool_t *p = *state;
    const as_key_t *evil = key_of(p, AS_ALG_ES256, fresh_key(p, AS_ALG_ES256));
    const as_key_t *good = key_of(p, AS_ALG_ES256, fresh_key(p, AS_ALG_ES256));
    const as_keyring_t *ring = ring_of(p, good, NULL);
    const char *members[] = {NULL, "\"jku\":\"https://e.example/\"",
                             "\"x5u\":\"https://e.example/\"", "\"x5c\":[\"AA==\"]"};
    const char *jwks, *jwk;
    apr_size_t i;

    assert_int_equal(as_keyring_format_jwks(p, ring_of(p, evil, NULL), &jwks), APR_SUCCESS);
    jwk = apr_pstrndup(p, strchr(jwks, '[') + 1,
                       (apr_size_t)(strchr(jwks, ']') - strchr(jwks, '[')) - 1);
    members[0] = apr_pstrcat(p, "\"jwk\":", jwk, NULL);
    for (i = 0; i < COUNT(members); i++) {
        const char *header = apr_pstrcat(p, "{\"alg\":\"ES256\",", members[i], "}", NULL);

        assert_string_equal(verdict_on(p, ring, token_of(p, evil, header, "{}")), "signature");
        assert_string_equal(verdict_on(p, ring, token_of(p, good, header, "{}")), "ok");
    }
}

static void kid_selects_the_key(void **state)
{
    apr_pool_t *p = *state;
    const as_key_t *a = key_with(p, AS_ALG_HS256, "secret a", "a", 0);
    const as_key_t *b = key_with(p, AS_ALG_HS256, "secret b", "b", 0);
    const as_key_t *a512 = key_with(p, AS_ALG_HS512, "secret a", "a512", 0);
    const as_keyring_t *ring = ring_of(p, a, b, a512, NULL);
    const struct {
        const as_key_t *key;
        const char *header;
        const char *verdict;
    } cases[] = {
        {a, "{\"alg\":\"HS256\",\"kid\":\"a\"}", "ok"},
        {b, "{\"alg\":\"HS256\",\"kid\":\"b\"}", "ok"},
        {b, "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"b\"}", "ok"},
        {a, "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"b\"}", "signature"},
        {b, "{\"alg\":\"HS256\",\"kid\":\"a\"}", "signature"},
        {b, "{\"alg\":\"HS256\",\"kid\":\"B\"}", "signature"},
        {b, "{\"alg\":\"HS256\",\"kid\":\"bb\"}", "signature"},
        {a, "{\"alg\":\"HS256\"}", "ok"},
        {b, "{\"alg\":\"HS256\"}", "ok"},
        {a512, "{\"alg\":\"HS512\",\"kid\":\"a\"}", "signature"},
        {a512, "{\"alg\":\"HS512\",\"kid\":\"a512\"}", "ok"},
        {a512, "{\"alg\":\"HS256\",\"kid\":\"a512\"}", "signature"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        const char *token = token_of(p, cases[i].key, cases[i].header, "{}");

        if (strcmp(verdict_on(p, ring, token), cases[i].verdict)) {
            fail_msg("%u %s: %s", (unsigned)i, cases[i].header, verdict_on(p, ring, token));
        }
    }
}

/* The form with H, P and S replaced by the parts of a token. */
static const char *assemble(apr_pool_t *p, const char *form, const char *header,
                            const char *payload, const char *signature)
{
    const char *text = "";

    for (; *form; form++) {
        text = apr_pstrcat(p, text,
                           *form == 'H'   ? header
                           : *form == 'P' ? payload
                           : *form == 'S' ? signature
                                          : apr_pstrmemdup(p, form, 1),
                           NULL);
    }
    return text;
}

/* The parts of a good token, put together wrongly. */
static void accepts_only_compact_serialization(void **state)
{
    static const struct {
        const char *form;
        const char *verdict;
    } cases[] = {
        {"H.P.S", "ok"},
        {"H.P.S.", "parts"},
        {".H.P.S", "parts"},
        {"H..P.S", "parts"},
        {"H.PS", "parts"},
        {"HPS", "parts"},
        {"H.P.S=", "signature base64url"},
        {"H.P.S ", "signature base64url"},
        {"H.P.S\n", "signature base64url"},
        {"H.P. S", "signature base64url"},
        {" H.P.S", "header base64url"},
        {"H=.P.S", "header base64url"},
        {"H.P=.S", "signature"},
        {"H.P .S", "signature"},
        {"H.P.SAAAA", "signature"},
        {"H.P.", "signature"},
        {"H..S", "signature"},
        {".P.S", "header json"},
        {"H.P.AAAAS", "signature"},
        {"", "parts"},
        {"..", "header json"},
    };
    apr_pool_t *p = *state;
    const as_key_t *key = key_of(p, AS_ALG_HS256, SECRET);
    const as_keyring_t *ring = ring_of(p, key, NULL);
    char *header = apr_pstrdup(p, token_of(p, key, HS256, "{}"));
    char *payload = strchr(header, '.') + 1, *signature = strrchr(header, '.') + 1;
    apr_size_t i;

    payload[-1] = signature[-1] = '\0';
    for (i = 0; i < COUNT(cases); i++) {
        const char *verdict =
            verdict_on(p, ring, assemble(p, cases[i].form, header, payload, signature));

        if (strcmp(verdict, cases[i].verdict)) {
            fail_msg("%s: %s, not %s", cases[i].form, verdict, cases[i].verdict);
        }
    }
}

/* Signed as it is, so that only its encoding can be wrong. */
static void rejects_invalid_payloads(void **state)
{
    static const struct {
        const char *payload; /* base64url */
        const char *verdict;
    } cases[] = {
        {"e30", "ok"},
        {"e31", "payload base64url"},
        {"e30=", "payload base64url"},
        {"e 30", "payload base64url"},
        {"e3", "payload base64url"},
        {"e", "payload base64url"},
        {"", "payload json"},
        {"W10", "payload json"},                /* [] */
        {"bnVsbA", "payload json"},             /* null */
        {"eyJhIjoxLCJhIjoxfQ", "payload json"}, /* {"a":1,"a":1} */
        {"e30A", "payload json"},               /* {} and a NUL */
    };
    apr_pool_t *p = *state;
    const as_key_t *key = key_of(p, AS_ALG_HS256, SECRET);
    const as_keyring_t *ring = ring_of(p, key, NULL);
    apr_size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        const char *text = apr_pstrcat(p, as_base64url_encode(p, HS256, strlen(HS256)), ".",
                                       cases[i].payload, NULL);
        as_span_t mac;
        const char *verdict;

        assert_int_equal(as_signature_sign(p, key, text, strlen(text), &mac), APR_SUCCESS);
        verdict = verdict_on(
            p, ring, apr_pstrcat(p, text, ".", as_base64url_encode(p, mac.data, mac.len), NULL));
        if (strcmp(verdict, cases[i].verdict)) {
            fail_msg("\"%s\": %s, not %s", cases[i].payload, verdict, cases[i].verdict);
        }
    }
}

static void limits_the_size(void **state)
{
    apr_pool_t *p = *state;
    const as_key_t *key = key_of(p, AS_ALG_HS256, SECRET);
    const as_keyring_t *ring = ring_of(p, key, NULL);
    json_object *claims = some_claims(p);
    char *filler = apr_palloc(p, AS_JWT_MAX * 4);
    char *long_token = apr_palloc(p, AS_JWT_MAX * 4);
    const char *token = signed_by(p, ring);
    apr_size_t n;

    /* Payloads of every length around the bound of what is signed here: what others sign may be
     * longer. */
    memset(filler, 'x', AS_JWT_MAX * 4);
    for (n = 6000; n < 6100; n++) {
        const char *t =
            token_of(p, key, HS256, apr_psprintf(p, "{\"x\":\"%.*s\"}", (int)n, filler));

        assert_string_equal(verdict_on(p, ring, t), "ok");
    }
    memset(long_token, '.', AS_JWT_MAX * 4 - 1);
    long_token[AS_JWT_MAX * 4 - 1] = '\0';
    assert_string_equal(verdict_on(p, ring, long_token), "parts");
    /* Every beginning of a good token. */
    for (n = 0; n < strlen(token); n++) {
        assert_string_not_equal(verdict_on(p, ring, apr_pstrndup(p, token, n)), "ok");
    }
    filler[AS_JWT_MAX] = '\0';
    json_object_object_add(claims, "x", json_object_new_string(filler));
    assert_int_equal(as_jwt_sign(p, ring, claims, &token), APR_ENOSPC);
    assert_int_equal(as_jwt_sign(p, ring_of(p, NULL), claims, &token), APR_ENOENT);
}

typedef struct job_t {
    const as_keyring_t *ring;
    const char *tokens[AS_ALG_COUNT];
    apr_pool_t *p;
    int good;
} job_t;

static void *APR_THREAD_FUNC verify_all(apr_thread_t *thread, void *baton)
{
    job_t *job = baton;
    as_jwt_t jwt;
    int i;

    for (i = 0; i < AS_ALG_COUNT * 8; i++) {
        const char *token = job->tokens[i % AS_ALG_COUNT];

        job->good +=
            as_jwt_verify(job->p, job->ring, token, strlen(token), &jwt, NULL) == APR_SUCCESS;
    }
    (void)thread;
    return NULL;
}

static void threads_share_a_ring(void **state)
{
    apr_pool_t *p = *state;
    apr_array_header_t *keys = apr_array_make(p, AS_ALG_COUNT, sizeof(const as_key_t *));
    apr_thread_t *threads[4];
    job_t jobs[COUNT(threads)];
    apr_status_t rv;
    apr_size_t i;

    memset(jobs, 0, sizeof(jobs));
    for (i = 0; i < AS_ALG_COUNT; i++) {
        APR_ARRAY_PUSH(keys, const as_key_t *) = key_of(p, (as_alg_t)i, fresh_key(p, (as_alg_t)i));
        jobs[0].tokens[i] =
            signed_by(p, ring_of(p, APR_ARRAY_IDX(keys, i, const as_key_t *), NULL));
    }
    assert_int_equal(as_keyring_create(p, keys, &jobs[0].ring), APR_SUCCESS);
    for (i = 0; i < COUNT(threads); i++) {
        jobs[i] = jobs[0];
        jobs[i].good = 0;
        apr_pool_create(&jobs[i].p, NULL);
    }
    for (i = 0; i < COUNT(threads); i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, verify_all, &jobs[i], p),
                         APR_SUCCESS);
    }
    for (i = 0; i < COUNT(threads); i++) {
        apr_thread_join(&rv, threads[i]);
        assert_int_equal(jobs[i].good, AS_ALG_COUNT * 8);
        apr_pool_destroy(jobs[i].p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(every_algorithm_signs_and_verifies),
        POOL_TEST(es256_signatures_have_one_length),
        POOL_TEST(token_cannot_choose_the_algorithm),
        POOL_TEST(rejects_invalid_headers),
        POOL_TEST(ignores_keys_in_the_header),
        POOL_TEST(kid_selects_the_key),
        POOL_TEST(accepts_only_compact_serialization),
        POOL_TEST(rejects_invalid_payloads),
        POOL_TEST(limits_the_size),
        POOL_TEST(threads_share_a_ring),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
