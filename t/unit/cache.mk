# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_cache
t_unit_test_cache_SOURCES = t/unit/test_cache.c
t_unit_test_cache_LDADD = $(UNIT_LIBS)
