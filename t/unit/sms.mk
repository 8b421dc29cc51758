# SPDX-License-Identifier: Apache-2.0
STAND_IN = t/unit/stand_in.c t/unit/stand_in.h
UNIT_TESTS += t/unit/test_http_client
t_unit_test_http_client_SOURCES = t/unit/test_http_client.c $(STAND_IN)
t_unit_test_http_client_LDADD = $(UNIT_LIBS)
