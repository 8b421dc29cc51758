/* SPDX-License-Identifier: Apache-2.0 */
/* The tables' versions: creation, upgrades beside running servers, what serves which module. */
#include "store_support.h"

#include <apr_strings.h>
#include <apr_tables.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema_next.h"
#include "store/schema.h"

enum { VERSIONS_MAX = 64 };
static const as_schema_step_t *later_steps[VERSIONS_MAX];
static as_schema_plan_t later;

static const as_schema_plan_t *later_plan(void)
{
    apr_size_t steps = (apr_size_t)as_schema_plan.version;

    assert_true(steps < VERSIONS_MAX);
    memcpy(later_steps, as_schema_plan.expand, steps * sizeof(later_steps[0]));
    later_steps[steps] = version_next;
    later = as_schema_plan;
    later.version = as_schema_plan.version + 1;
    later.min_version = later.version;
    later.expand = later_steps;
    later.contract = next_contract;
    later.contract_module = later.version;
    return &later;
}

static as_schema_state_t ensure(store_t *s, const as_schema_plan_t *plan)
{
    as_schema_state_t state = {-1, 0, 0};
    int busy = -1;

    assert_ok(as_schema_ensure(s->db, s->pool, plan, &state, &busy));
    assert_int_equal(busy, 0);
    return state;
}

static int has_index(store_t *s, const char *name)
{
    return store_number(s->db, s->pool,
                        apr_psprintf(s->pool,
                                     s->driver == SQLITE
                                         ? "SELECT count(*) FROM sqlite_master WHERE name = '%s'"
                                         : "SELECT count(*) FROM pg_index WHERE indisvalid"
                                           " AND indexrelid = to_regclass('%s')",
                                     name)) == 1;
}

static void add_users(store_t *s, int count)
{
    const char *columns = " INSERT INTO authsms_users (id, username, username_key, password,"
                          " mobile_given, mobile, country, verified, locked, created_at,"
                          " updated_at, last_login, valid_from, proved_at, pending_until)"
                          " SELECT 'id' || n, 'u' || n, 'u' || n, 'x', '', '', '+44', 1, 0, 1, 1,"
                          " 0, 0, 0, 0 FROM numbers";

    store_do(s->db, s->pool,
             apr_psprintf(s->pool,
                          "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM"
                          " numbers WHERE n < %d)%s",
                          count, columns));
}

static void write_line(void *ctx, const char *line)
{
    apr_array_header_t *lines = ctx;

    APR_ARRAY_PUSH(lines, const char *) = line;
}

static apr_status_t upgrade(store_t *s, const as_schema_plan_t *plan, as_schema_state_t *state)
{
    const as_schema_report_t report = {write_line, apr_array_make(s->pool, 4, sizeof(char *))};

    return as_schema_upgrade(s->db, store_open(s, NULL, NULL), s->pool, plan, &report, state);
}

static void tables_are_created_once(store_t *s)
{
    as_schema_state_t state;

    assert_ok(as_schema_read(s->db, s->pool, &state));
    assert_int_equal(state.version, 0);
    assert_int_equal(as_schema_evaluate(&as_schema_plan, &state), AS_SCHEMA_MISSING);
    for (int i = 0; i < 2; i++) {
        state = ensure(s, &as_schema_plan);
        assert_int_equal(state.version, as_schema_plan.version);
        assert_int_equal(state.min_module, as_schema_plan.min_module);
        assert_int_equal(as_schema_evaluate(&as_schema_plan, &state), AS_SCHEMA_COMPATIBLE);
        assert_int_equal(store_number(s->db, s->pool, "SELECT count(*) FROM authsms_schema"), 1);
    }
}

/* Tables of unknown version are neither created nor upgraded. */
static void tables_without_a_version_row_are_left_alone(store_t *s)
{
    as_schema_state_t state;
    int removed;

    ensure(s, &as_schema_plan);
    store_do(s->db, s->pool, "DELETE FROM authsms_schema");
    state = ensure(s, &as_schema_plan);
    assert_int_equal(as_schema_evaluate(&as_schema_plan, &state), AS_SCHEMA_NO_VERSION);
    assert_false(as_schema_is_outdated(&as_schema_plan, &state));
    assert_int_equal(upgrade(s, &as_schema_plan, &state), APR_EINVAL);
    assert_int_equal(as_schema_contract(s->db, s->pool, &as_schema_plan, &removed), APR_EINVAL);
    assert_int_equal(store_number(s->db, s->pool, "SELECT count(*) FROM authsms_schema"), 0);
}

