/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema_plan.h"

#include "store/password_index.h"

/*
 * Times are µs since 1970 in BIGINT, flags 0 or 1. KEY columns compare as bytes in both dialects,
 * so their indexes on PostgreSQL do not depend on the collations of the system. SQLite uses only
 * the affinity of a type's name.
 */
#define BOTH_DIALECTS(make)                                                                        \
    {                                                                                              \
        .sql = { make("TEXT"), make("TEXT COLLATE \"C\"") }                                        \
    }
/* The versions of clang-format disagree about it. */
/* clang-format off */
/* String literals, which are joined. NOLINTBEGIN(bugprone-macro-parentheses) */
/* An index of a table that the same version creates. */
#define INDEX(name, where)                                                                         \
    {                                                                                              \
        .index = name, .on = where                                                                 \
    }
/* An index of a table that may have many rows: 10,000 are indexed in milliseconds. */
#define INDEX_OF_OLDER(name, table, columns, is_unique)                                            \
    {                                                                                              \
        .index = name, .on = table columns, .unique = is_unique, .is_large = {                     \
            "SELECT 1 FROM " table " LIMIT 1 OFFSET 10000",                                        \
            NULL                                                                                   \
        }                                                                                          \
    }
#define ADD_COLUMN(table, column)                                                                  \
    {                                                                                              \
        .sql = {"ALTER TABLE " table " ADD COLUMN " column,                                        \
                "ALTER TABLE " table " ADD COLUMN IF NOT EXISTS " column}                          \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#define END                                                                                        \
    {                                                                                              \
        .index = NULL                                                                              \
    }
/* clang-format on */

#define USERS(KEY)                                                                                 \
    "CREATE TABLE IF NOT EXISTS authsms_users ("                                                   \
    " id " KEY " NOT NULL PRIMARY KEY,"                                                            \
    " username TEXT NOT NULL,"                                                                     \
    " username_key " KEY " NOT NULL UNIQUE,"                                                       \
    " password TEXT NOT NULL,"                                                                     \
    " mobile_given TEXT NOT NULL,"                                                                 \
    " mobile " KEY " NOT NULL,"                                                                    \
    " country TEXT NOT NULL,"                                                                      \
    " remote_id TEXT,"                                                                             \
    " verified SMALLINT NOT NULL CHECK (verified IN (0, 1)),"                                      \
    " locked SMALLINT NOT NULL CHECK (locked IN (0, 1)),"                                          \
    " created_at BIGINT NOT NULL,"                                                                 \
    " updated_at BIGINT NOT NULL,"                                                                 \
    " last_login BIGINT NOT NULL,"                                                                 \
    " valid_from BIGINT NOT NULL,"                                                                 \
    " proved_at BIGINT NOT NULL,"                                                                  \
    " pending_until BIGINT NOT NULL)"

#define CODES(KEY)                                                                                 \
    "CREATE TABLE IF NOT EXISTS authsms_codes ("                                                   \
    " user_id " KEY " NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"                   \
    " purpose SMALLINT NOT NULL,"                                                                  \
    " id " KEY " NOT NULL UNIQUE,"                                                                 \
    " mobile " KEY " NOT NULL,"                                                                    \
    " digest TEXT,"                                                                                \
    " ref TEXT,"                                                                                   \
    " attempts INTEGER NOT NULL,"                                                                  \
    " created_at BIGINT NOT NULL,"                                                                 \
    " expires_at BIGINT NOT NULL,"                                                                 \
    " PRIMARY KEY (user_id, purpose))"

#define SESSIONS(KEY)                                                                              \
    "CREATE TABLE IF NOT EXISTS authsms_sessions ("                                                \
    " sid " KEY " NOT NULL PRIMARY KEY,"                                                           \
    " user_id " KEY " NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"                   \
    " created_at BIGINT NOT NULL,"                                                                 \
    " used_at BIGINT NOT NULL,"                                                                    \
    " expires_at BIGINT NOT NULL,"                                                                 \
    " agent TEXT,"                                                                                 \
    " address TEXT)"

/* PostgreSQL: rows change often, and in place if their page has room. */
#define LIMITS(KEY)                                                                                \
    "CREATE TABLE IF NOT EXISTS authsms_limits ("                                                  \
    " name " KEY " NOT NULL,"                                                                      \
    " key " KEY " NOT NULL,"                                                                       \
    " hits INTEGER NOT NULL,"                                                                      \
    " ends_at BIGINT NOT NULL,"                                                                    \
    " PRIMARY KEY (name, key))"

static const as_schema_step_t version_1[] = {
    BOTH_DIALECTS(USERS),
    INDEX("authsms_users_pending", "authsms_users (pending_until) WHERE verified = 0"),
    BOTH_DIALECTS(CODES),
    INDEX("authsms_codes_expiry", "authsms_codes (expires_at)"),
    BOTH_DIALECTS(SESSIONS),
    INDEX("authsms_sessions_user", "authsms_sessions (user_id)"),
    INDEX("authsms_sessions_expiry", "authsms_sessions (expires_at) WHERE expires_at > 0"),
    {.sql = {LIMITS("TEXT"), LIMITS("TEXT COLLATE \"C\"") " WITH (fillfactor = 70)"}},
    INDEX("authsms_limits_expiry", "authsms_limits (ends_at)"),
    END,
};

#define ADDRESSES(KEY)                                                                             \
    "CREATE TABLE IF NOT EXISTS authsms_addresses ("                                               \
    " key " KEY " NOT NULL PRIMARY KEY,"                                                           \
    " user_id " KEY " NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"                   \
    " expires_at BIGINT NOT NULL)"

#define JOBS                                                                                       \
    "CREATE TABLE IF NOT EXISTS authsms_jobs ("                                                    \
    " name TEXT NOT NULL PRIMARY KEY,"                                                             \
    " holder TEXT NOT NULL,"                                                                       \
    " until BIGINT NOT NULL)"

static const as_schema_step_t version_2[] = {
    BOTH_DIALECTS(ADDRESSES),
    INDEX("authsms_addresses_user", "authsms_addresses (user_id)"),
    INDEX("authsms_addresses_expiry", "authsms_addresses (expires_at)"),
    {.sql = {JOBS, NULL}},
    END,
};

#define OUTBOX(KEY)                                                                                \
    "CREATE TABLE IF NOT EXISTS authsms_outbox ("                                                  \
    " id " KEY " NOT NULL PRIMARY KEY,"                                                            \
    " user_id " KEY " NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"                   \
    " site TEXT NOT NULL,"                                                                         \
    " kind TEXT NOT NULL,"                                                                         \
    " code_id TEXT,"                                                                               \
    " mobile TEXT NOT NULL,"                                                                       \
    " body TEXT,"                                                                                  \
    " state SMALLINT NOT NULL,"                                                                    \
    " attempts INTEGER NOT NULL,"                                                                  \
    " claim TEXT,"                                                                                 \
    " sender TEXT,"                                                                                \
    " ref " KEY ","                                                                                \
    " error TEXT,"                                                                                 \
    " created_at BIGINT NOT NULL,"                                                                 \
    " due_at BIGINT NOT NULL,"                                                                     \
    " expires_at BIGINT NOT NULL,"                                                                 \
    " updated_at BIGINT NOT NULL)"

static const as_schema_step_t version_3[] = {
    BOTH_DIALECTS(OUTBOX),
    INDEX("authsms_outbox_due", "authsms_outbox (due_at) WHERE state <= 2"),
    INDEX("authsms_outbox_ref", "authsms_outbox (ref) WHERE ref IS NOT NULL"),
    INDEX("authsms_outbox_user", "authsms_outbox (user_id)"),
    INDEX("authsms_outbox_age", "authsms_outbox (created_at)"),
    END,
};

/* The id that an account had in the system it was imported from. */
static const as_schema_step_t version_4[] = {
    {.sql = {"ALTER TABLE authsms_users ADD COLUMN legacy_id TEXT",
             "ALTER TABLE authsms_users ADD COLUMN IF NOT EXISTS legacy_id TEXT COLLATE \"C\""}},
    INDEX_OF_OLDER("authsms_users_legacy", "authsms_users",
                   " (legacy_id) WHERE legacy_id IS NOT NULL", 1),
    END,
};

static const as_schema_step_t version_5[] = {
    /* Open verifications of remote verifiers, by number. */
    INDEX_OF_OLDER("authsms_codes_remote", "authsms_codes", " (mobile) WHERE digest IS NULL", 0),
    /* The most expensive password hash. Tables without min_module lack it, see
     * as_schema_next_version. */
    {.index = "authsms_users_hashes",
     .on = "authsms_users (substr(password, 5, 2)) WHERE " AS_BCRYPT_INDEX_SQLITE,
     .on_pgsql =
         "authsms_users ((substr(password, 5, 2)) COLLATE \"C\") WHERE " AS_BCRYPT_INDEX_PGSQL,
     .is_large = {"SELECT 1 FROM authsms_users LIMIT 1 OFFSET 10000", NULL}},
    END,
};

/* Codes sent and entered, in slots of time. */
#define CONVERSIONS(KEY)                                                                           \
    "CREATE TABLE IF NOT EXISTS authsms_conversions ("                                             \
    " name " KEY " NOT NULL,"                                                                      \
    " key " KEY " NOT NULL,"                                                                       \
    " starts_at BIGINT NOT NULL,"                                                                  \
    " sent INTEGER NOT NULL,"                                                                      \
    " entered INTEGER NOT NULL,"                                                                   \
    " PRIMARY KEY (name, key, starts_at))"

/* In both dialects the database itself rejects a name with a comma, which would make two of one. */
#define ROLES(KEY, is_name)                                                                        \
    "CREATE TABLE IF NOT EXISTS authsms_roles ("                                                   \
    " user_id " KEY " NOT NULL REFERENCES authsms_users (id) ON DELETE CASCADE,"                   \
    " role " KEY " NOT NULL CHECK (" is_name "),"                                                  \
    " PRIMARY KEY (user_id, role))"

#define INVITATIONS(KEY)                                                                           \
    "CREATE TABLE IF NOT EXISTS authsms_invitations ("                                             \
    " id " KEY " NOT NULL PRIMARY KEY,"                                                            \
    " digest " KEY " NOT NULL UNIQUE,"                                                             \
    " uses INTEGER NOT NULL,"                                                                      \
    " roles TEXT,"                                                                                 \
    " mobile " KEY ","                                                                             \
    " created_at BIGINT NOT NULL,"                                                                 \
    " expires_at BIGINT NOT NULL)"

#define CHALLENGES(KEY)                                                                            \
    "CREATE TABLE IF NOT EXISTS authsms_challenges ("                                              \
    " id " KEY " NOT NULL PRIMARY KEY,"                                                            \
    " user_id " KEY " REFERENCES authsms_users (id) ON DELETE CASCADE,"                            \
    " subject " KEY " UNIQUE,"                                                                     \
    " site TEXT NOT NULL,"                                                                         \
    " amr TEXT NOT NULL,"                                                                          \
    " code_id " KEY ","                                                                            \
    " digest TEXT,"                                                                                \
    " mobile TEXT NOT NULL,"                                                                       \
    " text TEXT,"                                                                                  \
    " attempts INTEGER NOT NULL,"                                                                  \
    " created_at BIGINT NOT NULL,"                                                                 \
    " sent_at BIGINT NOT NULL,"                                                                    \
    " expires_at BIGINT NOT NULL)"

/* Requests of /password/forgot, which the background worker processes. */
#define RESETS(KEY)                                                                                \
    "CREATE TABLE IF NOT EXISTS authsms_resets ("                                                  \
    " id " KEY " NOT NULL PRIMARY KEY,"                                                            \
    " site TEXT NOT NULL,"                                                                         \
    " name TEXT NOT NULL,"                                                                         \
    " created_at BIGINT NOT NULL)"

static const as_schema_step_t version_6[] = {
    BOTH_DIALECTS(CONVERSIONS),
    INDEX("authsms_conversions_age", "authsms_conversions (starts_at)"),
    ADD_COLUMN("authsms_codes", "network TEXT"),
    /* The most expensive Argon2id hash. */
    {.index = "authsms_users_argon2",
     .on = "authsms_users (" AS_ARGON2_WORK_SQLITE ") WHERE " AS_ARGON2_INDEX_SQLITE,
     .on_pgsql = "authsms_users (" AS_ARGON2_WORK_PGSQL ") WHERE " AS_ARGON2_INDEX_PGSQL,
     .is_large = {"SELECT 1 FROM authsms_users LIMIT 1 OFFSET 10000", NULL}},
    /* How and when the person logged in (claims amr and auth_time). */
    ADD_COLUMN("authsms_sessions", "amr TEXT NOT NULL DEFAULT ''"),
    ADD_COLUMN("authsms_sessions", "auth_time BIGINT NOT NULL DEFAULT 0"),
    /* Hashes of its refresh token and of the one before. */
    ADD_COLUMN("authsms_sessions", "refresh TEXT"),
    ADD_COLUMN("authsms_sessions", "refresh_spent TEXT"),
    ADD_COLUMN("authsms_sessions", "refreshed_at BIGINT NOT NULL DEFAULT 0"),
    BOTH_DIALECTS(CHALLENGES),
    /* Rows without an account are in it too: their insertion takes the same work. */
    INDEX("authsms_challenges_user", "authsms_challenges (user_id)"),
    INDEX("authsms_challenges_text", "authsms_challenges (site) WHERE text IS NOT NULL"),
    INDEX("authsms_challenges_expiry", "authsms_challenges (expires_at)"),
    /* SMS as a second factor. */
    ADD_COLUMN("authsms_users", "sms_factor SMALLINT NOT NULL DEFAULT 0"
                                " CHECK (sms_factor IN (0, 1))"),
    {.sql = {ROLES("TEXT", "length(role) BETWEEN 1 AND 64 AND role NOT GLOB '*[^A-Za-z0-9_.:-]*'"),
             ROLES("TEXT COLLATE \"C\"", "role ~ '^[A-Za-z0-9_.:-]{1,64}$'")}},
    BOTH_DIALECTS(INVITATIONS),
    INDEX("authsms_invitations_expiry", "authsms_invitations (expires_at)"),
    /* The number of the invitation that a pending account used. */
    ADD_COLUMN("authsms_users", "invited_mobile TEXT"),
    /* The number that a change of number waits for. */
    ADD_COLUMN("authsms_codes", "mobile_given TEXT"),
    ADD_COLUMN("authsms_codes", "country TEXT"),
    ADD_COLUMN("authsms_codes", "remote_id TEXT"),
    BOTH_DIALECTS(RESETS),
    INDEX("authsms_resets_age", "authsms_resets (created_at)"),
    END,
};

/* A list, which the tests of a later version extend (t/unit/schema_next.c). */
#define VERSIONS version_1, version_2, version_3, version_4, version_5, version_6
static const as_schema_step_t *const expand[] = {VERSIONS};

static const as_stmt_t contract[] = {{NULL, NULL}};

const as_schema_plan_t as_schema_plan = {
    .version = sizeof(expand) / sizeof(expand[0]),
    .min_version = 6,
    .min_module = 5,
    .expand = expand,
    .contract = contract,
    .contract_module = 5,
};
