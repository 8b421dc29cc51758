/* SPDX-License-Identifier: Apache-2.0 */
/* Removes the query of a delivery receipt from a request, so that logs do not show it: Vonage sends
 * receipts by GET, with the phone number in the query. */
#ifndef AS_API_QUERY_H
#define AS_API_QUERY_H

#include <httpd.h>

/* Remove the query, if `path` (as_api_path_suffix) begins like that of a receipt. For requests that
 * httpd may reject before the handler runs. */
void as_query_hide(request_rec *r, const char *path);

/* Remove the query, and return it without its "?", also if it was hidden before; NULL: none. */
const char *as_query_take(request_rec *r);

#endif
