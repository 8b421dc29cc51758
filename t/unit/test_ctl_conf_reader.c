/* SPDX-License-Identifier: Apache-2.0 */
/* httpd's configuration language, as authsmsctl reads it. */
#include "token_support.h"

#include <apr_file_io.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl_conf_reader.h"

static char directory[] = "/tmp/authsms-conf-XXXXXX";

static const char *path_of(apr_pool_t *p, const char *name)
{
    return apr_pstrcat(p, directory, "/", name, NULL);
}

static void write_file(apr_pool_t *p, const char *name, const char *text)
{
    FILE *out = fopen(path_of(p, name), "w");

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static ctl_conf_t *load(apr_pool_t *p, const char *text)
{
    ctl_conf_t *conf;
    const char *error;

    write_file(p, "main.conf", text);
    assert_int_equal(ctl_conf_load(p, path_of(p, "main.conf"), &conf, &error), APR_SUCCESS);
    assert_null(error);
    return conf;
}

static const char *load_error(apr_pool_t *p, const char *text)
{
    ctl_conf_t *conf;
    const char *error;

    write_file(p, "main.conf", text);
    assert_int_equal(ctl_conf_load(p, path_of(p, "main.conf"), &conf, &error), APR_EGENERAL);
    return error;
}

/* The first word of a directive in effect; "none": there is none. */
static const char *value(const ctl_conf_t *conf, int host, const char *name)
{
    const ctl_directive_t *d = ctl_conf_find(conf, host, name);

    return d ? ctl_directive_word(d, 0) : "none";
}

static void words_quotes_and_lines(void **state)
{
    ctl_conf_t *conf = load(*state, "# a comment \\\nStill it\n"
                                    "  One  a \"b c\" 'd \"e' \"f \\\" g\" \"\"  \r\n"
                                    "Two first \\\n  second\n\n"
                                    "three ends\\");
    const ctl_directive_t *one = ctl_conf_find(conf, 0, "ONE");

    assert_int_equal(conf->directives->nelts, 3);
    assert_int_equal(one->words->nelts, 5);
    assert_string_equal(ctl_directive_word(one, 1), "b c");
    assert_string_equal(ctl_directive_word(one, 2), "d \"e");
    assert_string_equal(ctl_directive_word(one, 3), "f \" g");
    assert_string_equal(ctl_directive_word(one, 4), "");
    assert_string_equal(ctl_directive_word(one, 5), "");
    assert_int_equal(one->line, 3);
    assert_string_equal(ctl_directive_word(ctl_conf_find(conf, 0, "two"), 1), "second");
    assert_int_equal(ctl_conf_find(conf, 0, "Three")->line, 7);
    assert_string_equal(value(conf, 0, "Three"), "ends");
}

/* As httpd: any white space separates words, and a line ends at a NUL. */
static void control_characters(void **state)
{
    static const char bytes[] = "One a\fb\vc\rd \f\n\0\\\nTwo x\0y\\\n\0Three\n\fFour z\n";
    FILE *out = fopen(path_of(*state, "main.conf"), "w");
    ctl_conf_t *conf;
    const char *error;

    assert_non_null(out);
    fwrite(bytes, 1, sizeof(bytes) - 1, out);
    fclose(out);
    assert_int_equal(ctl_conf_load(*state, path_of(*state, "main.conf"), &conf, &error),
                     APR_SUCCESS);
    assert_int_equal(ctl_conf_find(conf, 0, "One")->words->nelts, 4);
    assert_string_equal(ctl_directive_word(ctl_conf_find(conf, 0, "One"), 3), "d");
    assert_string_equal(value(conf, 0, "Two"), "x");
    assert_string_equal(value(conf, 0, "Three"), "none");
    assert_string_equal(value(conf, 0, "Four"), "z");
}

/* Needs memory for the line, not for each of its beginnings: 100,000 of them would be 40 GB. */
static void many_continuation_lines(void **state)
{
    enum { LINES = 100000 };
    static char text[8 * LINES + 16] = "A word";
    size_t end = strlen(text);

    for (int i = 0; i < LINES; i++, end += 8) {
        memcpy(text + end, " \\\n word", 8);
    }
    assert_int_equal(ctl_conf_find(load(*state, text), 0, "A")->words->nelts, LINES + 1);
}

static void variables(void **state)
{
    ctl_conf_t *conf;

    setenv("AUTHSMS_TEST", "environment", 1);
    write_file(*state, "envvars", "export AUTHSMS_FILE=file\nexport AUTHSMS_TEST=other\n");
    conf = load(*state, "Define NAME value\nDefine FLAG\nA x${NAME}y${NAME}\nB ${AUTHSMS_TEST}\n"
                        "C ${AUTHSMS_FILE}\nD ${UNKNOWN}\nE ${NAME\nF ${FLAG}\n"
                        "UnDefine NAME\nG ${NAME}\nDefine EMPTY \"\"\n${EMPTY}\n");
    remove(path_of(*state, "envvars"));
    assert_string_equal(value(conf, 0, "A"), "xvalueyvalue");
    assert_true(ctl_conf_find(conf, 0, "A")->has_variables);
    assert_false(ctl_conf_find(conf, 0, "D")->has_variables);
    assert_string_equal(value(conf, 0, "B"), "environment");
    assert_string_equal(value(conf, 0, "C"), "file");
    assert_string_equal(value(conf, 0, "D"), "${UNKNOWN}");
    assert_string_equal(value(conf, 0, "E"), "${NAME");
    assert_string_equal(value(conf, 0, "F"), "${FLAG}");
    assert_string_equal(value(conf, 0, "G"), "${NAME}");
}

static void includes(void **state)
{
    ctl_conf_t *conf;

    mkdir(path_of(*state, "sites"), 0755);
    mkdir(path_of(*state, "sites/deeper"), 0755);
    write_file(*state, "sites/2.conf", "Name two\n");
    write_file(*state, "sites/1.conf", "Name one\nFirst yes\n");
    write_file(*state, "sites/deeper/3.conf", "Deep yes\n");
    conf = load(*state, "IncludeOptional sites/*.conf\nIncludeOptional none/*.conf\n"
                        "IncludeOptional nothing.conf\nInclude sites/deeper\n");
    assert_string_equal(value(conf, 0, "Name"), "two");
    assert_string_equal(value(conf, 0, "Deep"), "yes");
    assert_int_equal(conf->files, 4);
    assert_string_equal(ctl_conf_find(conf, 0, "First")->file, path_of(*state, "sites/1.conf"));
    assert_int_equal(ctl_conf_find(conf, 0, "First")->line, 2);
    conf = load(*state,
                apr_pstrcat(*state, "ServerRoot ", directory, "/sites\nInclude */*.conf\n", NULL));
    assert_string_equal(value(conf, 0, "Deep"), "yes");
    assert_string_equal(ctl_conf_path(conf, "x"), path_of(*state, "sites/x"));
    assert_string_equal(ctl_conf_path(conf, "/x"), "/x");
    assert_non_null(strstr(load_error(*state, "Include gone.conf\n"), "gone.conf cannot be read"));
    assert_non_null(strstr(load_error(*state, "Include gone/*.conf\n"), "no file matches"));
    assert_non_null(strstr(load_error(*state, "Include main.conf\n"), "nested too deep"));
}

static void virtual_hosts_inherit(void **state)
{
    ctl_conf_t *conf = load(*state, "A outer\nB outer\nL 1\nL 2\n"
                                    "<VirtualHost *:80>\nA inner\nL 3\n</VirtualHost>\n"
                                    "<VirtualHost *:81>\nL none\n</VirtualHost>\n"
                                    "<VirtualHost *:82>\nL 4\nL none\nL 5\n</VirtualHost>\n"
                                    "<VirtualHost *:83>\n</VirtualHost>\nB late\n");

    assert_int_equal(conf->hosts, 5);
    assert_string_equal(value(conf, 0, "A"), "outer");
    assert_string_equal(value(conf, 1, "A"), "inner");
    assert_string_equal(value(conf, 2, "A"), "outer");
    assert_string_equal(value(conf, 1, "B"), "late");
    assert_int_equal(ctl_conf_list(conf, 0, "L")->nelts, 2);
    assert_int_equal(ctl_conf_list(conf, 1, "L")->nelts, 1);
    assert_int_equal(ctl_conf_list(conf, 2, "L")->nelts, 0);
    assert_int_equal(ctl_conf_list(conf, 3, "L")->nelts, 1);
    assert_int_equal(ctl_conf_list(conf, 4, "L")->nelts, 2);
}

static const ctl_directive_t *any(const ctl_conf_t *conf, const char *name)
{
    for (int i = 0; i < conf->directives->nelts; i++) {
        const ctl_directive_t *d = &APR_ARRAY_IDX(conf->directives, i, ctl_directive_t);

        if (ctl_directive_is(d, name)) {
            return d;
        }
    }
    return NULL;
}

static void sections(void **state)
{
    ctl_conf_t *conf = load(*state, "<Location \"/api\">\n<IfModule x>\nA On\n</IfModule>\n"
                                    "</Location>\n<Location ~ \"^/b\">\nB On\n</Location>\n"
                                    "<VirtualHost *>\n<IfFile />\nC On\n</IfFile>\n"
                                    "</VirtualHost>\nD On\n</Location>\nE On\n");

    assert_null(ctl_conf_find(conf, 0, "A"));
    assert_string_equal(any(conf, "A")->section, "Location");
    assert_string_equal(any(conf, "A")->place, "/api");
    assert_string_equal(any(conf, "B")->place, "^/b");
    assert_null(any(conf, "C")->section);
    assert_int_equal(any(conf, "C")->host, 1);
    assert_int_equal(any(conf, "D")->host, 0);
    assert_non_null(ctl_conf_find(conf, 0, "E"));
}

/* 0: skipped; 1: read; 2: read, with an unknown condition. */
static int reads(apr_pool_t *p, const char *condition)
{
    ctl_conf_t *conf =
        load(p, apr_psprintf(p,
                             "LoadModule dbd_module x.so\nLoadModule mpm_event_module x.so\n"
                             "Define NAME\n<%s>\nA On\n</%.*s>\n",
                             condition, (int)strcspn(condition, " "), condition));
    const ctl_directive_t *d = any(conf, "A");

    return d ? 1 + d->is_uncertain : 0;
}

static void conditions(void **state)
{
    assert_int_equal(reads(*state, "IfModule dbd_module"), 1);
    assert_int_equal(reads(*state, "IfModule mod_dbd.c"), 1);
    assert_int_equal(reads(*state, "ifmodule !mod_dbd.c"), 0);
    assert_int_equal(reads(*state, "IfModule mpm_event_module"), 1);
    assert_int_equal(reads(*state, "IfModule event.c"), 1);
    assert_int_equal(reads(*state, "IfModule mpm_prefork_module"), 0);
    assert_int_equal(reads(*state, "IfModule prefork.c"), 0);
    assert_int_equal(reads(*state, "IfModule mod_watchdog.c"), 2);
    assert_int_equal(reads(*state, "IfModule !mod_watchdog.c"), 2);
    assert_int_equal(reads(*state, "IfDefine NAME"), 1);
    assert_int_equal(reads(*state, "IfDefine !NAME"), 0);
    assert_int_equal(reads(*state, "IfDefine OTHER"), 2);
    assert_int_equal(reads(*state, "IfFile main.conf"), 1);
    assert_int_equal(reads(*state, "IfFile /nowhere"), 0);
    assert_int_equal(reads(*state, "IfFile !/nowhere"), 1);
    assert_int_equal(reads(*state, "IfVersion >= 2.4"), 2);
    assert_int_equal(reads(*state, "Macro Name $x"), 2);
    assert_int_equal(reads(*state, "If \"true\""), 1);
}

static void false_sections_have_no_effect(void **state)
{
    ctl_conf_t *conf = load(*state, "<IfFile /nowhere>\nInclude gone.conf\nDefine X 1\n"
                                    "<VirtualHost *>\nA On\n</VirtualHost>\n</IfFile>\nB ${X}\n");

    assert_int_equal(conf->hosts, 1);
    assert_null(any(conf, "A"));
    assert_string_equal(value(conf, 0, "B"), "${X}");
}

static void macros_are_named(void **state)
{
    ctl_conf_t *conf = load(*state, "Use Site example.org\n");

    assert_int_equal(conf->unread->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(conf->unread, 0, const char *),
                        apr_psprintf(*state, "Use Site (%s:1)", path_of(*state, "main.conf")));
}

static int make_directory(void **state)
{
    return apr_up(state) || !mkdtemp(directory);
}

static int remove_directory(void **state)
{
    char command[sizeof(directory) + 16];

    snprintf(command, sizeof(command), "rm -rf '%s'", directory);
    return system(command) || apr_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(words_quotes_and_lines),
        POOL_TEST(control_characters),
        POOL_TEST(many_continuation_lines),
        POOL_TEST(variables),
        POOL_TEST(includes),
        POOL_TEST(virtual_hosts_inherit),
        POOL_TEST(sections),
        POOL_TEST(conditions),
        POOL_TEST(macros_are_named),
        POOL_TEST(false_sections_have_no_effect),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
