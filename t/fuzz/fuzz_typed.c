/* SPDX-License-Identifier: Apache-2.0 */
/* Typed text. The first byte selects: F form, U username, N number, C code, else duration. */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "account/code.h"
#include "account/phone.h"
#include "account/username.h"
#include "base/duration.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "text/ascii.h"
#include "text/form.h"

static void check_form(apr_pool_t *p, const char *text, size_t size)
{
    apr_array_header_t *fields;

    if (as_form_parse(p, text, size, 0, &fields) != APR_SUCCESS) {
        return;
    }
    for (int i = 0; i < fields->nelts; i++) {
        const as_form_field_t *f = &APR_ARRAY_IDX(fields, i, as_form_field_t);

        FUZZ_REQUIRE(as_utf8_is_valid(f->name, strlen(f->name)));
        FUZZ_REQUIRE(as_utf8_is_valid(f->value, strlen(f->value)));
        FUZZ_REQUIRE(as_form_get(fields, f->name) == f->value);
    }
}

static void check_username(apr_pool_t *p, const char *text)
{
    const char *folded, *again;

    if (as_username_fold(p, text, &folded) == APR_SUCCESS) {
        FUZZ_REQUIRE(as_username_fold(p, folded, &again) == APR_SUCCESS);
        FUZZ_REQUIRE(strcmp(folded, again) == 0);
    } else {
        FUZZ_REQUIRE(as_username_validate(p, text) == APR_EINVAL);
    }
    if (as_username_validate(p, text) == APR_SUCCESS) {
        FUZZ_REQUIRE(as_utf8_count_points(text, strlen(text)) <= AS_USERNAME_MAX);
    }
}

/* Accepted numbers are E.164, and normalizing them again changes nothing. */
static void check_e164(apr_pool_t *p, const char *text, as_phone_types_t types)
{
    const char *e164, *code, *again;

    if (as_phone_normalize(p, text, "+44", types, &e164, &code) == APR_SUCCESS) {
        FUZZ_REQUIRE(*e164 == '+' && strspn(e164 + 1, "0123456789") == strlen(e164) - 1);
        FUZZ_REQUIRE(strlen(e164) >= 8 && strlen(e164) <= 16);
        FUZZ_REQUIRE(as_phone_normalize(p, e164, "+1", types, &again, &code) == APR_SUCCESS);
        FUZZ_REQUIRE(strcmp(e164, again) == 0);
    }
}

static void check_number(apr_pool_t *p, const char *text)
{
    const char *ascii;

    if (as_ascii_from_utf8(p, text, &ascii) == APR_SUCCESS) {
        FUZZ_REQUIRE(strlen(ascii) <= strlen(text));
        FUZZ_REQUIRE(as_utf8_count_points(ascii, strlen(ascii)) == strlen(ascii));
    }
    as_ascii_starts_with_digit(text);
    check_e164(p, text, AS_PHONE_TYPES_MOBILE);
    check_e164(p, text, AS_PHONE_TYPES_ANY);
}

static void check_code(apr_pool_t *p, const char *text)
{
    const char *digits;

    if (as_code_normalize(p, text, &digits) == APR_SUCCESS) {
        size_t len = strspn(digits, "0123456789");

        FUZZ_REQUIRE(!digits[len] && len >= AS_CODE_DIGITS_MIN && len <= AS_CODE_DIGITS_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *global;
    apr_interval_time_t duration;
    const char *text;
    apr_pool_t *p;

    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    if (!size) {
        return 0;
    }
    apr_pool_create(&p, global);
    text = apr_pstrmemdup(p, (const char *)data + 1, size - 1);
    switch (data[0]) {
    case 'F':
        check_form(p, text, size - 1);
        break;
    case 'U':
        check_username(p, text);
        break;
    case 'N':
        check_number(p, text);
        break;
    case 'C':
        check_code(p, text);
        break;
    default:
        if (as_duration_parse(text, &duration) == APR_SUCCESS) {
            FUZZ_REQUIRE(duration >= 0);
        }
        break;
    }
    apr_pool_destroy(p);
    return 0;
}
