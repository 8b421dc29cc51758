/* SPDX-License-Identifier: Apache-2.0 */
/* authsmsctl: manages accounts and tables of mod_authsms from a shell. The table of commands. */
#include <apr_general.h>
#include <apr_strings.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl_commands.h"
#include "ctl_conf.h"
#include "ctl_options.h"

enum { LIMIT_MAX = 1000000, WORDS_MAX = 1000, DAY_SECONDS = 86400 };
#define STATEMENT_TIMEOUT apr_time_from_sec(60)

static const ctl_command_t commands[] = {
    {.name = "doctor",
     .run = ctl_doctor,
     .opens_no_database = 1,
     .usage = "doctor   check keys, database, providers, clock and https of --config FILE,\n"
              "                               and say what to do; it changes nothing and sends no\n"
              "                               text"},
    {.name = "schema",
     .run = ctl_schema,
     .words_min = 1,
     .words_max = 1,
     .creates_tables = 1,
     .usage =
         "schema show|create|upgrade|contract   show the version of the tables; create them;\n"
         "                               upgrade them while servers run; remove what only older\n"
         "                               modules need"},
    {.name = "list",
     .run = ctl_accounts_list,
     .options = CTL_OPT_PENDING | CTL_OPT_LOCKED | CTL_OPT_LIMIT,
     .usage = "list [--pending|--locked] [--limit N]   list accounts by name, with masked numbers"},
    {.name = "show",
     .run = ctl_accounts_show,
     .words_min = 1,
     .words_max = 1,
     .options = CTL_OPT_FULL,
     .usage = "show USER [--full]   show one account; --full: with the whole number"},
    {.name = "add",
     .run = ctl_add,
     .words_min = 1,
     .words_max = 1,
     .options =
         CTL_OPT_NUMBER | CTL_OPT_ROLE | CTL_OPT_PENDING | CTL_OPT_COUNTRY | CTL_OPT_PENDING_TTL,
     .usage =
         "add NAME --number N [--role R]… [--pending] [--pending-ttl 24h] [--country +44]\n"
         "                               make an account; --pending: its number is not verified"},
    {.name = "passwd",
     .run = ctl_passwd,
     .words_min = 1,
     .words_max = 1,
     .usage = "passwd USER   set a new password and end every session"},
    {.name = "role",
     .run = ctl_role,
     .words_min = 1,
     .words_max = WORDS_MAX,
     .has_signed_words = 1,
     .usage = "role USER [+ROLE|-ROLE]…   give and take roles; print those it has then"},
    {.name = "invite",
     .run = ctl_invite,
     .words_min = 1,
     .words_max = 2,
     .options = CTL_OPT_USES | CTL_OPT_TTL | CTL_OPT_ROLE | CTL_OPT_NUMBER | CTL_OPT_COUNTRY,
     .usage = "invite add [--uses 1] [--ttl 7d] [--role R]… [--number N] [--country +44]\n"
              "                               make an invitation and print its code\n"
              "  invite list | invite revoke ID   list invitations; delete one"},
    {.name = "lock",
     .run = ctl_accounts_lock,
     .words_min = 1,
     .words_max = 1,
     .usage = "lock USER   reject logins and tokens"},
    {.name = "unlock",
     .run = ctl_accounts_unlock,
     .words_min = 1,
     .words_max = 1,
     .usage = "unlock USER   allow them again"},
    {.name = "verify",
     .run = ctl_accounts_verify,
     .words_min = 1,
     .words_max = 1,
     .usage = "verify USER   verify the account without a code"},
    {.name = "sessions",
     .run = ctl_sessions_list,
     .words_min = 1,
     .words_max = 1,
     .usage = "sessions USER   list the sessions"},
    {.name = "logout",
     .run = ctl_sessions_end,
     .words_min = 1,
     .words_max = 2,
     .usage = "logout USER [SID]   end every session and token, or one session"},
    {.name = "factor",
     .run = ctl_factor,
     .words_min = 1,
     .words_max = 1,
     .options = CTL_OPT_RESET,
     .usage = "factor USER [--reset]   show the second factors; --reset: remove them"},
    {.name = "export",
     .run = ctl_export,
     .words_min = 1,
     .words_max = 1,
     .usage = "export USER   print everything stored about the account, as JSON"},
    {.name = "purge",
     .run = ctl_purge,
     .usage = "purge   delete expired rows now, as httpd does in the background"},
    {.name = "delete",
     .run = ctl_accounts_delete,
     .words_min = 1,
     .words_max = 1,
     .options = CTL_OPT_YES,
     .usage = "delete USER [--yes]   delete the account and all its rows"},
    {.name = "import",
     .run = ctl_import,
     .words_min = 1,
     .words_max = 1,
     .options = CTL_OPT_COUNTRY | CTL_OPT_PENDING_TTL | CTL_OPT_HTPASSWD,
     .usage = "import FILE|- [--country +44] [--pending-ttl 24h]   import the users of the\n"
              "                               tutorial's back end, exported by mongoexport\n"
              "  import FILE|- --htpasswd   import a file of htpasswd. Both may be repeated"},
    {.name = NULL},
};

static int find_database(ctl_t *ctl)
{
    if (ctl->config && (ctl->driver || ctl->params)) {
        ctl_print_error("use --config, or --driver and --params, not both");
        return CTL_USAGE;
    }
    if (ctl->config) {
        return ctl_conf_read(ctl, ctl->config);
    }
    if (!ctl->driver || !ctl->params) {
        ctl_print_error("no database: add --config FILE, or --driver and --params");
        return CTL_USAGE;
    }
    if (strcmp(ctl->driver, "pgsql") == 0 && ctl_has_password(ctl->params)) {
        ctl_print_note("the password in --params is visible in the process list: use ~/.pgpass, "
                       "passfile= or --config");
    }
    return CTL_OK;
}

static int run(ctl_t *ctl, int argc, const char *const *argv)
{
    const ctl_command_t *command = NULL;
    int status = ctl_options_read(ctl, argc, argv, commands, &command);

    if (status != CTL_OK || !command) {
        return status;
    }
    if (command->opens_no_database) {
        return command->run(ctl);
    }
    status = find_database(ctl);
    if (status == CTL_OK) {
        status = ctl_open(ctl, command->creates_tables ? CTL_SCHEMA_TIMEOUT : STATEMENT_TIMEOUT);
    }
    if (status == CTL_OK && !command->creates_tables) {
        status = ctl_check_schema(ctl);
    }
    return status == CTL_OK ? command->run(ctl) : status;
}

int main(int argc, const char *const *argv)
{
    ctl_t ctl = {.limit = LIMIT_MAX,
                 .pending_ttl = apr_time_from_sec(DAY_SECONDS),
                 .ttl = apr_time_from_sec(7 * DAY_SECONDS),
                 .uses = 1,
                 .country = "+44"};
    int status;

    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return CTL_FAILED;
    }
    apr_pool_create(&ctl.pool, NULL);
    ctl.roles = apr_array_make(ctl.pool, 4, sizeof(const char *));
    status = run(&ctl, argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        status = ctl_print_error("writing to standard output failed: %s", strerror(errno));
    }
    apr_pool_destroy(ctl.pool);
    apr_terminate();
    return status;
}
