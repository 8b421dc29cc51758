# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_code t/unit/test_legacy_hash t/unit/test_password \
	t/unit/test_password_policy t/unit/test_phone t/unit/test_phone_examples t/unit/test_refresh_token t/unit/test_username
t_unit_test_code_SOURCES = t/unit/test_code.c $(TOKEN_SUPPORT)
t_unit_test_legacy_hash_SOURCES = t/unit/test_legacy_hash.c
t_unit_test_password_SOURCES = t/unit/test_password.c $(TOKEN_SUPPORT)
t_unit_test_password_policy_SOURCES = t/unit/test_password_policy.c $(TOKEN_SUPPORT)
t_unit_test_password_policy_CPPFLAGS = $(AM_CPPFLAGS) -DAS_BLOCKLIST='"$(abs_top_srcdir)/conf/common_passwords.txt"'
t_unit_test_phone_SOURCES = t/unit/test_phone.c $(TOKEN_SUPPORT)
t_unit_test_phone_examples_SOURCES = t/unit/test_phone_examples.c $(TOKEN_SUPPORT) $(SHARED)
t_unit_test_phone_examples_CPPFLAGS = $(AM_CPPFLAGS) -DAS_SOURCE_TREE='"$(abs_top_srcdir)"'
t_unit_test_refresh_token_SOURCES = t/unit/test_refresh_token.c $(TOKEN_SUPPORT)
t_unit_test_username_SOURCES = t/unit/test_username.c $(TOKEN_SUPPORT)
