/* SPDX-License-Identifier: Apache-2.0 */
/* GET /sessions */
#include "api/call.h"

#include <string.h>

#include "base/clock.h"
#include "store/sessions.h"
#include "text/json.h"

enum { LISTED_MAX = 100 };

typedef struct list_t {
    const as_call_t *call;
    apr_array_header_t *sessions;
} list_t;

static apr_status_t read_list(as_tx_t *tx, void *baton)
{
    list_t *list = baton;

    return as_sessions_list(tx, list->call->verdict->account->id, list->call->now, LISTED_MAX,
                            &list->sessions);
}

static void add_text(json_object *object, const char *name, const char *value)
{
    json_object_object_add(object, name, value ? json_object_new_string(value) : NULL);
}

static json_object *make_entry(const as_call_t *call, const as_session_t *session)
{
    const char *current = call->verdict->token.claims.sid;
    json_object *entry = json_object_new_object();

    add_text(entry, "sid", session->sid);
    add_text(entry, "createdAt", as_clock_format_rfc3339(call->pool, session->created_at));
    add_text(entry, "usedAt", as_clock_format_rfc3339(call->pool, session->used_at));
    add_text(entry, "agent", session->agent);
    add_text(entry, "address", session->address);
    as_json_add_list(entry, "amr", session->amr, " ");
    json_object_object_add(entry, "current",
                           json_object_new_boolean(current && strcmp(session->sid, current) == 0));
    return entry;
}

as_error_t as_endpoint_sessions(as_call_t *call)
{
    list_t list = {.call = call};
    json_object *entries;

    call->log_account = call->verdict->account->id;
    if (as_db_read(call->db, call->pool, read_list, &list) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    as_call_succeed(call, HTTP_OK, "");
    entries = json_object_new_array();
    json_object_object_add(call->reply.json, "sessions", entries);
    for (int i = 0; i < list.sessions->nelts; i++) {
        const as_session_t *session = &APR_ARRAY_IDX(list.sessions, i, as_session_t);

        json_object_array_add(entries, make_entry(call, session));
    }
    return AS_OK;
}
