# SPDX-License-Identifier: Apache-2.0
STORE_SUPPORT = t/unit/store_support.c t/unit/store_support.h \
	t/unit/store_cluster.c t/unit/store_cluster.h t/unit/store_people.h
UNIT_TESTS += t/unit/test_store_connections t/unit/test_store_races t/unit/test_store_schema \
	t/unit/test_store_tables t/unit/test_store_units
t_unit_test_store_connections_SOURCES = t/unit/test_store_connections.c $(STORE_SUPPORT)
t_unit_test_store_connections_LDADD = $(UNIT_LIBS)
t_unit_test_store_races_SOURCES = t/unit/test_store_races.c $(STORE_SUPPORT)
t_unit_test_store_races_LDADD = $(UNIT_LIBS)
t_unit_test_store_schema_SOURCES = t/unit/test_store_schema.c $(STORE_SUPPORT)
t_unit_test_store_schema_LDADD = $(UNIT_LIBS)
t_unit_test_store_tables_SOURCES = t/unit/test_store_tables.c $(STORE_SUPPORT)
t_unit_test_store_tables_LDADD = $(UNIT_LIBS)
t_unit_test_store_units_SOURCES = t/unit/test_store_units.c $(STORE_SUPPORT)
t_unit_test_store_units_LDADD = $(UNIT_LIBS)

# A module and an authsmsctl that are a release ahead, for database/rolling-upgrade.t: the same objects, another plan
# of the tables in front of the library's.
NEXT = t/next/.libs/mod_authsms.so t/next/authsmsctl
NEXT_LINK = $(CC) $(HARDEN_LDFLAGS) t/unit/schema_next.o
NEXT_LIBS = .libs/libauthsms.a $(APR_LIBS) $(CURL_LIBS) $(JSON_LIBS) $(OPENSSL_LIBS) \
	$(UNISTRING_LIBS) $(PCRE2_LIBS)
check_DATA = $(NEXT)
CLEANFILES += $(NEXT)
EXTRA_DIST += t/unit/schema_next.c t/unit/schema_next.h
t/unit/schema_next.o: t/unit/schema_next.c t/unit/schema_next.h src/store/schema_plan.c
	$(AM_V_CC)$(CC) $(DEFS) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) -fPIC -c -o $@ $(srcdir)/t/unit/schema_next.c
t/next/.libs/mod_authsms.so: mod_authsms.la t/unit/schema_next.o
	$(AM_V_CCLD)mkdir -p t/next/.libs && $(NEXT_LINK) -shared -o $@ \
		$$(echo $(mod_authsms_la_OBJECTS) | sed 's,\([^ /]*\)\.lo,.libs/\1.o,g') $(NEXT_LIBS)
t/next/authsmsctl: authsmsctl$(EXEEXT) t/unit/schema_next.o
	$(AM_V_CCLD)mkdir -p t/next && $(NEXT_LINK) -o $@ $(authsmsctl_OBJECTS) $(NEXT_LIBS)
