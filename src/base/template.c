/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template.h"

#include <apr_strings.h>

#include <string.h>

typedef enum placeholder_t {
    PLACEHOLDER_APP,
    PLACEHOLDER_CODE,
    PLACEHOLDER_MINUTES,
    PLACEHOLDER_EVENT,
    PLACEHOLDERS
} placeholder_t;

static const char *const placeholders[PLACEHOLDERS] = {"{app}", "{code}", "{minutes}", "{event}"};

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

/* Does a text with this content have a value for the placeholder? */
static int has_value(as_template_content_t content, placeholder_t placeholder)
{
    switch (placeholder) {
    case PLACEHOLDER_CODE:
    case PLACEHOLDER_MINUTES:
        return content == AS_TEMPLATE_CODE;
    case PLACEHOLDER_EVENT:
        return content == AS_TEMPLATE_EVENT;
    default:
        return 1;
    }
}

static const char *list_placeholders(as_template_content_t content)
{
    switch (content) {
    case AS_TEMPLATE_CODE:
        return "{code}, {app} or {minutes}";
    case AS_TEMPLATE_EVENT:
        return "{event} or {app}";
    default:
        return "{app}: this text has no code";
    }
}

const char *as_template_check(apr_pool_t *p, const char *text, as_template_content_t content)
{
    int found[PLACEHOLDERS] = {0};

    for (const char *brace = strchr(text, '{'); brace; brace = strchr(brace + 1, '{')) {
        placeholder_t placeholder = find_placeholder(brace);

        if (placeholder == PLACEHOLDERS || !has_value(content, placeholder)) {
            return apr_psprintf(p, "'%.*s' must be %s", (int)strcspn(brace, " }") + 1, brace,
                                list_placeholders(content));
        }
        found[placeholder] = 1;
    }
    if (content == AS_TEMPLATE_CODE && !found[PLACEHOLDER_CODE]) {
        return "must contain {code}";
    }
    if (content == AS_TEMPLATE_EVENT && !found[PLACEHOLDER_EVENT]) {
        return "must contain {event}";
    }
    return NULL;
}

static const char *placeholder_value(apr_pool_t *p, const as_template_values_t *values,
                                     placeholder_t placeholder)
{
    switch (placeholder) {
    case PLACEHOLDER_CODE:
        return values->code;
    case PLACEHOLDER_MINUTES:
        return apr_itoa(p, values->minutes);
    case PLACEHOLDER_EVENT:
        return values->event;
    default:
        return values->app;
    }
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
