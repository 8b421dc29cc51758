/* SPDX-License-Identifier: Apache-2.0 */
/* The setters of what texts say, and of how they go out. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"
#include "config/text_template.h"
#include "account/code.h"
#include "account/phone.h"
#include "base/template.h"
#include "account/username.h"

enum { HOST_MAX = 253 };

const char *as_set_app_name(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_text(cmd, value, &as_srv(cmd->server)->app_name);
}

const char *as_set_delivery(cmd_parms *cmd, void *dir, const char *value)
{
    static const char *const words[] = {"direct", "queued", NULL};

    (void)dir;
    return as_parse_choice(cmd, value, words, &as_srv(cmd->server)->queued);
}

/* The names of the texts, for errors. */
static const char *text_names(apr_pool_t *p)
{
    const char *names = as_text_template_name(AS_TEXT_CODE);

    for (as_text_kind_t kind = AS_TEXT_CODE + 1; kind < AS_TEXT_COUNT; kind++) {
        names = apr_pstrcat(p, names, ", ", as_text_template_name(kind), NULL);
    }
    return names;
}

const char *as_set_template(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_text_kind_t kind = argc ? as_text_template_find(argv[0]) : AS_TEXT_COUNT;
    const char *text = NULL;
    const char *fault = NULL;

    (void)dir;
    if (argc != 2) {
        return as_parse_error(cmd, argc ? argv[argc - 1] : "",
                              "needs a name and a quoted text, or default");
    }
    if (kind == AS_TEXT_COUNT) {
        return as_parse_error(
            cmd, argv[0],
            apr_pstrcat(cmd->pool, "must be one of ", text_names(cmd->temp_pool), NULL));
    }
    if (ap_cstr_casecmp(argv[1], as_config_default) == 0) {
        as_srv(cmd->server)->texts[kind] = as_config_default;
        return NULL;
    }
    fault = as_parse_text(cmd, argv[1], &text);
    if (!fault && text == as_config_none && !as_text_template_is_optional(kind)) {
        return as_parse_error(cmd, argv[1], "must be a text, or default");
    }
    if (!fault && text != as_config_none) {
        fault = as_template_check(cmd->pool, text, as_text_template_has_code(kind));
        fault = fault ? as_parse_error(cmd, text, fault) : NULL;
    }
    as_srv(cmd->server)->texts[kind] = text;
    return fault;
}

/* Letters, digits and hyphens between dots, as browsers compare it with the page's host. */
static int is_host(const char *value)
{
    apr_size_t len = strlen(value);
    int good = len > 0 && len <= HOST_MAX && value[len - 1] != '.' && value[len - 1] != '-';

    for (const char *c = value; good && *c; c++) {
        int starts = c == value || c[-1] == '.';

        good = apr_isalnum(*c) || (!starts && *c == '-') || (!starts && *c == '.' && c[-1] != '-');
    }
    return good;
}

const char *as_set_webotp(cmd_parms *cmd, void *dir, const char *value)
{
    as_srv_t *sc = as_srv(cmd->server);

    (void)dir;
    if (ap_cstr_casecmp(value, "off") == 0) {
        sc->webotp = as_config_none;
        return NULL;
    }
    sc->webotp = value;
    return is_host(value)
               ? NULL
               : as_parse_error(cmd, value, "must be a host name such as example.org, or Off");
}

static const char *test_number(cmd_parms *cmd, char *const argv[], as_test_number_t *test)
{
    apr_pool_t *p = cmd->pool;
    const char *name = NULL, *country, *number, *code;
    const as_parse_option_t options[] = {{"user", &name}, {NULL, NULL}};
    const char *error = as_parse_options(cmd, 1, argv + 2, options);

    if (error) {
        return error;
    }
    if (*argv[0] != '+' || as_phone_normalize(p, argv[0], "+1", AS_PHONE_TYPES_ANY, &number,
                                              &country) != APR_SUCCESS) {
        return as_parse_error(cmd, argv[0], "must be a number with + and its calling code");
    }
    if (as_code_normalize(p, argv[1], &code) != APR_SUCCESS || strcmp(code, argv[1]) != 0) {
        return as_parse_error(cmd, argv[1], "must be a code of 6 to 12 digits");
    }
    if (!name || as_username_validate(p, name) != APR_SUCCESS ||
        as_username_fold(p, name, &test->username_key) != APR_SUCCESS) {
        return as_parse_error(cmd, name ? name : "", "user= must be a username");
    }
    test->number = number;
    test->code = code;
    as_parse_warn(cmd, "the code of %s is written here: whoever reads it can register that account",
                  name);
    return NULL;
}

const char *as_set_test_number(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    apr_array_header_t *all = sc->test_numbers
                                  ? apr_array_copy(cmd->pool, sc->test_numbers)
                                  : apr_array_make(cmd->pool, 1, sizeof(as_test_number_t));

    (void)dir;
    sc->test_numbers = all;
    if (argc == 1 && ap_cstr_casecmp(argv[0], as_config_none) == 0) {
        apr_array_clear(all);
        return NULL;
    }
    return argc == 3 ? test_number(cmd, argv, apr_array_push(all))
                     : as_parse_error(cmd, argc ? argv[argc - 1] : "",
                                      "needs NUMBER CODE user=NAME, or none");
}
