# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_base64 t/unit/test_base64url t/unit/test_cache t/unit/test_clock \
	t/unit/test_duration t/unit/test_event t/unit/test_http_client t/unit/test_metric t/unit/test_random t/unit/test_seal \
	t/unit/test_secret_source t/unit/test_semaphore t/unit/test_signed_id t/unit/test_template t/unit/test_utf8
t_unit_test_base64_SOURCES = t/unit/test_base64.c $(PROVIDER_SUPPORT)
t_unit_test_base64url_SOURCES = t/unit/test_base64url.c $(TOKEN_SUPPORT)
t_unit_test_cache_SOURCES = t/unit/test_cache.c
t_unit_test_clock_SOURCES = t/unit/test_clock.c $(TOKEN_SUPPORT)
t_unit_test_duration_SOURCES = t/unit/test_duration.c $(TOKEN_SUPPORT)
t_unit_test_event_SOURCES = t/unit/test_event.c $(TOKEN_SUPPORT)
t_unit_test_http_client_SOURCES = t/unit/test_http_client.c $(HTTP_STAND_IN)
t_unit_test_metric_SOURCES = t/unit/test_metric.c $(TOKEN_SUPPORT)
t_unit_test_random_SOURCES = t/unit/test_random.c $(TOKEN_SUPPORT)
t_unit_test_seal_SOURCES = t/unit/test_seal.c
t_unit_test_signed_id_SOURCES = t/unit/test_signed_id.c
t_unit_test_secret_source_SOURCES = t/unit/test_secret_source.c $(TOKEN_SUPPORT)
t_unit_test_semaphore_SOURCES = t/unit/test_semaphore.c $(TOKEN_SUPPORT)
t_unit_test_template_SOURCES = t/unit/test_template.c $(TOKEN_SUPPORT)
t_unit_test_utf8_SOURCES = t/unit/test_utf8.c $(TOKEN_SUPPORT)
