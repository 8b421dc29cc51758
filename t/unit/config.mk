# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_config
t_unit_test_config_SOURCES = t/unit/test_config.c src/config/auth_rule.c src/config/config.c
t_unit_test_config_CPPFLAGS = $(AM_CPPFLAGS)
t_unit_test_config_LDADD = $(UNIT_LIBS)
