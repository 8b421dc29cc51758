/* SPDX-License-Identifier: Apache-2.0 */
/* What the setters share: typed values, `key=value` words, and errors that say what would be right.
 */
#ifndef AS_CONFIG_PARSE_H
#define AS_CONFIG_PARSE_H

#include <httpd.h>
#include <http_config.h>

#include "base/secret_source.h"

/* "DIRECTIVE: 'VALUE': SENTENCE", for a setter to return. */
const char *as_parse_error(cmd_parms *cmd, const char *value, const char *sentence);

/* Is this the second of the two readings at a start? It would say everything twice, or to nobody:
 * httpd has left its terminal and not yet opened its log. */
int as_parse_is_second_pass(void);

/* "DIRECTIVE: TEXT" as a warning at configtest and in the error log; the format is APR's. */
void as_parse_warn(cmd_parms *cmd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A word of which a part may be a secret, as it may be shown: up to its `=`. */
const char *as_parse_redact(cmd_parms *cmd, const char *word);

/* Each returns NULL, or the setter's error. */

/* One of `words` (which end with NULL), in any case; *index is its place. */
const char *as_parse_choice(cmd_parms *cmd, const char *value, const char *const *words,
                            int *index);
const char *as_parse_flag(cmd_parms *cmd, const char *value, int *flag);
const char *as_parse_int(cmd_parms *cmd, const char *value, int min, int max, int *number);
const char *as_parse_duration(cmd_parms *cmd, const char *value, apr_interval_time_t min,
                              apr_interval_time_t max, apr_interval_time_t *duration);

/* A line of UTF-8 that is not empty, or none, which is told as as_config_none. */
const char *as_parse_text(cmd_parms *cmd, const char *value, const char **text);

/* A path or an address without slashes at its end. */
const char *as_parse_trim_slashes(apr_pool_t *p, const char *path);

/* The value of a word `name=value`; NULL: the word is another. */
const char *as_parse_value_of(const char *word, const char *name);

/* One of the keys that a directive takes: where its value goes. */
typedef struct as_parse_option_t {
    const char *name;
    const char **value; /* NULL before: also how a doubled key is found */
} as_parse_option_t;

/* Sort `key=value` words into their options (which end with a NULL name). Unknown, doubled or
 * without a value: an error. */
const char *as_parse_options(cmd_parms *cmd, int argc, char *const argv[],
                             const as_parse_option_t *options);

/* Read a secret source relative to ServerRoot; warns of a file that everybody may read. */
const char *as_parse_secret(cmd_parms *cmd, const char *source, as_secret_source_kind_t kind,
                            as_span_t *secret);

/* The same; an error is the sentence alone, without the directive's name. */
const char *as_parse_secret_source(cmd_parms *cmd, const char *source, as_secret_source_kind_t kind,
                                   as_span_t *secret);

#endif
