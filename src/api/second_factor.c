/* SPDX-License-Identifier: Apache-2.0 */
#include "api/second_factor.h"

#include <apr_strings.h>

static int is_required(const as_srv_t *sc)
{
    return as_srv_second_factor(sc) == AS_SECOND_FACTOR_REQUIRED;
}

static int has_password(const as_user_t *user)
{
    return *user->password != '\0';
}

int as_second_factor_is_needed(const as_srv_t *sc, const as_user_t *user)
{
    switch (as_srv_second_factor(sc)) {
    case AS_SECOND_FACTOR_OFF:
        return 0;
    case AS_SECOND_FACTOR_REQUIRED:
        return 1;
    default:
        return user->sms_factor && has_password(user);
    }
}

int as_second_factor_is_missing(const as_srv_t *sc, const as_user_t *user, const char *amr)
{
    return as_second_factor_is_needed(sc, user) &&
           !as_second_factor_has_proof(amr, AS_PROOF_MULTIPLE);
}

int as_second_factor_find_methods(const as_srv_t *sc, const as_user_t *user, const char *amr)
{
    int can_text = user->proved_at && *user->mobile && (user->sms_factor || is_required(sc));
    int methods = 0;

    if (can_text && !as_second_factor_has_proof(amr, AS_PROOF_SMS)) {
        methods |= AS_METHOD_SMS;
    }
    if (has_password(user) && !as_second_factor_has_proof(amr, AS_PROOF_PASSWORD)) {
        methods |= AS_METHOD_PASSWORD;
    }
    return methods;
}

json_object *as_second_factor_list_methods(int methods)
{
    static const struct {
        int method;
        const char *word;
    } words[] = {{AS_METHOD_SMS, "sms"}, {AS_METHOD_PASSWORD, "password"}};
    json_object *list = json_object_new_array();

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (methods & words[i].method) {
            json_object_array_add(list, json_object_new_string(words[i].word));
        }
    }
    return list;
}

int as_second_factor_has_proof(const char *amr, const char *proof)
{
    size_t len = strlen(proof);

    while (*amr) {
        size_t word = strcspn(amr, " ");

        if (word == len && strncmp(amr, proof, len) == 0) {
            return 1;
        }
        amr += word + (amr[word] == ' ');
    }
    return 0;
}

const char *as_second_factor_add_proof(apr_pool_t *p, const char *amr, const char *proof)
{
    if (as_second_factor_has_proof(amr, proof)) {
        return amr;
    }
    if (!*amr) {
        return proof;
    }
    return apr_pstrcat(
        p, amr, " ", proof,
        as_second_factor_has_proof(amr, AS_PROOF_MULTIPLE) ? "" : " " AS_PROOF_MULTIPLE, NULL);
}
