# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_second_factor
t_unit_test_second_factor_SOURCES = t/unit/test_second_factor.c src/api/second_factor.c
t_unit_test_second_factor_CPPFLAGS = $(AM_CPPFLAGS)
