/* SPDX-License-Identifier: Apache-2.0 */
/* libphonenumber's examples of mobile numbers, as npm's libphonenumber-js has them. */
#include "token_support.h"

#include <apr_strings.h>

#include <stdio.h>

#include "account/phone.h"
#include "shared.h"

#define NPM AS_SOURCE_TREE "/t/npm"

/* The same in another script: digits from U+0966 (Devanagari) on, a full-width plus, no-break
 * spaces. */
static const char *in_script(apr_pool_t *p, const char *typed)
{
    const char *out = "";

    for (; *typed; typed++) {
        const char digit[] = {(char)0xe0, (char)0xa5, (char)(0xa6 + *typed - '0'), '\0'};
        const char other[] = {*typed, '\0'};

        out = apr_pstrcat(p, out,
                          *typed >= '0' && *typed <= '9' ? digit
                          : *typed == '+'                ? "\uff0b"
                          : *typed == ' '                ? "\u00a0"
                                                         : other,
                          NULL);
    }
    return out;
}

/* A field of a line of the examples, ended by a NUL; *rest is what follows it. */
static char *field(char **rest)
{
    char *start = *rest;

    *rest = strchr(start, ',');
    *(*rest)++ = '\0';
    return start;
}

/* Each example is accepted as typed at home and from abroad. */
static void accepts_example_numbers_of_every_region(void **state)
{
    char line[512];
    FILE *file = popen("node '" NPM "/phone-examples.mjs'", "r");
    int count = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        char *rest = line;
        const char *calling = field(&rest), *national = field(&rest), *e164 = rest;

        rest[strcspn(rest, "\n")] = '\0';
        for (int from_abroad = 0; from_abroad < 2; from_abroad++) {
            const char *typed = from_abroad ? e164 : national, *made, *code;

            if (as_phone_normalize(*state, typed, from_abroad ? "+44" : calling,
                                   AS_PHONE_TYPES_MOBILE, &made, &code) != APR_SUCCESS) {
                fail_msg("refused: %s in %s", typed, calling);
            }
            assert_string_equal(made, e164);
            assert_string_equal(code + 1, calling);
            assert_int_equal(as_phone_normalize(*state, in_script(*state, typed),
                                                from_abroad ? "+44" : in_script(*state, calling),
                                                AS_PHONE_TYPES_MOBILE, &made, &code),
                             APR_SUCCESS);
            assert_string_equal(made, e164);
            assert_int_equal(as_phone_normalize(*state, typed, from_abroad ? "+44" : calling,
                                                AS_PHONE_TYPES_ANY, &made, &code),
                             APR_SUCCESS);
            assert_string_equal(made, e164);
        }
        count++;
    }
    assert_int_equal(pclose(file), 0);
    assert_int_equal(count, 244);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(accepts_example_numbers_of_every_region),
    };

    require_file(NPM "/node_modules/libphonenumber-js/package.json");
    require_command("node");
    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
