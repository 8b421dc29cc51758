# SPDX-License-Identifier: Apache-2.0
INPUT_TESTS = t/unit/test_json t/unit/test_typed t/unit/test_phone_examples t/unit/test_secrets
UNIT_TESTS += $(INPUT_TESTS)
INPUT_CPPFLAGS = $(TOKEN_CPPFLAGS) -DAS_BLOCKLIST='"$(abs_top_srcdir)/conf/common_passwords.txt"'
t_unit_test_json_SOURCES = t/unit/test_json.c $(TOKEN_HELP)
t_unit_test_json_CPPFLAGS = $(INPUT_CPPFLAGS)
t_unit_test_json_LDADD = $(UNIT_LIBS)
t_unit_test_typed_SOURCES = t/unit/test_typed.c $(TOKEN_HELP)
t_unit_test_typed_CPPFLAGS = $(INPUT_CPPFLAGS)
t_unit_test_typed_LDADD = $(UNIT_LIBS)
t_unit_test_phone_examples_SOURCES = t/unit/test_phone_examples.c $(TOKEN_HELP) $(SHARED)
t_unit_test_phone_examples_CPPFLAGS = $(INPUT_CPPFLAGS)
t_unit_test_phone_examples_LDADD = $(UNIT_LIBS)
t_unit_test_secrets_SOURCES = t/unit/test_secrets.c $(TOKEN_HELP)
t_unit_test_secrets_CPPFLAGS = $(INPUT_CPPFLAGS)
t_unit_test_secrets_LDADD = $(UNIT_LIBS)
