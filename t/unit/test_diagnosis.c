/* SPDX-License-Identifier: Apache-2.0 */
/* What authsmsctl doctor reads from a database. */
#include "store_support.h"

#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "store/diagnosis.h"

enum { TABLES = 13 };

static apr_array_header_t *list(store_t *s, as_db_t *db)
{
    apr_array_header_t *tables;

    assert_ok(as_diagnosis_list_tables(db, s->pool, &as_schema_plan, &tables));
    assert_int_equal(tables->nelts, TABLES);
    return tables;
}

static const as_diagnosis_table_t *find(const apr_array_header_t *tables, const char *name)
{
    for (int i = 0; i < tables->nelts; i++) {
        const as_diagnosis_table_t *table = &APR_ARRAY_IDX(tables, i, as_diagnosis_table_t);

        if (strcmp(table->name, name) == 0) {
            return table;
        }
    }
    fail_msg("%s is not in the list", name);
    return NULL;
}

static int count_missing(const apr_array_header_t *tables)
{
    int missing = 0;

    for (int i = 0; i < tables->nelts; i++) {
        missing += !APR_ARRAY_IDX(tables, i, as_diagnosis_table_t).exists;
    }
    return missing;
}

static void every_table_is_listed(store_t *s)
{
    apr_array_header_t *tables = list(s, s->db);

    assert_int_equal(count_missing(tables), 0);
    assert_string_equal(find(tables, "authsms_schema")->missing, "");
    assert_string_equal(find(tables, "authsms_users")->missing, "");
    store_do(s->db, s->pool, "DROP TABLE authsms_roles");
    tables = list(s, s->db);
    assert_int_equal(count_missing(tables), 1);
    assert_false(find(tables, "authsms_roles")->exists);
}

static void without_tables_all_are_missing(store_t *s)
{
    assert_int_equal(count_missing(list(s, s->db)), TABLES);
}

static void rights_of_a_role_are_listed(store_t *s)
{
    as_db_t *db;
    apr_array_header_t *tables;

    store_do(s->db, s->pool, "CREATE ROLE doctor_reader LOGIN CONNECTION LIMIT 7");
    store_do(s->db, s->pool,
             "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO doctor_reader',"
             " current_schema()); END $$");
    store_do(s->db, s->pool, "GRANT SELECT ON authsms_schema, authsms_codes TO doctor_reader");
    store_do(s->db, s->pool, "GRANT SELECT, UPDATE ON authsms_users TO doctor_reader");
    db = store_open(s, apr_pstrcat(s->pool, s->params, " user=doctor_reader", NULL), NULL);
    tables = list(s, db);
    assert_string_equal(find(tables, "authsms_schema")->missing, "");
    assert_string_equal(find(tables, "authsms_codes")->missing, "INSERT, UPDATE, DELETE");
    assert_string_equal(find(tables, "authsms_users")->missing, "INSERT, DELETE");
    assert_string_equal(find(tables, "authsms_roles")->missing, "SELECT, INSERT, UPDATE, DELETE");
    {
        as_diagnosis_server_t server;

        assert_ok(as_diagnosis_read_server(db, s->pool, &server));
        assert_string_equal(server.role, "doctor_reader");
        assert_int_equal(server.role_limit, 7);
        assert_false(server.is_superuser);
    }
}

static void settings_of_the_server_are_read(store_t *s)
{
    as_diagnosis_server_t server;
    apr_time_t before = as_clock_now();

    assert_ok(as_diagnosis_read_server(s->db, s->pool, &server));
    assert_true(server.connections_max > 0);
    assert_int_equal(server.role_limit, -1);
    assert_true(server.is_superuser);
    assert_non_null(server.lock_timeout);
    assert_non_null(server.idle_timeout);
    assert_in_range(server.now, before - APR_USEC_PER_SEC, as_clock_now() + APR_USEC_PER_SEC);
}

static void intact_file_has_no_fault(store_t *s)
{
    const char *fault = "unset";

    assert_ok(as_diagnosis_check_file(s->db, s->pool, &fault));
    assert_null(fault);
}

/* SQLite checks a NOT NULL only when it writes. */
static void fault_of_a_file_is_found(store_t *s)
{
    const char *fault = NULL;

    store_do(s->db, s->pool, "CREATE TABLE t (v TEXT)");
    store_do(s->db, s->pool, "INSERT INTO t VALUES (NULL)");
    store_do(s->db, s->pool, "PRAGMA writable_schema=ON");
    store_do(s->db, s->pool,
             "UPDATE sqlite_master SET sql = 'CREATE TABLE t (v TEXT NOT NULL)'"
             " WHERE name = 't'");
    assert_ok(as_diagnosis_check_file(store_open(s, s->params, NULL), s->pool, &fault));
    assert_non_null(fault);
}

int main(void)
{
    const store_case_t cases[] = {
        CASE(every_table_is_listed),
        CASE_BARE(without_tables_all_are_missing),
        CASE_ON(rights_of_a_role_are_listed, PGSQL),
        CASE_ON(settings_of_the_server_are_read, PGSQL),
        CASE_ON(intact_file_has_no_fault, SQLITE),
        CASE_ON(fault_of_a_file_is_found, SQLITE),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