/* Undo the additions of version i + 2; the rows stay. */
#define UNDO_VERSION_6                                                                             \
    "DROP INDEX authsms_users_argon2; DROP TABLE authsms_conversions;"                             \
    " ALTER TABLE authsms_codes DROP COLUMN network;"                                              \
    "ALTER TABLE authsms_sessions DROP COLUMN amr;"                                                \
    " ALTER TABLE authsms_sessions DROP COLUMN auth_time;"                                         \
    " ALTER TABLE authsms_sessions DROP COLUMN refresh;"                                           \
    " ALTER TABLE authsms_sessions DROP COLUMN refresh_spent;"                                     \
    " ALTER TABLE authsms_sessions DROP COLUMN refreshed_at;"                                      \
    " ALTER TABLE authsms_users DROP COLUMN sms_factor; DROP TABLE authsms_roles;"                 \
    " DROP TABLE authsms_invitations; ALTER TABLE authsms_users DROP COLUMN invited_mobile;"       \
    " DROP TABLE authsms_challenges;"                                                              \
    " ALTER TABLE authsms_codes DROP COLUMN mobile_given;"                                         \
    " ALTER TABLE authsms_codes DROP COLUMN country;"                                              \
    " ALTER TABLE authsms_codes DROP COLUMN remote_id;"                                            \
    " DROP TABLE authsms_resets"
static const char *const undo[] = {
    "DROP TABLE authsms_addresses; DROP TABLE authsms_jobs",
    "DROP TABLE authsms_outbox",
    "DROP INDEX authsms_users_legacy; ALTER TABLE authsms_users DROP COLUMN legacy_id",
    "DROP INDEX authsms_codes_remote",
    UNDO_VERSION_6,
};
enum { UNDONE = sizeof(undo) / sizeof(undo[0]) };

static void older_tables_are_upgraded(store_t *s)
{

    for (int from = 0; from < UNDONE * 2; from++) {
        as_schema_state_t state;

        for (int i = from % UNDONE; i < UNDONE; i++) {
            store_do(s->db, s->pool, undo[i]);
        }
        store_do(
            s->db, s->pool,
            apr_psprintf(s->pool, "UPDATE authsms_schema SET version = %d", from % UNDONE + 1));
        store_do(s->db, s->pool,
                 "INSERT INTO authsms_limits (name, key, hits, ends_at) VALUES ('n', 'k', 1, 1)");
        if (from < UNDONE) {
            state = ensure(s, &as_schema_plan);
        } else {
            assert_ok(upgrade(s, &as_schema_plan, &state));
        }
        assert_int_equal(state.version, as_schema_plan.version);
        assert_int_equal(store_number(s->db, s->pool, "SELECT version FROM authsms_schema"),
                         as_schema_plan.version);
        assert_int_equal(store_number(s->db, s->pool, "SELECT count(legacy_id) FROM authsms_users"),
                         0);
        assert_int_equal(store_number(s->db, s->pool, "SELECT count(*) FROM authsms_outbox"), 0);
        assert_int_equal(store_number(s->db, s->pool, "SELECT count(amr) FROM authsms_sessions"),
                         0);
        assert_true(has_index(s, "authsms_users_legacy"));
        assert_true(has_index(s, "authsms_codes_remote"));
        assert_true(has_index(s, "authsms_users_argon2"));
        store_do(s->db, s->pool, "DELETE FROM authsms_limits");
    }
}

/* The column is added to older tables. Modules that do not know it still read their version. */
static void min_module_column_is_added(store_t *s)
{
    as_schema_state_t state;

    ensure(s, &as_schema_plan);
    store_do(s->db, s->pool, UNDO_VERSION_6);
    store_do(s->db, s->pool,
             "ALTER TABLE authsms_schema DROP COLUMN min_module; DROP INDEX authsms_users_hashes;"
             " UPDATE authsms_schema SET version = 5");
    assert_ok(as_schema_read(s->db, s->pool, &state));
    assert_int_equal(state.min_module, as_schema_plan.min_module);
    assert_int_equal(as_schema_evaluate(&as_schema_plan, &state), AS_SCHEMA_TOO_OLD);
    state = ensure(s, &as_schema_plan);
    assert_true(state.has_min_module);
    assert_true(has_index(s, "authsms_users_hashes"));
    assert_int_equal(store_number(s->db, s->pool, "SELECT min_module FROM authsms_schema"),
                     as_schema_plan.min_module);
    assert_int_equal(store_number(s->db, s->pool, "SELECT max(version) FROM authsms_schema"),
                     as_schema_plan.version);
}

