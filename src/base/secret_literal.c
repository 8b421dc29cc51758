/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret_literal.h"

#include <apr_file_info.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>
#include <strings.h>

enum { PLACEHOLDER_MAX = 256, REPEAT_MIN = 8 };

static apr_filetype_e file_type(apr_pool_t *p, const char *path, const char *root)
{
    apr_finfo_t info;
    char *full = NULL;

    if (apr_filepath_merge(&full, root, path, APR_FILEPATH_TRUENAME, p) != APR_SUCCESS ||
        apr_stat(&info, full, APR_FINFO_TYPE, p) != APR_SUCCESS) {
        return APR_NOFILE;
    }
    return info.filetype;
}

int as_secret_literal_is_file(apr_pool_t *p, const char *path, const char *root)
{
    return *path && file_type(p, path, root) == APR_REG;
}

/* A base64 secret may begin with a slash: show a path only if its file or directory exists. */
static const char *path_for_error(apr_pool_t *p, const char *path, const char *root)
{
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash && slash > path ? apr_pstrmemdup(p, path, (apr_size_t)(slash - path)) : NULL;

    return as_secret_literal_is_file(p, path, root) ||
                   (folder && file_type(p, folder, root) == APR_DIR)
               ? path
               : "PATH";
}

static const char *describe_path(apr_pool_t *p, const char *path, const char *root)
{
    const char *shown = path_for_error(p, path, root);

    return apr_psprintf(p,
                        "a path, not a secret: write file:%s (a secret that begins like a path "
                        "belongs in a file)",
                        shown);
}

/* The prefix that "FILE:", "file=" or "Env:" stands for, or NULL. */
static const char *find_misspelt_prefix(const char *literal)
{
    static const char *const names[] = {"file", "env", "exec"};

    for (apr_size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        apr_size_t len = strlen(names[i]);

        if (strncasecmp(literal, names[i], len) == 0 &&
            (literal[len] == '=' || literal[len] == ':')) {
            return names[i];
        }
    }
    return NULL;
}

static const char *describe_prefix(apr_pool_t *p, const char *name, const char *value,
                                   const char *root)
{
    const char *shown = strcmp(name, "file") == 0  ? path_for_error(p, value, root)
                        : strcmp(name, "env") == 0 ? "NAME"
                                                   : "/PATH";

    return apr_psprintf(p, "the prefix is misspelt: write %s:%s", name, shown);
}

static apr_size_t variable_length(const char *name)
{
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
}

/* Show only the name in a whole "${NAME}", which httpd itself logs. "$NAME" may be a secret. */
static const char *describe_variable(apr_pool_t *p, const char *literal)
{
    const char *name = strncmp(literal, "${", 2) == 0 ? literal + 2 : "";
    apr_size_t len = variable_length(name);

    if (len && strcmp(name + len, "}") == 0) {
        name = apr_pstrmemdup(p, name, len);
    } else if (strstr(literal, "${") ||
               (literal[0] == '$' && literal[1] && !literal[1 + variable_length(literal + 1)])) {
        name = "NAME";
    } else {
        return NULL;
    }
    return apr_psprintf(p, "a variable that is not defined: write env:%s, or Define it first",
                        name);
}

const char *as_secret_literal_check(apr_pool_t *p, const char *literal, const char *root)
{
    const char *prefix = find_misspelt_prefix(literal);
    const char *variable = describe_variable(p, literal);

    if (variable) {
        return variable;
    }
    if (prefix) {
        return describe_prefix(p, prefix, literal + strlen(prefix) + 1, root);
    }
    if (*literal == '~') {
        return "a path with ~, which is not expanded: write file: and the whole path";
    }
    if (*literal == '/' || strncmp(literal, "./", 2) == 0 || strncmp(literal, "../", 3) == 0 ||
        as_secret_literal_is_file(p, literal, root)) {
        return describe_path(p, literal, root);
    }
    return NULL;
}

/* ---- placeholders ---- */

/* Write the letters and digits in lower case. Returns their number. */
static apr_size_t keep_letters_and_digits(as_span_t text, char *out)
{
    apr_size_t n = 0;

    for (apr_size_t i = 0; i < text.len; i++) {
        if (apr_isalnum(text.data[i])) {
            out[n++] = (char)apr_tolower(text.data[i]);
        }
    }
    out[n] = '\0';
    return n;
}

/* "xxxxxxxx" */
static int is_repeated_character(as_span_t text)
{
    return text.len >= REPEAT_MIN && !memcmp(text.data, text.data + 1, text.len - 1);
}

static int is_bracketed(as_span_t text)
{
    char first = text.data[0], last = text.data[text.len - 1];

    return text.len > 2 && ((first == '<' && last == '>') || (first == '[' && last == ']'));
}

int as_secret_literal_is_placeholder(as_span_t text)
{
    /* Matched as a whole. */
    static const char *const words[] = {"secret",    "mysecret", "topsecret", "password",
                                        "secretkey", "changeit", "token",     "todo"};
    /* Matched anywhere. */
    static const char *const phrases[] = {
        "changeme",   "changethis",  "pleasechange", "replaceme",    "replacethis", "replacewith",
        "yoursecret", "yourtoken",   "yourkey",      "yourauth",     "yourapi",     "yourpassword",
        "yourjwt",    "placeholder", "supersecret",  "notasecret",   "keyhere",     "secrethere",
        "tokenhere",  "donotuse",    "examplekey",   "examplesecret"};
    char letters[PLACEHOLDER_MAX + 1];

    if (!text.len || text.len > PLACEHOLDER_MAX) {
        return 0;
    }
    keep_letters_and_digits(text, letters);
    for (apr_size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(letters, words[i]) == 0) {
            return 1;
        }
    }
    for (apr_size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        if (strstr(letters, phrases[i])) {
            return 1;
        }
    }
    return is_repeated_character(text) || is_bracketed(text);
}
