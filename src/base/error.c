/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stddef.h>

static const struct {
    int status;
    const char *code;
    const char *msg;
} errors[] = {{200, NULL, ""},
#define AS_ERROR_ROW(name, status, code, msg) {status, code, msg},
              AS_ERRORS(AS_ERROR_ROW)
#undef AS_ERROR_ROW
};

int as_error_status(as_error_t e)
{
    return errors[e].status;
}

const char *as_error_code(as_error_t e)
{
    return errors[e].code;
}

const char *as_error_msg(as_error_t e)
{
    return errors[e].msg;
}

as_error_t as_error_from_status(int status)
{
    static const as_error_t general[] = {
        AS_E_BAD_REQUEST,     AS_E_NOT_FOUND,    AS_E_METHOD_NOT_ALLOWED,     AS_E_REQUEST_TIMEOUT,
        AS_E_TOO_LARGE,       AS_E_URI_TOO_LONG, AS_E_UNSUPPORTED_MEDIA_TYPE, AS_E_RATE_LIMITED,
        AS_E_NOT_IMPLEMENTED, AS_E_UNAVAILABLE};

    for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++) {
        if (as_error_status(general[i]) == status) {
            return general[i];
        }
    }
    return status < 500 ? AS_E_FORBIDDEN : AS_E_SERVER_ERROR;
}
