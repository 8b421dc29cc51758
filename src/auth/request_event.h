/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a request. */
#ifndef AS_AUTH_REQUEST_EVENT_H
#define AS_AUTH_REQUEST_EVENT_H

#include <httpd.h>

#include "base/event.h"

/* Raise an event with the address, the id and the host of this request. */
void as_request_event_raise(request_rec *r, as_event_t event);

#endif
