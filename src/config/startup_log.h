/* SPDX-License-Identifier: Apache-2.0 */
/* Notes and warnings about the configuration, at configtest and at a start. */
#ifndef AS_CONFIG_STARTUP_LOG_H
#define AS_CONFIG_STARTUP_LOG_H

#include <httpd.h>

/* Is this the second pass over the configuration at a start? Messages were already printed in the
 * first pass. */
int as_startup_log_is_second_pass(void);

/*
 * Log a text, which begins with an AS_TAG, at this level (APLOG_NOTICE, APLOG_WARNING), unless it
 * was logged since the configuration was read: virtual hosts that inherit a setting share its note.
 * Only before children are created, in one thread.
 */
void as_startup_log_once(server_rec *s, int level, const char *text);

#endif
