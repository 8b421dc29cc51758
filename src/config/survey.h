/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A survey of the configuration tree: what the lines configure for each server. Lines outside of
 * <VirtualHost> count for every server. Lines of .htaccess files are not in the tree.
 */
#ifndef AS_CONFIG_SURVEY_H
#define AS_CONFIG_SURVEY_H

#include <apr_hash.h>
#include <apr_tables.h>
#include <httpd.h>
#include <http_config.h>

typedef struct as_survey_t {
    server_rec *server;
    apr_hash_t *apis;                   /* path of the API → its line AuthSMSApi On */
    const ap_directive_t *first_guard;  /* AuthType JWT or AuthSMSProtect On; NULL: none */
    const ap_directive_t *first_lookup; /* guard that reads the account; NULL: none */
    apr_array_header_t *guards;         /* all of these: const ap_directive_t * */
    apr_array_header_t *check_handlers; /* lines SetHandler authsms-check */
    const char *status;                 /* of AuthSMSStatus outside of Locations; NULL: not set */
    apr_hash_t *statuses;               /* path of a Location → its AuthSMSStatus */
    int has_dbd_driver, has_dbd_params;
    const char *dbd_max; /* value of DBDMax; NULL: not set */
} as_survey_t;

/* One as_survey_t * for each server, in the order of the servers. */
const apr_array_header_t *as_survey_servers(apr_pool_t *p, server_rec *s);

/* Does AuthSMSStatus always200 apply to the API of this path? */
int as_survey_has_always200(const as_survey_t *survey, const char *path);

/* A line SetHandler authsms-check to whose Location no guard applies; NULL: none. Where sections of
 * other kinds may apply, only the handler itself can tell. */
const ap_directive_t *as_survey_find_unguarded_check(apr_pool_t *p, const as_survey_t *survey);

#endif
