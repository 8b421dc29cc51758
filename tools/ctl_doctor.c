/* SPDX-License-Identifier: Apache-2.0 */
/* The command doctor: the groups of checks, and the sum. */
#include "ctl_doctor.h"

#include <apr_cstr.h>
#include <apr_strings.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_commands.h"
#include "ctl_output.h"
#include "text/json.h"

/* ---- httpd's user ---- */

static const char *value_of(const ctl_conf_t *conf, const char *name)
{
    const ctl_directive_t *d = ctl_conf_find(conf, 0, name);

    return d ? ctl_directive_word(d, 0) : "";
}

/* User and Group may be numbers after "#". */
static void find_user(ctl_doctor_t *d)
{
    const char *user = value_of(d->conf, "User");
    const char *group = value_of(d->conf, "Group");
    const struct passwd *account =
        *user == '#' ? getpwuid((uid_t)apr_atoi64(user + 1)) : getpwnam(user);
    const struct group *members;

    if (!account) {
        return;
    }
    d->user.name = d->user.group = apr_pstrdup(d->pool, account->pw_name);
    d->user.uid = account->pw_uid;
    d->user.gid = account->pw_gid;
    members = *group == '#' ? getgrgid((gid_t)apr_atoi64(group + 1)) : getgrnam(group);
    members = members ? members : getgrgid(account->pw_gid);
    if (members) {
        d->user.group = apr_pstrdup(d->pool, members->gr_name);
        d->user.gid = members->gr_gid;
    }
}

/* ---- uses of the module ---- */

static int is_used(const ctl_conf_t *conf)
{
    for (int host = 0; host < conf->hosts; host++) {
        if (ctl_doctor_has_api(conf, host) || ctl_doctor_has_guard(conf, host)) {
            return 1;
        }
    }
    return 0;
}

/* ---- configuration ---- */

static int is_ours(const ctl_directive_t *d)
{
    return apr_cstr_casecmpn(d->name, "AuthSMS", strlen("AuthSMS")) == 0;
}

/* The first directive whose section has an unknown condition; NULL: none. */
static const ctl_directive_t *find_uncertain(const ctl_conf_t *conf)
{
    for (int i = 0; i < conf->directives->nelts; i++) {
        const ctl_directive_t *d = &APR_ARRAY_IDX(conf->directives, i, ctl_directive_t);

        if (d->is_uncertain && is_ours(d)) {
            return d;
        }
    }
    return NULL;
}

static int count_ours(const ctl_conf_t *conf)
{
    int count = 0;

    for (int i = 0; i < conf->directives->nelts; i++) {
        count += is_ours(&APR_ARRAY_IDX(conf->directives, i, ctl_directive_t));
    }
    return count;
}

/* Returns 1 if there is something to check. */
static int check_configuration(ctl_doctor_t *d)
{
    const ctl_directive_t *uncertain = find_uncertain(d->conf);
    int count = count_ours(d->conf);

    if (!count) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          "name the main file: /etc/apache2/apache2.conf on Debian; then add "
                          "AuthSMSKey and AuthSMSApi",
                          "%s and its includes have no directive of mod_authsms", d->ctl->config);
        return 0;
    }
    ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "%s: %d directives of mod_authsms in %d files",
                      d->ctl->config, count, d->conf->files);
    for (int i = 0; i < d->conf->unread->nelts; i++) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED, NULL, "%s: macros are not expanded",
                          APR_ARRAY_IDX(d->conf->unread, i, const char *));
    }
    if (!is_used(d->conf)) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          "add to a site: <Location \"/app_api\"> AuthSMSApi On, AuthType None, "
                          "Require all granted",
                          "no Location has AuthSMSApi On, AuthType JWT or AuthSMSProtect On; "
                          ".htaccess files are not read");
    }
    if (uncertain) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED, NULL,
                          "whether httpd uses %s (%s): it depends on a condition around it, and is "
                          "read as if it does",
                          uncertain->name, ctl_doctor_place(d->pool, uncertain));
    }
    return 1;
}

/* Secrets of env: are httpd's variables, of which envvars has some. */
static void export_envvars(const ctl_conf_t *conf)
{
    const apr_array_header_t *all = apr_table_elts(conf->envvars);

    for (int i = 0; i < all->nelts; i++) {
        const apr_table_entry_t *variable = &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        setenv(variable->key, variable->val, 0);
    }
}

static void print_sum(const ctl_doctor_t *d)
{
    json_object *object;

    if (!d->ctl->json) {
        printf("problems: %d, warnings: %d, not checked: %d\n", d->counts[CTL_DOCTOR_PROBLEM],
               d->counts[CTL_DOCTOR_WARNING], d->counts[CTL_DOCTOR_NOT_CHECKED]);
        return;
    }
    object = as_json_new_object(d->pool);
    json_object_object_add(object, "problems", json_object_new_int(d->counts[CTL_DOCTOR_PROBLEM]));
    json_object_object_add(object, "warnings", json_object_new_int(d->counts[CTL_DOCTOR_WARNING]));
    json_object_object_add(object, "notChecked",
                           json_object_new_int(d->counts[CTL_DOCTOR_NOT_CHECKED]));
    ctl_print_json(object);
}

int ctl_doctor(ctl_t *ctl)
{
    ctl_doctor_t d = {.ctl = ctl, .pool = ctl->pool, .group = "configuration"};
    ctl_conf_t *conf;
    const char *error;

    if (!ctl->config) {
        ctl_print_error("doctor needs --config FILE");
        return CTL_USAGE;
    }
    if (ctl_conf_load(ctl->pool, ctl->config, &conf, &error) != APR_SUCCESS) {
        return ctl_print_error("%s", error);
    }
    d.conf = conf;
    export_envvars(conf);
    find_user(&d);
    if (check_configuration(&d)) {
        ctl_doctor_check_keys(&d);
        ctl_doctor_check_databases(&d);
        if (ctl_doctor_open_http(&d) != APR_SUCCESS) {
            return ctl_print_error("libcurl cannot be initialized");
        }
        ctl_doctor_check_providers(&d);
        ctl_doctor_check_urls(&d);
        ctl_doctor_check_settings(&d);
    }
    print_sum(&d);
    return d.counts[CTL_DOCTOR_PROBLEM] ? CTL_FAILED : CTL_OK;
}
