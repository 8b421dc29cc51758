/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the texts. */
#ifndef AS_API_TEXT_H
#define AS_API_TEXT_H

#include "api/call.h"

/* The text that carries a code. */
const char *as_text_code(const as_call_t *call, const char *code);

/* The text after a good code. */
const char *as_text_welcome(const as_call_t *call);

#endif
