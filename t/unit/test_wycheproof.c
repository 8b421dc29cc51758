/* SPDX-License-Identifier: Apache-2.0 */
/* Wycheproof's signatures: "valid" ones pass, all others are rejected. */
#include "shared.h"
#include "token_support.h"

#define CASES "vectors/wycheproof_json_web_signature_test.json"
#define CONTESTED "vectors/wycheproof_json_web_signature_contested.json"

static apr_status_t put(void *object)
{
    json_object_put(object);
    return APR_SUCCESS;
}

static json_object *read_vectors(apr_pool_t *p, const char *name)
{
    json_object *vectors = json_object_from_file(shared_path(name));

    assert_non_null(vectors);
    apr_pool_cleanup_register(p, vectors, put, apr_pool_cleanup_null);
    return vectors;
}

static json_object *member(json_object *object, const char *name)
{
    json_object *value = NULL;

    json_object_object_get_ex(object, name, &value);
    return value;
}

static const char *text_of(json_object *object, const char *name)
{
    return json_object_get_string(member(object, name));
}

/* The group's key: for its own alg, else for the one its kty is mostly used with; NULL: refused. */
static const as_key_t *group_key(apr_pool_t *p, json_object *group, const char *which)
{
    json_object *jwk = member(group, which) ? member(group, which) : member(group, "private");
    const char *name = text_of(jwk, "alg");
    const as_key_t *key = NULL;
    const char *error;
    as_alg_t alg;

    if (!name || as_alg_find(name, strlen(name), &alg) != APR_SUCCESS) {
        alg = !strcmp(text_of(jwk, "kty"), "EC") ? AS_ALG_ES512 : AS_ALG_RS256;
        alg = text_of(jwk, "crv") && !strcmp(text_of(jwk, "crv"), "P-256") ? AS_ALG_ES256 : alg;
    }
    as_key_create(p, alg, span(json_object_to_json_string(jwk)), NULL, 0, &key, &error);
    return key;
}

static int is_valid(apr_pool_t *p, const as_key_t *key, const char *jws)
{
    as_span_t payload;
    const as_key_t *by;
    const char *why;

    return key && as_jwt_verify_jws(p, ring_of(p, key, NULL), jws, strlen(jws), &payload, &by,
                                    &why) == APR_SUCCESS;
}

static void signatures_match_wycheproof(void **state)
{
    apr_pool_t *p = *state;
    json_object *groups = member(read_vectors(p, CASES), "testGroups");
    json_object *contested = member(read_vectors(p, CONTESTED), "cases");
    apr_size_t g, t, wrong = 0, judged = 0;

    for (g = 0; g < json_object_array_length(groups); g++) {
        json_object *group = json_object_array_get_idx(groups, g);
        json_object *tests = member(group, "tests");
        const as_key_t *key = group_key(p, group, "public");

        for (t = 0; t < json_object_array_length(tests); t++) {
            json_object *test = json_object_array_get_idx(tests, t);
            json_object *doubt = member(contested, text_of(test, "tcId"));
            const char *wanted = doubt ? text_of(doubt, "wanted") : text_of(test, "result");
            const char *judged_as = is_valid(p, key, text_of(test, "jws")) ? "valid" : "invalid";

            judged++;
            if (strcmp(wanted, "either") && strcmp(wanted, judged_as)) {
                print_error("case %s (%s) is %s, not %s\n", text_of(test, "tcId"),
                            text_of(test, "comment"), wanted, judged_as);
                wrong++;
            }
        }
    }
    assert_int_equal(judged, 401);
    assert_int_equal(wrong, 0);
}

/* The private half of every group signs what its public half verifies. */
static void private_and_public_halves_match(void **state)
{
    apr_pool_t *p = *state;
    json_object *groups = member(read_vectors(p, CASES), "testGroups");
    apr_size_t g, pairs = 0;

    for (g = 0; g < json_object_array_length(groups); g++) {
        json_object *group = json_object_array_get_idx(groups, g);
        const as_key_t *signer = group_key(p, group, "private");
        const as_key_t *verifier = group_key(p, group, "public");
        as_span_t signature;

        if (signer && verifier) {
            assert_int_equal(as_signature_sign(p, signer, "text", 4, &signature), APR_SUCCESS);
            assert_true(as_signature_verify(verifier, "text", 4, signature));
            assert_false(as_signature_verify(verifier, "tent", 4, signature));
            assert_string_equal(as_key_kid(signer), as_key_kid(verifier));
            pairs++;
        }
    }
    assert_int_equal(pairs, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(signatures_match_wycheproof),
        POOL_TEST(private_and_public_halves_match),
    };

    require_file(shared_path(CASES));
    require_file(shared_path(CONTESTED));
    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
