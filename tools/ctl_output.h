/* SPDX-License-Identifier: Apache-2.0 */
/* Output for terminals and scripts. What users entered is escaped: it could control a terminal, or
 * look like another line. */
#ifndef AS_TOOLS_CTL_OUTPUT_H
#define AS_TOOLS_CTL_OUTPUT_H

#include <json-c/json.h>

#include "ctl.h"

/*
 * Escape a text for a line of output: control characters, format characters (such as those that
 * reverse the direction of writing), line separators, private and unassigned characters, bytes that
 * are not UTF-8, and the backslash become \xHH for each byte, or \\. NULL: "".
 */
const char *ctl_escape(apr_pool_t *p, const char *text);

/* Print an object as one line of JSON, in which the same characters become \uXXXX. */
void ctl_print_json(json_object *object);

/* Print the words of a list (store/roles.h) or "-". */
const char *ctl_format_list(const char *list);

/* RFC 3339, or "never" for 0. */
const char *ctl_format_time(apr_pool_t *p, apr_time_t time);

/* Add members. text NULL: null; time 0: null. */
void ctl_add_text(json_object *object, const char *name, const char *text);
void ctl_add_time(const ctl_t *ctl, json_object *object, const char *name, apr_time_t time);

#endif
