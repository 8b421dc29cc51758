/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document as JSON, made from openapi.json. Between its three parts stand, as JSON
 * strings, the version of the module and the URL of the API. */
#ifndef AS_API_OPENAPI_TEXT_H
#define AS_API_OPENAPI_TEXT_H

extern const char as_openapi_head[], as_openapi_middle[], as_openapi_tail[];

#endif
