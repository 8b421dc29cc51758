/* SPDX-License-Identifier: Apache-2.0 */
/* For the setters: typed values, `key=value` words, and error messages. */
#ifndef AS_CONFIG_PARSE_H
#define AS_CONFIG_PARSE_H

#include <httpd.h>
#include <http_config.h>

#include "base/secret_source.h"

/* "DIRECTIVE: 'VALUE': SENTENCE", as the error message of a setter. */
const char *as_parse_error(cmd_parms *cmd, const char *value, const char *sentence);

/* Log "DIRECTIVE: TEXT" as a warning, at configtest and at a start. tag: an AS_TAG. The format is
 * APR's. */
void as_parse_warn(cmd_parms *cmd, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A word up to its `=`, for messages: the rest may be a secret. */
const char *as_parse_redact(cmd_parms *cmd, const char *word);

/* The following return NULL, or the error message of a setter. */

/* One of `words` (which end with NULL), case-insensitive. *index: its index. */
const char *as_parse_choice(cmd_parms *cmd, const char *value, const char *const *words,
                            int *index);
const char *as_parse_flag(cmd_parms *cmd, const char *value, int *flag);
const char *as_parse_int(cmd_parms *cmd, const char *value, int min, int max, int *number);
const char *as_parse_duration(cmd_parms *cmd, const char *value, apr_interval_time_t min,
                              apr_interval_time_t max, apr_interval_time_t *duration);

/* A non-empty line of UTF-8, or none: as_config_none. */
const char *as_parse_text(cmd_parms *cmd, const char *value, const char **text);

/* A path or URL without the slashes at its end. */
const char *as_parse_trim_slashes(apr_pool_t *p, const char *path);

/* The value of a word `name=value`; NULL: the word has another name. */
const char *as_parse_value_of(const char *word, const char *name);

/* A key of a directive. A list ends with a NULL name. */
typedef struct as_parse_option_t {
    const char *name;
    const char **value; /* out; NULL before, to detect a repeated key */
} as_parse_option_t;

/* Parse `key=value` words by a list of options. Error: an unknown or repeated key, or no value. */
const char *as_parse_options(cmd_parms *cmd, int argc, char *const argv[],
                             const as_parse_option_t *options);

/* Read a secret source; a file is relative to ServerRoot. Warns about a file that every user can
 * read. */
const char *as_parse_secret(cmd_parms *cmd, const char *source, as_secret_source_kind_t kind,
                            as_span_t *secret);

/* The same; an error message without the directive's name. */
const char *as_parse_secret_source(cmd_parms *cmd, const char *source, as_secret_source_kind_t kind,
                                   as_span_t *secret);

#endif
