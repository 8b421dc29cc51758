/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include <apr_strings.h>

/* "authsms" as a number, so that nobody else takes this lock by accident. */
#define LOCK_PGSQL "SELECT pg_advisory_xact_lock(27432484104072563)"

/*
 * Times are µs since 1970 in BIGINT, flags 0 or 1. Keys compare as bytes in both; on PostgreSQL
 * this also makes their indexes independent of the system's collations. SQLite knows only the
 * affinity of a type's name.
 */
static const as_stmt_t version_1[] = {
    {"CREATE TABLE authsms_users ("
     " id TEXT NOT NULL PRIMARY KEY,"
     " username TEXT NOT NULL,"
     " username_key TEXT NOT NULL UNIQUE,"
     " password TEXT NOT NULL,"
     " mobile_given TEXT NOT NULL,"
     " mobile TEXT NOT NULL,"
     " country TEXT NOT NULL,"
     " remote_id TEXT,"
     " verified SMALLINT NOT NULL CHECK (verified IN (0, 1)),"
     " locked SMALLINT NOT NULL CHECK (locked IN (0, 1)),"
     " created_at BIGINT NOT NULL,"
     " updated_at BIGINT NOT NULL,"
     " last_login BIGINT NOT NULL,"
     " valid_from BIGINT NOT NULL,"
     " proved_at BIGINT NOT NULL,"
     " pending_until BIGINT NOT NULL)",
     "CREATE TABLE authsms_users ("
     " id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,"
     " username TEXT NOT NULL,"
     " username_key TEXT COLLATE \"C\" NOT NULL UNIQUE,"
     " password TEXT NOT NULL,"
     " mobile_given TEXT NOT NULL,"
     " mobile TEXT COLLATE \"C\" NOT NULL,"
     " country TEXT NOT NULL,"
     " remote_id TEXT,"
     " verified SMALLINT NOT NULL CHECK (verified IN (0, 1)),"
     " locked SMALLINT NOT NULL CHECK (locked IN (0, 1)),"
     " created_at BIGINT NOT NULL,"
     " updated_at BIGINT NOT NULL,"
     " last_login BIGINT NOT NULL,"
     " valid_from BIGINT NOT NULL,"
     " proved_at BIGINT NOT NULL,"
     " pending_until BIGINT NOT NULL)"},
    {"CREATE INDEX authsms_users_pending ON authsms_users (pending_until) WHERE verified = 0",
     NULL},

    {"CREATE TABLE authsms_codes ("
     " user_id TEXT NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"
     " purpose SMALLINT NOT NULL,"
     " id TEXT NOT NULL UNIQUE,"
     " mobile TEXT NOT NULL,"
     " digest TEXT,"
     " ref TEXT,"
     " attempts INTEGER NOT NULL,"
     " created_at BIGINT NOT NULL,"
     " expires_at BIGINT NOT NULL,"
     " PRIMARY KEY (user_id, purpose))",
     "CREATE TABLE authsms_codes ("
     " user_id TEXT COLLATE \"C\" NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"
     " purpose SMALLINT NOT NULL,"
     " id TEXT COLLATE \"C\" NOT NULL UNIQUE,"
     " mobile TEXT COLLATE \"C\" NOT NULL,"
     " digest TEXT,"
     " ref TEXT,"
     " attempts INTEGER NOT NULL,"
     " created_at BIGINT NOT NULL,"
     " expires_at BIGINT NOT NULL,"
     " PRIMARY KEY (user_id, purpose))"},
    {"CREATE INDEX authsms_codes_expiry ON authsms_codes (expires_at)", NULL},

    {"CREATE TABLE authsms_sessions ("
     " sid TEXT NOT NULL PRIMARY KEY,"
     " user_id TEXT NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"
     " created_at BIGINT NOT NULL,"
     " used_at BIGINT NOT NULL,"
     " expires_at BIGINT NOT NULL,"
     " agent TEXT,"
     " address TEXT)",
     "CREATE TABLE authsms_sessions ("
     " sid TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,"
     " user_id TEXT COLLATE \"C\" NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"
     " created_at BIGINT NOT NULL,"
     " used_at BIGINT NOT NULL,"
     " expires_at BIGINT NOT NULL,"
     " agent TEXT,"
     " address TEXT)"},
    {"CREATE INDEX authsms_sessions_user ON authsms_sessions (user_id)", NULL},
    {"CREATE INDEX authsms_sessions_expiry ON authsms_sessions (expires_at) WHERE expires_at > 0",
     NULL},

    {"CREATE TABLE authsms_limits ("
     " name TEXT NOT NULL,"
     " key TEXT NOT NULL,"
     " hits INTEGER NOT NULL,"
     " ends_at BIGINT NOT NULL,"
     " PRIMARY KEY (name, key))",
     "CREATE TABLE authsms_limits ("
     " name TEXT COLLATE \"C\" NOT NULL,"
     " key TEXT COLLATE \"C\" NOT NULL,"
     " hits INTEGER NOT NULL,"
     " ends_at BIGINT NOT NULL,"
     " PRIMARY KEY (name, key)) WITH (fillfactor = 70)"},
    {"CREATE INDEX authsms_limits_expiry ON authsms_limits (ends_at)", NULL},
    {NULL, NULL},
};