/* Without min_module, tables of a newer version are not used. */
static void newer_tables_are_used_if_min_module_allows(store_t *s)
{
    as_schema_state_t state = ensure(s, &as_schema_plan);

    state = ensure(s, later_plan());
    assert_int_equal(state.version, later_plan()->version);
    state = ensure(s, &as_schema_plan);
    assert_int_equal(state.version, later_plan()->version);
    assert_int_equal(as_schema_evaluate(&as_schema_plan, &state), AS_SCHEMA_COMPATIBLE);
    store_do(
        s->db, s->pool,
        apr_psprintf(s->pool, "UPDATE authsms_schema SET min_module = %d", later_plan()->version));
    state = ensure(s, &as_schema_plan);
    assert_int_equal(as_schema_evaluate(&as_schema_plan, &state), AS_SCHEMA_TOO_NEW);
    assert_int_equal(as_schema_evaluate(later_plan(), &state), AS_SCHEMA_COMPATIBLE);
    store_do(s->db, s->pool, "UPDATE authsms_schema SET min_module = NULL");
    state = ensure(s, &as_schema_plan);
    assert_int_equal(as_schema_evaluate(&as_schema_plan, &state), AS_SCHEMA_TOO_NEW);
    store_do(s->db, s->pool,
             apr_psprintf(s->pool, "UPDATE authsms_schema SET version = %d, min_module = %d",
                          as_schema_plan.version, as_schema_plan.min_module));
    state = ensure(s, &as_schema_plan);
    assert_int_equal(as_schema_evaluate(later_plan(), &state), AS_SCHEMA_TOO_OLD);
}

static void large_tables_are_upgraded_only_by_the_administrator(store_t *s)
{
    as_schema_state_t state;

    add_users(s, 10001);
    state = ensure(s, later_plan());
    assert_int_equal(state.version, as_schema_plan.version);
    assert_false(has_index(s, "authsms_users_later"));
    assert_ok(upgrade(s, later_plan(), &state));
    assert_int_equal(state.version, later_plan()->version);
    assert_true(has_index(s, "authsms_users_later"));
    assert_int_equal(store_number(s->db, s->pool, "SELECT count(later) FROM authsms_users"), 0);
    assert_ok(upgrade(s, later_plan(), &state));
    assert_int_equal(state.version, later_plan()->version);
}

/* After an interrupted attempt the column exists, and an index that is not valid. */
static void interrupted_upgrade_is_completed(store_t *s)
{
    as_schema_state_t state;

    add_users(s, 10001);
    store_do(s->db, s->pool, "ALTER TABLE authsms_users ADD COLUMN later TEXT");
    store_do(s->db, s->pool, "CREATE INDEX authsms_users_later ON authsms_users (later)");
    store_do(s->db, s->pool,
             "UPDATE pg_index SET indisvalid = false"
             " WHERE indexrelid = 'authsms_users_later'::regclass");
    assert_false(has_index(s, "authsms_users_later"));
    assert_ok(upgrade(s, later_plan(), &state));
    assert_int_equal(state.version, later_plan()->version);
    assert_true(has_index(s, "authsms_users_later"));
}

typedef struct holder_t {
    store_t *s;
    const as_schema_plan_t *plan;
} holder_t;

/* While another server holds the row: nothing waits, nothing is changed. */
static apr_status_t work_while_locked(as_tx_t *tx, void *baton)
{
    holder_t *h = baton;
    store_t *s = h->s;
    as_db_t *other = store_open(s, NULL, NULL);
    as_schema_state_t state;
    int busy = 0, removed;
    const as_schema_report_t report = {write_line, apr_array_make(s->pool, 4, sizeof(char *))};

    assert_ok(as_stmt_run_text(tx, "SELECT 1 FROM authsms_schema FOR UPDATE"));
    assert_ok(as_schema_ensure(other, s->pool, h->plan, &state, &busy));
    assert_int_equal(busy, 1);
    assert_int_equal(state.version, as_schema_plan.version);
    assert_int_equal(as_schema_upgrade(other, other, s->pool, h->plan, &report, &state), APR_EBUSY);
    assert_int_equal(as_schema_contract(other, s->pool, h->plan, &removed), APR_EBUSY);
    return APR_SUCCESS;
}

static void one_upgrade_runs_at_a_time(store_t *s)
{
    holder_t h = {s, later_plan()};

    assert_ok(as_db_write(s->db, s->pool, work_while_locked, &h));
    assert_int_equal(ensure(s, later_plan()).version, later_plan()->version);
}

