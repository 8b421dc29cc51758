/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the texts: AuthSMSTemplate, or what is built in. */
#ifndef AS_CONFIG_TEXT_TEMPLATE_H
#define AS_CONFIG_TEXT_TEMPLATE_H

#include <httpd.h>

#include "config/config.h"

/* Does a text of this kind carry a code? */
int as_text_template_has_code(as_text_kind_t kind);

/* May it be switched off (`none`)? */
int as_text_template_is_optional(as_text_kind_t kind);

/* Is it sent at all: is it not switched off? */
int as_text_template_is_sent(const as_srv_t *sc, as_text_kind_t kind);

/* The name that the directive has for it. */
const char *as_text_template_name(as_text_kind_t kind);

/* The kind of that name; AS_TEXT_COUNT: none. */
as_text_kind_t as_text_template_find(const char *name);

/* The text of a server that sends it, with the line that browsers read (AuthSMSWebOTP) where it
 * carries a code. code: NULL where the kind has none. */
const char *as_text_template_render(apr_pool_t *p, const server_rec *s, as_text_kind_t kind,
                                    const char *code);

/* configtest: tell how many messages the templates of this server make. */
void as_text_template_log_lengths(apr_pool_t *p, server_rec *s);

#endif
