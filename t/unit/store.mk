# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_addresses t/unit/test_challenges t/unit/test_codes t/unit/test_conn \
	t/unit/test_conversions t/unit/test_diagnosis t/unit/test_invitations \
	t/unit/test_jobs t/unit/test_limits t/unit/test_outbox t/unit/test_purge \
	t/unit/test_resets t/unit/test_roles t/unit/test_schema t/unit/test_sessions t/unit/test_settings \
	t/unit/test_source t/unit/test_stmt t/unit/test_unit t/unit/test_users \
	t/unit/test_verification t/unit/test_writer_lock
t_unit_test_addresses_SOURCES = t/unit/test_addresses.c $(STORE_SUPPORT)
t_unit_test_challenges_SOURCES = t/unit/test_challenges.c $(STORE_SUPPORT)
t_unit_test_codes_SOURCES = t/unit/test_codes.c $(STORE_SUPPORT)
t_unit_test_conn_SOURCES = t/unit/test_conn.c $(STORE_SUPPORT)
t_unit_test_conversions_SOURCES = t/unit/test_conversions.c $(STORE_SUPPORT)
t_unit_test_diagnosis_SOURCES = t/unit/test_diagnosis.c $(STORE_SUPPORT)
t_unit_test_invitations_SOURCES = t/unit/test_invitations.c $(STORE_SUPPORT)
t_unit_test_jobs_SOURCES = t/unit/test_jobs.c $(STORE_SUPPORT)
t_unit_test_limits_SOURCES = t/unit/test_limits.c $(STORE_SUPPORT)
t_unit_test_outbox_SOURCES = t/unit/test_outbox.c $(STORE_SUPPORT)
t_unit_test_purge_SOURCES = t/unit/test_purge.c $(STORE_SUPPORT)
t_unit_test_resets_SOURCES = t/unit/test_resets.c $(STORE_SUPPORT)
t_unit_test_roles_SOURCES = t/unit/test_roles.c $(STORE_SUPPORT)
t_unit_test_schema_SOURCES = t/unit/test_schema.c $(STORE_SUPPORT)
t_unit_test_sessions_SOURCES = t/unit/test_sessions.c $(STORE_SUPPORT)
t_unit_test_settings_SOURCES = t/unit/test_settings.c $(STORE_SUPPORT)
t_unit_test_source_SOURCES = t/unit/test_source.c $(STORE_SUPPORT)
t_unit_test_stmt_SOURCES = t/unit/test_stmt.c $(STORE_SUPPORT)
t_unit_test_unit_SOURCES = t/unit/test_unit.c $(STORE_SUPPORT)
t_unit_test_users_SOURCES = t/unit/test_users.c $(STORE_SUPPORT)
t_unit_test_verification_SOURCES = t/unit/test_verification.c $(STORE_SUPPORT)
t_unit_test_writer_lock_SOURCES = t/unit/test_writer_lock.c

# A module and an authsmsctl that are a release ahead, for database/rolling-upgrade.t: the same objects, another plan
# of the tables in front of the library's.
NEXT = t/next/.libs/mod_authsms.so t/next/authsmsctl
NEXT_LINK = $(CC) $(HARDEN_LDFLAGS) t/unit/schema_next.o
NEXT_LIBS = .libs/libauthsms.a $(APR_LIBS) $(CURL_LIBS) $(JSON_LIBS) $(OPENSSL_LIBS) \
	$(UNISTRING_LIBS) $(PCRE2_LIBS) $(ARGON2_LIBS)
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
