/* SPDX-License-Identifier: Apache-2.0 */
/* Sections with AuthType JWT must have a Require for every method: httpd returns 500 otherwise. */
#ifndef AS_CONFIG_AUTH_SECTIONS_H
#define AS_CONFIG_AUTH_SECTIONS_H

#include <httpd.h>
#include <http_config.h>

#include "config/config.h"

/* Record the section of an AuthType JWT, until the whole configuration is read. */
void as_auth_sections_record(cmd_parms *cmd, const as_dir_t *dc);

/* Warn about each recorded section without a Require for every method. */
void as_auth_sections_check(apr_pool_t *pconf, server_rec *s);

#endif
