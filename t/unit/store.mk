# SPDX-License-Identifier: Apache-2.0
STORE_SUPPORT = t/unit/store_support.c t/unit/store_support.h \
	t/unit/store_cluster.c t/unit/store_cluster.h t/unit/store_people.h
UNIT_TESTS += t/unit/test_store_connections t/unit/test_store_races t/unit/test_store_tables t/unit/test_store_units
t_unit_test_store_connections_SOURCES = t/unit/test_store_connections.c $(STORE_SUPPORT)
t_unit_test_store_connections_LDADD = $(UNIT_LIBS)
t_unit_test_store_races_SOURCES = t/unit/test_store_races.c $(STORE_SUPPORT)
t_unit_test_store_races_LDADD = $(UNIT_LIBS)
t_unit_test_store_tables_SOURCES = t/unit/test_store_tables.c $(STORE_SUPPORT)
t_unit_test_store_tables_LDADD = $(UNIT_LIBS)
t_unit_test_store_units_SOURCES = t/unit/test_store_units.c $(STORE_SUPPORT)
t_unit_test_store_units_LDADD = $(UNIT_LIBS)
