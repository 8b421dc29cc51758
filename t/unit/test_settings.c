/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about settings of a database. */
#include "store_samples.h"
#include "store_support.h"

#include <apr_strings.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

static void missing_timeouts_are_logged(store_t *s)
{
    as_db_t *db = store_open(
        s,
        apr_psprintf(s->pool, "%s connect_timeout=0 options='-c statement_timeout=0'", s->params),
        NULL);

    for (int i = 0; i < 2; i++) {
        assert_ok(as_db_read(db, s->pool, store_pause, NULL));
        db = store_open(s, NULL, NULL);
    }
    assert_int_equal(store_logged(AS_LOG_WARNING, "DBDParams options='-c statement_timeout=3000' "
                                                  "connect_timeout=2"),
                     1);
    assert_int_equal(store_logged(AS_LOG_WARNING, "DBDParams"), 1);
}

/* version() of the engine, as its first connection finds it. */
static int warnings_with_version(store_t *s, const char *version)
{
    as_db_t *db = store_open(s, NULL, NULL);

    store_do(db, s->pool,
             apr_psprintf(s->pool,
                          "CREATE OR REPLACE FUNCTION public.version() RETURNS text LANGUAGE sql "
                          "AS $$ SELECT '%s'::text $$",
                          version));
    db = store_open(s,
                    apr_psprintf(s->pool,
                                 "%s options='-c statement_timeout=3000 -c "
                                 "search_path=public,pg_catalog'",
                                 s->params),
                    NULL);
    for (int i = 0; i < 2; i++) {
        assert_ok(as_db_read(db, s->pool, store_pause, NULL));
    }
    return store_logged(AS_LOG_WARNING, "not tested");
}

static void untested_engines_are_logged(store_t *s)
{
    assert_int_equal(warnings_with_version(s, "PostgreSQL 15.2 (YB-House) on x86_64-pc-linux-gnu"),
                     0);
    assert_int_equal(
        warnings_with_version(s, "PostgreSQL 11.2-YB-2.18.0.0-b0 on x86_64-pc-linux-gnu"), 1);
    assert_int_equal(store_logged(AS_LOG_WARNING, "YugabyteDB is not tested"), 1);
    assert_int_equal(warnings_with_version(s, "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu)"), 2);
    assert_int_equal(store_logged(AS_LOG_WARNING, "CockroachDB is not tested"), 1);
}

/* Virtual hosts may have databases of their own, each with its own log and its own gaps. */
static void settings_of_each_database_are_logged(store_t *s)
{
    const char *params =
        apr_pstrcat(s->pool, s->params, " client_encoding=LATIN1 connect_timeout=0", NULL);

    for (int i = 1; i <= 2; i++) {
        as_db_t *db = store_open(s, params, NULL);

        assert_int_equal(store_number(db, s->pool, "SELECT 1"), 1);
        assert_int_equal(store_number(db, s->pool, "SELECT 1"), 1);
        assert_int_equal(store_logged(AS_LOG_WARNING, "client_encoding=UTF8"), i);
        assert_int_equal(store_logged(AS_LOG_WARNING, "add to DBDParams connect_timeout=2"), i);
    }
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE_ON(missing_timeouts_are_logged, PGSQL),
        CASE_ON(untested_engines_are_logged, PGSQL),
        CASE_ON(settings_of_each_database_are_logged, PGSQL),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
