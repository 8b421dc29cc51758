# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_circuit_breaker t/unit/test_delivery t/unit/test_provider_param \
	t/unit/test_receipt t/unit/test_receipt_twilio t/unit/test_receipt_vonage \
	t/unit/test_receipt_webhook t/unit/test_request_auth t/unit/test_request_template \
	t/unit/test_response_rules t/unit/test_segments t/unit/test_sender_http t/unit/test_sender_log \
	t/unit/test_sender_twilio t/unit/test_sender_vonage t/unit/test_sender_webhook \
	t/unit/test_standard_webhooks t/unit/test_verifier_authy t/unit/test_verifier_twilio
t_unit_test_circuit_breaker_SOURCES = t/unit/test_circuit_breaker.c $(FAKE_CLOCK)
t_unit_test_delivery_SOURCES = t/unit/test_delivery.c $(FAKE_CLOCK)
t_unit_test_provider_param_SOURCES = t/unit/test_provider_param.c $(PROVIDER_SUPPORT)
t_unit_test_receipt_SOURCES = t/unit/test_receipt.c $(RECEIPT_SUPPORT)
t_unit_test_receipt_twilio_SOURCES = t/unit/test_receipt_twilio.c $(RECEIPT_SUPPORT)
t_unit_test_receipt_vonage_SOURCES = t/unit/test_receipt_vonage.c $(RECEIPT_SUPPORT)
t_unit_test_receipt_webhook_SOURCES = t/unit/test_receipt_webhook.c $(RECEIPT_SUPPORT)
t_unit_test_request_auth_SOURCES = t/unit/test_request_auth.c $(PROVIDER_SUPPORT)
t_unit_test_request_template_SOURCES = t/unit/test_request_template.c $(PROVIDER_SUPPORT)
t_unit_test_response_rules_SOURCES = t/unit/test_response_rules.c $(PROVIDER_SUPPORT)
t_unit_test_segments_SOURCES = t/unit/test_segments.c $(TOKEN_SUPPORT)
t_unit_test_sender_http_SOURCES = t/unit/test_sender_http.c $(PROVIDER_SUPPORT)
t_unit_test_sender_log_SOURCES = t/unit/test_sender_log.c $(PROVIDER_SUPPORT)
t_unit_test_sender_twilio_SOURCES = t/unit/test_sender_twilio.c $(PROVIDER_SUPPORT)
t_unit_test_sender_vonage_SOURCES = t/unit/test_sender_vonage.c $(PROVIDER_SUPPORT)
t_unit_test_sender_webhook_SOURCES = t/unit/test_sender_webhook.c t/unit/webhook_samples.h $(PROVIDER_SUPPORT)
t_unit_test_standard_webhooks_SOURCES = t/unit/test_standard_webhooks.c t/unit/webhook_samples.h $(PROVIDER_SUPPORT)
t_unit_test_verifier_authy_SOURCES = t/unit/test_verifier_authy.c $(PROVIDER_SUPPORT)
t_unit_test_verifier_twilio_SOURCES = t/unit/test_verifier_twilio.c $(PROVIDER_SUPPORT)
