/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template.h"

#include <apr_strings.h>

#include <string.h>

typedef enum placeholder_t {
    PLACEHOLDER_APP,
    PLACEHOLDER_CODE,
    PLACEHOLDER_MINUTES,
    PLACEHOLDERS
} placeholder_t;

static const char *const placeholders[PLACEHOLDERS] = {"{app}", "{code}", "{minutes}"};

/* The placeholder at an opening brace; PLACEHOLDERS: none. */
static placeholder_t find_placeholder(const char *text)
{
    placeholder_t placeholder = PLACEHOLDER_APP;

    while (placeholder < PLACEHOLDERS &&
           strncmp(text, placeholders[placeholder], strlen(placeholders[placeholder])) != 0) {
        placeholder++;
    }
    return placeholder;
}

const char *as_template_check(apr_pool_t *p, const char *text, int with_code)
{
    int found[PLACEHOLDERS] = {0};
    const char *error = NULL;

    for (const char *brace = strchr(text, '{'); brace && !error; brace = strchr(brace + 1, '{')) {
        placeholder_t placeholder = find_placeholder(brace);

        if (placeholder == PLACEHOLDERS) {
            error = apr_psprintf(p, "'%.*s' must be {code}, {app} or {minutes}",
                                 (int)strcspn(brace, " }") + 1, brace);
        } else {
            found[placeholder] = 1;
        }
    }
    if (!error && with_code && !found[PLACEHOLDER_CODE]) {
        error = "must contain {code}";
    } else if (!error && !with_code && (found[PLACEHOLDER_CODE] || found[PLACEHOLDER_MINUTES])) {
        error = "must not contain {code} or {minutes}: this text has no code";
    }
    return error;
}

static const char *placeholder_value(apr_pool_t *p, const as_template_values_t *values,
                                     placeholder_t placeholder)
{
    const char *value = placeholder == PLACEHOLDER_APP ? values->app : values->code;

    return placeholder == PLACEHOLDER_MINUTES ? apr_itoa(p, values->minutes) : value;
}

const char *as_template_render(apr_pool_t *p, const char *text, const as_template_values_t *values)
{
    const char *rendered = "";
    const char *brace;
    placeholder_t placeholder;

    while ((brace = strchr(text, '{')) != NULL &&
           (placeholder = find_placeholder(brace)) != PLACEHOLDERS) {
        rendered = apr_pstrcat(p, rendered, apr_pstrmemdup(p, text, (apr_size_t)(brace - text)),
                               placeholder_value(p, values, placeholder), NULL);
        text = brace + strlen(placeholders[placeholder]);
    }
    return apr_pstrcat(p, rendered, text, NULL);
}
