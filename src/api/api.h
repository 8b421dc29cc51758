/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks of the API, which mod_authsms.c registers. */
#ifndef AS_API_API_H
#define AS_API_API_H

#include <httpd.h>

#define AS_API_HANDLER "authsms-api"

/* Is the path that of the API, and AuthSMSApi On for it? Works before httpd has merged the
 * sections of the request. */
int as_api_is_requested(request_rec *r);

/* translate_name, last. Returns OK for API requests: httpd's own translation would answer 403 to
 * paths that are longer than a file name may be. */
int as_api_translate_name(request_rec *r);

/* map_to_storage, first. Claims API requests, also that of the API's path itself, so that no
 * <Directory> applies to them. */
int as_api_map_to_storage(request_rec *r);

/* fixups, before mod_dir's, which may replace the handler: sets it again. */
int as_api_fixups(request_rec *r);

/* The content handler. */
int as_api_handler(request_rec *r);

#endif
