# SPDX-License-Identifier: Apache-2.0
INPUT_TESTS = t/unit/test_json t/unit/test_phone t/unit/test_phone_examples t/unit/test_secret_source
UNIT_TESTS += $(INPUT_TESTS)
INPUT_CPPFLAGS = $(TOKEN_CPPFLAGS) -DAS_BLOCKLIST='"$(abs_top_srcdir)/conf/common_passwords.txt"'
t_unit_test_json_SOURCES = t/unit/test_json.c $(TOKEN_HELP)
t_unit_test_json_CPPFLAGS = $(INPUT_CPPFLAGS)
t_unit_test_json_LDADD = $(UNIT_LIBS)
t_unit_test_phone_SOURCES = t/unit/test_phone.c $(TOKEN_HELP)
t_unit_test_phone_CPPFLAGS = $(INPUT_CPPFLAGS)
t_unit_test_phone_LDADD = $(UNIT_LIBS)
t_unit_test_phone_examples_SOURCES = t/unit/test_phone_examples.c $(TOKEN_HELP) $(SHARED)
t_unit_test_phone_examples_CPPFLAGS = $(INPUT_CPPFLAGS)
t_unit_test_phone_examples_LDADD = $(UNIT_LIBS)
t_unit_test_secret_source_SOURCES = t/unit/test_secret_source.c $(TOKEN_HELP)
t_unit_test_secret_source_CPPFLAGS = $(INPUT_CPPFLAGS)
t_unit_test_secret_source_LDADD = $(UNIT_LIBS)
