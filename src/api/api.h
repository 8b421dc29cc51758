/* SPDX-License-Identifier: Apache-2.0 */
/* The API's hooks, for the map (mod_authsms.c). */
#ifndef AS_API_API_H
#define AS_API_API_H

#include <httpd.h>

#define AS_API_HANDLER "authsms-api"

/* Does the API serve this request, by its path and the Location's word? */
int as_api_is_requested(request_rec *r);

/* translate_name, last: httpd's own would look for a file of a path below the API, and answer 403
 * to one longer than its file system takes. OK or DECLINED. */
int as_api_translate_name(request_rec *r);

/* map_to_storage, first: claims what lies below a Location with AuthSMSApi On, before any
 * <Directory> applies. The path itself is claimed too. OK or DECLINED. */
int as_api_map_to_storage(request_rec *r);

/* A hook that gives a claimed request its handler back before mod_dir's fixups. OK or DECLINED. */
int as_api_fixups(request_rec *r);

/* The content handler. */
int as_api_handler(request_rec *r);

#endif
