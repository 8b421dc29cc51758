/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the whole configuration asks of each server, read from the tree of its lines: what stands
 * outside of <VirtualHost> is asked of every one. What is only in an .htaccess file is not seen.
 */
#ifndef AS_CONFIG_SURVEY_H
#define AS_CONFIG_SURVEY_H

#include <apr_hash.h>
#include <apr_tables.h>
#include <httpd.h>
#include <http_config.h>

typedef struct as_survey_t {
    server_rec *server;
    apr_hash_t *apis;             /* path → the AuthSMSApi On of it */
    const ap_directive_t *guard;  /* the first one; NULL: none */
    const ap_directive_t *asking; /* the first one that looks the user up; NULL: none */
    int has_driver, has_params;
    const char *most_connections; /* DBDMax; NULL: mod_dbd's own */
} as_survey_t;

/* One as_survey_t * for each server, in their order. */
const apr_array_header_t *as_survey_servers(apr_pool_t *p, server_rec *s);

#endif
