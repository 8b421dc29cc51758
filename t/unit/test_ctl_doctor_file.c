/* SPDX-License-Identifier: Apache-2.0 */
/* Who can read or replace a file that has a secret. */
#include "token_support.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "ctl_doctor.h"

enum { ROOT = 0, WEB = 33, OTHER = 1000 };

static const ctl_doctor_user_t web = {"www-data", "www-data", WEB, WEB};

/* Check the fault and advice of a file in a directory. NULL: no fault. */
static void assert_fault(apr_pool_t *p, ctl_doctor_file_t file, uid_t own, const char *fault,
                         const char *advice)
{
    const char *is_advice = NULL;
    const char *is;

    file.path = "/etc/a b/key";
    is = ctl_doctor_find_file_fault(p, &file, own, &web, &is_advice);
    if (!fault) {
        assert_null(is);
        return;
    }
    assert_non_null(is);
    assert_string_equal(is, fault);
    assert_string_equal(is_advice, advice);
}

static void modes_and_owners(void **state)
{
    const char *chmod = "chmod 600 '/etc/a b/key'";
    const char *chown = "chown root:root '/etc/a b/key'";

    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100600, ROOT, 0755}, ROOT, NULL, NULL);
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100400, ROOT, 0700}, ROOT, NULL, NULL);
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100644, ROOT, 0755}, ROOT,
                 "every local user can read it (mode 0644)", chmod);
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100640, ROOT, 0755}, ROOT,
                 "its group can read it (mode 0640)", chmod);
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100620, ROOT, 0755}, ROOT,
                 "its group can replace it (mode 0620)", chmod);
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100602, ROOT, 0755}, ROOT,
                 "every local user can replace it (mode 0602)", chmod);
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100600, ROOT, 0775}, ROOT,
                 "other users can replace it: the mode of its directory is 0775",
                 "chmod go-w '/etc/a b'");
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100600, ROOT, 01777}, ROOT, NULL, NULL);
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100600, WEB, 0755}, ROOT,
                 "it belongs to www-data, so CGI and PHP scripts can read it", chown);
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100600, OTHER, 0755}, ROOT,
                 "it belongs to the user 1000, who can replace it", chown);
    /* An httpd that another user starts. */
    assert_fault(*state, (ctl_doctor_file_t){NULL, 0100600, OTHER, 0755}, OTHER, NULL, NULL);
}

static void literals_are_not_shown(void **state)
{
    assert_string_equal(ctl_doctor_describe_source(*state, "file:a.key"), "file:a.key");
    assert_string_equal(ctl_doctor_describe_source(*state, "env:KEY"), "env:KEY");
    assert_string_equal(ctl_doctor_describe_source(*state, "exec:/usr/bin/pass show x"),
                        "exec:/usr/bin/pass");
    assert_string_equal(ctl_doctor_describe_source(*state, "hex:0123"), "(literal)");
}

static void access_of_an_unknown_user(void **state)
{
    const ctl_doctor_user_t nobody = {NULL, NULL, 0, 0};

    (void)state;
    assert_int_equal(ctl_doctor_may_access(&nobody, "/", 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(modes_and_owners),
        POOL_TEST(literals_are_not_shown),
        POOL_TEST(access_of_an_unknown_user),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
