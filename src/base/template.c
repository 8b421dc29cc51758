/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template.h"

#include <apr_strings.h>

#include <string.h>

typedef enum name_t { NAME_APP, NAME_CODE, NAME_MINUTES, NAMES } name_t;

static const char *const names[NAMES] = {"{app}", "{code}", "{minutes}"};

/* Which name stands at an opening brace; NAMES: none. */
static name_t name_at(const char *text)
{
    name_t name = NAME_APP;

    while (name < NAMES && strncmp(text, names[name], strlen(names[name])) != 0) {
        name++;
    }
    return name;
}

const char *as_template_check(apr_pool_t *p, const char *text, int with_code)
{
    int found[NAMES] = {0};
    const char *fault = NULL;

    for (const char *brace = strchr(text, '{'); brace && !fault; brace = strchr(brace + 1, '{')) {
        name_t name = name_at(brace);

        if (name == NAMES) {
            fault = apr_psprintf(p, "'%.*s' must be {code}, {app} or {minutes}",
                                 (int)strcspn(brace, " }") + 1, brace);
        } else {
            found[name] = 1;
        }
    }
    if (!fault && with_code && !found[NAME_CODE]) {
        fault = "must have {code} in it";
    } else if (!fault && !with_code && (found[NAME_CODE] || found[NAME_MINUTES])) {
        fault = "takes no {code} and no {minutes}: this text carries none";
    }
    return fault;
}

static const char *value_of(apr_pool_t *p, const as_template_values_t *values, name_t name)
{
    const char *value = name == NAME_APP ? values->app : values->code;

    return name == NAME_MINUTES ? apr_itoa(p, values->minutes) : value;
}

const char *as_template_render(apr_pool_t *p, const char *text, const as_template_values_t *values)
{
    const char *rendered = "";
    const char *brace;
    name_t name;

    while ((brace = strchr(text, '{')) != NULL && (name = name_at(brace)) != NAMES) {
        rendered = apr_pstrcat(p, rendered, apr_pstrmemdup(p, text, (apr_size_t)(brace - text)),
                               value_of(p, values, name), NULL);
        text = brace + strlen(names[name]);
    }
    return apr_pstrcat(p, rendered, text, NULL);
}
