/* SPDX-License-Identifier: Apache-2.0 */
/* The query of a delivery receipt, which has a phone number in it (Vonage sends receipts by GET).
 * Logs must not show it, so it is removed from the request. */
#ifndef AS_API_QUERY_H
#define AS_API_QUERY_H

#include <httpd.h>

/*
 * Remove the query from the request and keep it for as_query_get, where `path` (as_api_path_suffix)
 * begins as a receipt's does: also that of a request which is refused before the handler runs.
 */
void as_query_hide(request_rec *r, const char *path);

/* Remove the query, whatever the path, and return it without its "?"; NULL: there was none. */
const char *as_query_take(request_rec *r);

#endif
