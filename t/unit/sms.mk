# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_authy t/unit/test_breaker t/unit/test_delivery t/unit/test_provider \
	t/unit/test_receipt t/unit/test_receipt_twilio t/unit/test_receipt_vonage \
	t/unit/test_receipt_webhook t/unit/test_segments t/unit/test_sms_log \
	t/unit/test_standard_webhooks t/unit/test_twilio t/unit/test_twilio_verify t/unit/test_vonage \
	t/unit/test_webhook
t_unit_test_authy_SOURCES = t/unit/test_authy.c $(PROVIDER_SUPPORT)
t_unit_test_breaker_SOURCES = t/unit/test_breaker.c $(FAKE_CLOCK)
t_unit_test_delivery_SOURCES = t/unit/test_delivery.c $(FAKE_CLOCK)
t_unit_test_provider_SOURCES = t/unit/test_provider.c $(PROVIDER_SUPPORT)
t_unit_test_receipt_SOURCES = t/unit/test_receipt.c $(RECEIPT_SUPPORT)
t_unit_test_receipt_twilio_SOURCES = t/unit/test_receipt_twilio.c $(RECEIPT_SUPPORT)
t_unit_test_receipt_vonage_SOURCES = t/unit/test_receipt_vonage.c $(RECEIPT_SUPPORT)
t_unit_test_receipt_webhook_SOURCES = t/unit/test_receipt_webhook.c $(RECEIPT_SUPPORT)
t_unit_test_segments_SOURCES = t/unit/test_segments.c
t_unit_test_sms_log_SOURCES = t/unit/test_sms_log.c $(PROVIDER_SUPPORT)
t_unit_test_standard_webhooks_SOURCES = t/unit/test_standard_webhooks.c t/unit/webhook_samples.h $(PROVIDER_SUPPORT)
t_unit_test_twilio_SOURCES = t/unit/test_twilio.c $(PROVIDER_SUPPORT)
t_unit_test_twilio_verify_SOURCES = t/unit/test_twilio_verify.c $(PROVIDER_SUPPORT)
t_unit_test_vonage_SOURCES = t/unit/test_vonage.c $(PROVIDER_SUPPORT)
t_unit_test_webhook_SOURCES = t/unit/test_webhook.c t/unit/webhook_samples.h $(PROVIDER_SUPPORT)
