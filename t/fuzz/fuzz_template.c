/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates of requests (the sender http). Input: a place (u, j, f or h), the template, LF, a value
 * of {from}, LF, a text. No value changes the structure of an accepted template.
 */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "base/http_client.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "sms/request_template.h"
#include "text/form.h"
#include "text/json_strict.h"

enum { JSON_DEPTH = 16 };

static apr_pool_t *global;

/* A line of the input, which is moved behind it; NULL: no LF is left. */
static char *take_line(apr_pool_t *p, const char **data, size_t *size)
{
    const char *lf = memchr(*data, '\n', *size);
    char *line;

    if (!lf) {
        return NULL;
    }
    line = apr_pstrmemdup(p, *data, (size_t)(lf - *data));
    *size -= (size_t)(lf + 1 - *data);
    *data = lf + 1;
    return line;
}

static int count_fields(apr_pool_t *p, const char *form)
{
    apr_array_header_t *fields;

    FUZZ_REQUIRE(as_form_parse(p, form, strlen(form), 1, &fields) == APR_SUCCESS);
    return fields->nelts;
}

/* How often a byte occurs. */
static int count(const char *text, char byte)
{
    int n = 0;

    for (; *text; text++) {
        n += *text == byte;
    }
    return n;
}

/* plain: the template with harmless values; rendered: with those of the input. */
static void check_structure(apr_pool_t *p, as_request_place_t place, const char *plain,
                            const char *rendered)
{
    switch (place) {
    case AS_REQUEST_PLACE_JSON:
        FUZZ_REQUIRE(as_json_strict_is_valid(rendered, strlen(rendered), JSON_DEPTH));
        break;
    case AS_REQUEST_PLACE_FORM:
        FUZZ_REQUIRE(count_fields(p, plain) == count_fields(p, rendered));
        break;
    case AS_REQUEST_PLACE_URL:
        FUZZ_REQUIRE(as_http_client_allows_url(rendered));
        FUZZ_REQUIRE(count(plain, '/') == count(rendered, '/'));
        FUZZ_REQUIRE(count(plain, '?') == count(rendered, '?'));
        FUZZ_REQUIRE(count(plain, '&') == count(rendered, '&'));
        FUZZ_REQUIRE(!strchr(rendered, '#'));
        break;
    default:
        FUZZ_REQUIRE(!as_utf8_has_control(rendered));
        FUZZ_REQUIRE(strcspn(plain, ":") == strcspn(rendered, ":"));
        break;
    }
}

static void try_template(apr_pool_t *p, as_request_place_t place, const char *text,
                         const char *from, const char *message)
{
    as_request_values_t values = {.to = "+1", .text = "a", .id = "0", .from = from};
    const char *error = NULL, *plain;
    as_request_template_t *t;
    apr_status_t rv = as_request_template_compile(p, text, place, from, &t, &error);

    FUZZ_REQUIRE((rv == APR_SUCCESS) == !error);
    if (rv != APR_SUCCESS) {
        return;
    }
    FUZZ_REQUIRE(place != AS_REQUEST_PLACE_HEADER ||
                 !(as_request_template_uses(t) & AS_REQUEST_USES_TEXT));
    plain = as_request_template_render(p, t, &values);
    values = (as_request_values_t){.to = "+447700900123",
                                   .text = message,
                                   .id = "fe09a51c-4a0e-7a0e-9d3c-5d8f6d7d0a11",
                                   .from = from};
    check_structure(p, place, plain, as_request_template_render(p, t, &values));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char places[] = "ujfh"; /* as_request_place_t */
    const char *left = (const char *)data + 1;
    const char *place = size ? memchr(places, *data, sizeof(places) - 1) : NULL;
    char *text, *from, *message;
    apr_pool_t *p;

    if (!place) {
        return 0;
    }
    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    apr_pool_create(&p, global);
    size--;
    text = take_line(p, &left, &size);
    from = text ? take_line(p, &left, &size) : NULL;
    if (from) {
        message = apr_pstrmemdup(p, left, size);
        if (*message && as_utf8_is_valid(message, strlen(message)) &&
            as_utf8_is_valid(from, strlen(from)) && !as_utf8_has_control(from)) {
            try_template(p, (as_request_place_t)(place - places), text, *from ? from : NULL,
                         message);
        }
    }
    apr_pool_destroy(p);
    return 0;
}
