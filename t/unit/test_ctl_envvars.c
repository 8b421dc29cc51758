/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of Debian's envvars. */
#include "token_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "ctl_envvars.h"

/* The file with this text, read. */
static apr_table_t *read_text(apr_pool_t *p, const char *text)
{
    char path[] = "/tmp/authsms-envvars-XXXXXX";
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "w");
    apr_table_t *variables;

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    variables = ctl_envvars_read(p, path);
    remove(path);
    return variables;
}

#define assert_value(table, name, value) assert_string_equal(apr_table_get(table, name), value)

static void reads_the_file_of_debian(void **state)
{
    apr_table_t *v = read_text(
        *state, "# envvars - default environment variables for apache2ctl\n"
                "unset HOME\n"
                "if [ \"${APACHE_CONFDIR##/etc/apache2-}\" != \"${APACHE_CONFDIR}\" ] ; then\n"
                "\tSUFFIX=\"-${APACHE_CONFDIR##/etc/apache2-}\"\n"
                "else\n\tSUFFIX=\nfi\n"
                "export APACHE_RUN_USER=www-data\n"
                "export APACHE_PID_FILE=/var/run/apache2$SUFFIX/apache2.pid\n"
                "export APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n"
                "export LANG=C\nexport LANG\n"
                "#export APACHE_ARGUMENTS=''\n");

    assert_value(v, "APACHE_RUN_USER", "www-data");
    assert_value(v, "APACHE_PID_FILE", "/var/run/apache2/apache2.pid");
    assert_value(v, "APACHE_LOG_DIR", "/var/log/apache2");
    assert_value(v, "LANG", "C");
    assert_int_equal(apr_table_elts(v)->nelts, 4);
}

static void words_are_those_of_a_shell(void **state)
{
    apr_table_t *v;

    setenv("AUTHSMS_TEST", "env", 1);
    v = read_text(*state, "  export A=\"two words\"   # a comment\n"
                          "export B='$A'\n"
                          "export C=${A}/x$AUTHSMS_TEST\n"
                          "export D=\n"
                          "export E=un\\\n"
                          "broken\n");
    assert_value(v, "A", "two words");
    assert_value(v, "B", "$A");
    assert_value(v, "C", "two words/xenv");
    assert_value(v, "D", "");
    assert_value(v, "E", "unbroken");
}

static void scripts_are_not_run(void **state)
{
    apr_table_t *v = read_text(*state, "export A=$(touch /tmp/authsms-never)\n"
                                       "export B=`id`\nexport C=${X:-y}\nexport D=$\n"
                                       "export E=a F=b\nexport 1=2; reboot\nexport =x\n"
                                       "G=no-export\nexport H=a|b\n");

    assert_int_equal(apr_table_elts(v)->nelts, 0);
}

static void missing_file_has_none(void **state)
{
    assert_int_equal(apr_table_elts(ctl_envvars_read(*state, "/nowhere/envvars"))->nelts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(reads_the_file_of_debian),
        POOL_TEST(words_are_those_of_a_shell),
        POOL_TEST(scripts_are_not_run),
        POOL_TEST(missing_file_has_none),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
