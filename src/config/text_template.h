/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of messages: AuthSMSTemplate, or the built-in texts. */
#ifndef AS_CONFIG_TEXT_TEMPLATE_H
#define AS_CONFIG_TEXT_TEMPLATE_H

#include <httpd.h>

#include "config/config.h"

/* Does a text of this kind contain a code, or an event? */
as_template_content_t as_text_template_content(as_text_kind_t kind);

/* Can this kind be switched off (`none`)? */
int as_text_template_is_optional(as_text_kind_t kind);

/* Is this kind not switched off? */
int as_text_template_is_sent(const as_srv_t *sc, as_text_kind_t kind);

/* The name in the directive. */
const char *as_text_template_name(as_text_kind_t kind);

/* The kind with this name; AS_TEXT_COUNT: none. */
as_text_kind_t as_text_template_find(const char *name);

/* Render the text of a kind that is sent. A text with a code ends with the line of AuthSMSWebOTP.
 * value: the code, or the event ("your password was changed"); ignored for kinds without either. */
const char *as_text_template_render(apr_pool_t *p, const server_rec *s, as_text_kind_t kind,
                                    const char *value);

/* configtest: log the number of messages that each template of this server takes. */
void as_text_template_log_lengths(apr_pool_t *p, server_rec *s);

#endif