static const as_stmt_t version_2[] = {
    {"CREATE TABLE authsms_addresses ("
     " key TEXT NOT NULL PRIMARY KEY,"
     " user_id TEXT NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"
     " expires_at BIGINT NOT NULL)",
     "CREATE TABLE authsms_addresses ("
     " key TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,"
     " user_id TEXT COLLATE \"C\" NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"
     " expires_at BIGINT NOT NULL)"},
    {"CREATE INDEX authsms_addresses_user ON authsms_addresses (user_id)", NULL},
    {"CREATE INDEX authsms_addresses_expiry ON authsms_addresses (expires_at)", NULL},

    {"CREATE TABLE authsms_jobs ("
     " name TEXT NOT NULL PRIMARY KEY,"
     " holder TEXT NOT NULL,"
     " until BIGINT NOT NULL)",
     NULL},
    {NULL, NULL},
};

static const as_stmt_t version_3[] = {
    {"CREATE TABLE authsms_outbox ("
     " id TEXT NOT NULL PRIMARY KEY,"
     " user_id TEXT NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"
     " site TEXT NOT NULL,"
     " kind TEXT NOT NULL,"
     " code_id TEXT,"
     " mobile TEXT NOT NULL,"
     " body TEXT,"
     " state SMALLINT NOT NULL,"
     " attempts INTEGER NOT NULL,"
     " claim TEXT,"
     " sender TEXT,"
     " ref TEXT,"
     " error TEXT,"
     " created_at BIGINT NOT NULL,"
     " due_at BIGINT NOT NULL,"
     " expires_at BIGINT NOT NULL,"
     " updated_at BIGINT NOT NULL)",
     "CREATE TABLE authsms_outbox ("
     " id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,"
     " user_id TEXT COLLATE \"C\" NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"
     " site TEXT NOT NULL,"
     " kind TEXT NOT NULL,"
     " code_id TEXT,"
     " mobile TEXT NOT NULL,"
     " body TEXT,"
     " state SMALLINT NOT NULL,"
     " attempts INTEGER NOT NULL,"
     " claim TEXT,"
     " sender TEXT,"
     " ref TEXT COLLATE \"C\","
     " error TEXT,"
     " created_at BIGINT NOT NULL,"
     " due_at BIGINT NOT NULL,"
     " expires_at BIGINT NOT NULL,"
     " updated_at BIGINT NOT NULL)"},
    {"CREATE INDEX authsms_outbox_due ON authsms_outbox (due_at) WHERE state <= 2", NULL},
    {"CREATE INDEX authsms_outbox_ref ON authsms_outbox (ref) WHERE ref IS NOT NULL", NULL},
    {"CREATE INDEX authsms_outbox_user ON authsms_outbox (user_id)", NULL},
    {"CREATE INDEX authsms_outbox_age ON authsms_outbox (created_at)", NULL},
    {NULL, NULL},
};

/* The id that an account had in the system it was imported from. */
static const as_stmt_t version_4[] = {
    {"ALTER TABLE authsms_users ADD COLUMN legacy_id TEXT",
     "ALTER TABLE authsms_users ADD COLUMN legacy_id TEXT COLLATE \"C\""},
    {"CREATE UNIQUE INDEX authsms_users_legacy ON authsms_users (legacy_id)"
     " WHERE legacy_id IS NOT NULL",
     NULL},
    {NULL, NULL},
};

