/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's notes on a request. Unlike environment variables, error documents do not inherit
 * them.
 */
#ifndef AS_GUARD_NOTE_H
#define AS_GUARD_NOTE_H

#include <httpd.h>

/* The value of a note; NULL: not set. `name` is compared by address, which is fast: it must be the
 * array that the note was set with. */
static inline const char *as_note_get(const request_rec *r, const char *name)
{
    const apr_array_header_t *notes = apr_table_elts(r->notes);
    const apr_table_entry_t *note = (const apr_table_entry_t *)notes->elts;
    const apr_table_entry_t *end = note + notes->nelts;

    while (note < end && note->key != name) {
        note++;
    }
    return note < end ? note->val : NULL;
}

#endif
