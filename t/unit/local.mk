# SPDX-License-Identifier: Apache-2.0
# cmocka programs that speak TAP (CMOCKA_MESSAGE_OUTPUT=TAP); each room's in its own file.
# UNIT_TESTS += t/unit/test_x ; t_unit_test_x_SOURCES = … ; t_unit_test_x_LDADD = $(UNIT_LIBS)
UNIT_LIBS = libauthsms.la $(CMOCKA_LIBS)
include t/unit/tokens.mk
include t/unit/cache.mk
include t/unit/config.mk
include t/unit/input.mk
include t/unit/sms.mk
include t/unit/store.mk

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