/* What remote verifiers have open for a number. */
static const as_stmt_t version_5[] = {
    {"CREATE INDEX authsms_codes_remote ON authsms_codes (mobile) WHERE digest IS NULL", NULL},
    {NULL, NULL},
};

/* What leads from each version to the next. */
static const as_stmt_t *const upgrades[AS_SCHEMA_VERSION] = {version_1, version_2, version_3,
                                                             version_4, version_5};

static const as_stmt_t find_table = {
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'authsms_schema'",
    "SELECT count(*) FROM pg_class WHERE oid = to_regclass('authsms_schema')"};
static const as_stmt_t find_version = {"SELECT max(version) FROM authsms_schema", NULL};
static const as_stmt_t set_version = {"UPDATE authsms_schema SET version = %d", NULL};
static const as_stmt_t first_version = {"INSERT INTO authsms_schema (version) VALUES (0)", NULL};

typedef struct ensured_t {
    int *version;
    int at_leisure;
} ensured_t;

static apr_status_t read_version(as_tx_t *tx, void *baton)
{
    int *version = baton;
    as_rows_t *rows;
    apr_status_t rv = as_tx_query(tx, &find_table, &rows);

    *version = 0;
    if (rv != APR_SUCCESS || as_rows_int(rows, 0, 0) == 0) {
        return rv;
    }
    rv = as_tx_query(tx, &find_version, &rows);
    if (rv == APR_SUCCESS) {
        *version = (int)as_rows_int(rows, 0, 0);
    }
    return rv;
}

static apr_status_t upgrade(as_tx_t *tx, void *baton)
{
    const ensured_t *ensured = baton;
    int *version = ensured->version;
    int pgsql = as_tx_is_pgsql(tx);
    /* BEGIN IMMEDIATE is SQLite's lock. */
    apr_status_t rv = pgsql ? as_tx_run(tx, LOCK_PGSQL) : APR_SUCCESS;

    if (rv == APR_SUCCESS && pgsql && ensured->at_leisure) {
        rv = as_tx_run(tx, "SET LOCAL statement_timeout = 0");
    }
    if (rv == APR_SUCCESS) {
        rv = read_version(tx, version);
    }
    if (rv != APR_SUCCESS || *version >= AS_SCHEMA_VERSION) {
        return rv;
    }
    if (*version == 0) {
        rv = as_tx_run(tx, "CREATE TABLE authsms_schema (version INTEGER NOT NULL)");
        if (rv == APR_SUCCESS) {
            rv = as_tx_exec(tx, &first_version, NULL);
        }
    }
    for (; rv == APR_SUCCESS && *version < AS_SCHEMA_VERSION; ++*version) {
        for (const as_stmt_t *s = upgrades[*version]; rv == APR_SUCCESS && s->sqlite; s++) {
            rv = as_tx_run(tx, pgsql && s->pgsql ? s->pgsql : s->sqlite);
        }
    }
    return rv == APR_SUCCESS ? as_tx_exec(tx, &set_version, NULL, version) : rv;
}

apr_status_t as_schema_ensure(as_db_t *db, apr_pool_t *p, int at_leisure)
{
    int version = 0;
    ensured_t ensured = {&version, at_leisure};
    apr_status_t rv = as_db_read(db, p, read_version, &version);

    if (rv == APR_SUCCESS && version < AS_SCHEMA_VERSION) {
        rv = as_db_write(db, p, upgrade, &ensured);
    }
    if (rv == APR_SUCCESS && version > AS_SCHEMA_VERSION) {
        rv = APR_EINVAL;
        if (as_db_first_time(db)) {
            as_log(as_db_log(db), AS_LOG_ERR, 0,
                   "the tables are of version %d and this module knows version %d: it does "
                   "not touch them; upgrade the module",
                   version, AS_SCHEMA_VERSION);
        }
    }
    return rv;
}

apr_status_t as_schema_version(as_db_t *db, apr_pool_t *p, int *version)
{
    return as_db_read(db, p, read_version, version);
}
