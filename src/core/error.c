/* SPDX-License-Identifier: Apache-2.0 */
#include "core/error.h"

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