/* Modules from before the row lock take the advisory lock alone. */
static apr_status_t work_while_advised(as_tx_t *tx, void *baton)
{
    holder_t *h = baton;
    as_schema_state_t state;
    int busy = 0;

    assert_ok(as_stmt_run_text(tx, "SELECT pg_advisory_xact_lock(27432484104072563)"));
    assert_ok(as_schema_ensure(store_open(h->s, NULL, NULL), h->s->pool, h->plan, &state, &busy));
    assert_int_equal(busy, 1);
    return APR_SUCCESS;
}

static void advisory_lock_of_older_modules_is_respected(store_t *s)
{
    holder_t h = {s, later_plan()};

    assert_ok(as_db_write(s->db, s->pool, work_while_advised, &h));
}

/* A transaction that holds the table: others must not queue behind the upgrade for long. */
static apr_status_t work_while_table_is_held(as_tx_t *tx, void *baton)
{
    holder_t *h = baton;
    as_schema_state_t state;
    int busy = 0;
    apr_time_t start;

    assert_ok(as_stmt_run_text(tx, "LOCK TABLE authsms_users IN ACCESS SHARE MODE"));
    start = apr_time_now();
    assert_int_equal(
        as_schema_ensure(store_open(h->s, NULL, NULL), h->s->pool, h->plan, &state, &busy),
        APR_EAGAIN);
    /* Far below the 2 s that lock_timeout would allow by the recommended settings. */
    assert_in_range(apr_time_now() - start, 0, apr_time_from_sec(10));
    assert_int_equal(state.version, as_schema_plan.version);
    return APR_SUCCESS;
}

static void upgrade_does_not_wait_for_a_table_lock(store_t *s)
{
    holder_t h = {s, later_plan()};

    assert_ok(as_db_write(s->db, s->pool, work_while_table_is_held, &h));
    assert_int_equal(store_logged(AS_LOG_ERR, "55P03"), 1);
}

static void contract_removes_what_older_modules_need(store_t *s)
{
    int removed = -1;

    assert_int_equal(as_schema_contract(s->db, s->pool, later_plan(), &removed), APR_EINVAL);
    assert_ok(as_schema_contract(s->db, s->pool, &as_schema_plan, &removed));
    assert_int_equal(removed, 0);
    ensure(s, later_plan());
    assert_ok(as_schema_contract(s->db, s->pool, later_plan(), &removed));
    assert_int_equal(removed, 1);
    assert_false(has_index(s, "authsms_codes_remote"));
    assert_int_equal(store_number(s->db, s->pool, "SELECT min_module FROM authsms_schema"),
                     later_plan()->contract_module);
    assert_ok(as_schema_contract(s->db, s->pool, later_plan(), &removed));
    assert_int_equal(removed, 0);
}

static apr_status_t one_server(store_t *s)
{
    apr_pool_t *p;
    store_t mine = *s;
    as_schema_state_t state;
    int busy;
    apr_status_t rv;

    apr_pool_create(&p, NULL);
    mine.pool = p;
    rv = as_schema_ensure(store_open(&mine, NULL, &s->options), p, &as_schema_plan, &state, &busy);
    return rv == APR_SUCCESS && state.version != as_schema_plan.version ? APR_EGENERAL : rv;
}

static void ten_servers_create_the_tables_at_once(store_t *s)
{
    pid_t servers[10];
    int start[2];
    char byte;

    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < 10; i++) {
        servers[i] = fork();
        if (servers[i] == 0) {
            close(start[1]);
            _exit(read(start[0], &byte, 1) == 0 ? one_server(s) != APR_SUCCESS : 2);
        }
    }
    close(start[0]);
    close(start[1]);
    for (int i = 0; i < 10; i++) {
        int status = -1;

        waitpid(servers[i], &status, 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(store_number(s->db, s->pool, "SELECT count(*) FROM authsms_schema"), 1);
    assert_int_equal(store_number(s->db, s->pool, "SELECT version FROM authsms_schema"),
                     as_schema_plan.version);
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE_BARE(tables_are_created_once),
        CASE_BARE(tables_without_a_version_row_are_left_alone),
        CASE(older_tables_are_upgraded),
        CASE(min_module_column_is_added),
        CASE_BARE(newer_tables_are_used_if_min_module_allows),
        CASE(large_tables_are_upgraded_only_by_the_administrator),
        CASE_ON(interrupted_upgrade_is_completed, PGSQL),
        CASE_ON(one_upgrade_runs_at_a_time, PGSQL),
        CASE_ON(advisory_lock_of_older_modules_is_respected, PGSQL),
        CASE_ON(upgrade_does_not_wait_for_a_table_lock, PGSQL),
        CASE(contract_removes_what_older_modules_need),
        CASE_BARE(ten_servers_create_the_tables_at_once),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
