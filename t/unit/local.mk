# SPDX-License-Identifier: Apache-2.0
# cmocka programs that speak TAP (CMOCKA_MESSAGE_OUTPUT=TAP); each room's in its own file.
# UNIT_TESTS += t/unit/test_x ; t_unit_test_x_SOURCES = t/unit/test_x.c $(TOKEN_SUPPORT)
UNIT_LIBS = libauthsms.la $(CMOCKA_LIBS)
LDADD = $(UNIT_LIBS)

# The helpers, each with what it needs.
TOKEN_SUPPORT = t/unit/token_support.c t/unit/token_support.h
SHARED = t/unit/shared.c t/unit/shared.h
FAKE_CLOCK = t/unit/fake_clock.c t/unit/fake_clock.h
HTTP_STAND_IN = t/unit/http_stand_in.c t/unit/http_stand_in.h
PROVIDER_SUPPORT = t/unit/provider_support.c t/unit/provider_support.h $(HTTP_STAND_IN)
RECEIPT_SUPPORT = t/unit/receipt_support.c t/unit/receipt_support.h $(PROVIDER_SUPPORT)
STORE_SUPPORT = t/unit/store_support.c t/unit/store_support.h \
	t/unit/postgres_cluster.c t/unit/postgres_cluster.h t/unit/store_samples.h

include t/unit/base.mk
include t/unit/text.mk
include t/unit/jose.mk
include t/unit/account.mk
include t/unit/sms.mk
include t/unit/store.mk
include t/unit/config.mk
include t/unit/api.mk
include t/unit/tools.mk

# Replayed fuzz seeds need no cmocka; both kinds are run by automake's TAP driver.
check_PROGRAMS = $(FUZZ_TESTS)
if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
endif
TESTS = $(check_PROGRAMS)
# ASan takes the unwinding of apr_thread_exit for a broken stack unless it leaves signal stacks alone.
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	ASAN_OPTIONS=use_sigaltstack=0; export ASAN_OPTIONS;
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
