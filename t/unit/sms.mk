# SPDX-License-Identifier: Apache-2.0
PROVIDER_SUPPORT = t/unit/provider_support.c t/unit/provider_support.h $(STAND_IN)
STAND_IN = t/unit/http_stand_in.c t/unit/http_stand_in.h
UNIT_TESTS += t/unit/test_http_client t/unit/test_twilio t/unit/test_delivery t/unit/test_segments \
	t/unit/test_receipt_twilio t/unit/test_twilio_verify t/unit/test_vonage t/unit/test_webhook
t_unit_test_http_client_SOURCES = t/unit/test_http_client.c $(STAND_IN)
t_unit_test_http_client_LDADD = $(UNIT_LIBS)
t_unit_test_twilio_SOURCES = t/unit/test_twilio.c $(PROVIDER_SUPPORT)
t_unit_test_twilio_LDADD = $(UNIT_LIBS)
t_unit_test_delivery_SOURCES = t/unit/test_delivery.c
t_unit_test_delivery_LDADD = $(UNIT_LIBS)
t_unit_test_segments_SOURCES = t/unit/test_segments.c
t_unit_test_segments_LDADD = $(UNIT_LIBS)
t_unit_test_receipt_twilio_SOURCES = t/unit/test_receipt_twilio.c $(PROVIDER_SUPPORT)
t_unit_test_receipt_twilio_LDADD = $(UNIT_LIBS)
t_unit_test_twilio_verify_SOURCES = t/unit/test_twilio_verify.c $(PROVIDER_SUPPORT)
t_unit_test_twilio_verify_LDADD = $(UNIT_LIBS)
t_unit_test_vonage_SOURCES = t/unit/test_vonage.c $(PROVIDER_SUPPORT)
t_unit_test_vonage_LDADD = $(UNIT_LIBS)
t_unit_test_webhook_SOURCES = t/unit/test_webhook.c $(PROVIDER_SUPPORT)
t_unit_test_webhook_LDADD = $(UNIT_LIBS)
