# SPDX-License-Identifier: Apache-2.0
# The sender webhook: signed texts to a receiver that verifies them and drops repeated ones; and the
# result of each response.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use ProviderChecks;
use Test::More;

my $provider = Provider->start;
my $carrier =
    ProviderChecks->new(provider => $provider, line => 'AuthSMSSender ' . $provider->webhook);

subtest 'from registration to login' => sub {
    my ($person) = $carrier->check_flow;
    is scalar(grep { $_->{body} =~ /signed up/ } $provider->texts), 1, 'the welcome text is sent';
    my @ids = map { $_->{headers}{'webhook-id'} } $provider->requests;
    is scalar(keys %{ { map { $_ => 1 } @ids } }), scalar @ids, 'each text has an id of its own';
    is_deeply [map { JSON::PP::decode_json($_->{body})->{id} } $provider->requests], \@ids,
        'the body has the same id';
};

subtest 'faults' => sub {
    $carrier->check_fault(
        qr/webhook\): number rejected \(code invalid_phone_number, HTTP 422\)/,
        'error', code => 'invalid_phone_number', status => 422
    );
    $carrier->check_fault(
        qr/webhook\): blocked as fraud \(code blocked, HTTP 403\)/, 'error',
        code => 'blocked', status => 403
    );
    $carrier->check_fault(
        qr/webhook\): rate limited \(code rate_limited/, 'error',
        code => 'rate_limited'
    );
    $carrier->check_fault(qr/webhook\): rate limited \(HTTP 429/, '429', retry_after => 1);
    $carrier->check_fault(
        qr/webhook\): credentials or configuration refused \(code authentication_failed/, 'error',
        code => 'authentication_failed', status => 401
    );
    $carrier->check_fault(
        qr/webhook\): credentials or configuration refused \(HTTP 302/, 'redirect',
        to => 'http://127.0.0.1:1/'
    );
    $carrier->check_fault(
        qr/webhook\): number not served \(code delivery_rejected/, 'error',
        code => 'delivery_rejected'
    );
    $carrier->check_fault(qr/webhook\): temporary fault, nothing sent \(HTTP 503/, '503');
    $carrier->check_fault(qr/webhook\): unknown, perhaps sent \(HTTP 504/, '504');
    $carrier->check_fault(qr/webhook\): unknown, perhaps sent \(/, 'close');
};
$carrier->stop(
    secret => $provider->secret,
    'secret without its mark' => $provider->secret =~ s/^whsec_//r
);

subtest 'a wrong secret' => sub {
    my $other = ProviderChecks->new(
        provider => $provider,
        line => 'AuthSMSSender ' . ($provider->webhook =~ s/whsec_M/whsec_N/r)
    );
    my $person = Site::person();
    is $other->site->register($person)->{status}, 502, 'the receiver rejects the signature: 502';
    is $provider->code_for(Site::e164($person)), undef, 'no text is accepted';
    like $other->site->httpd->error_log,
        qr/credentials or configuration refused \(code authentication_failed, HTTP 401/,
        'the cause is logged';
    $other->stop;
};

subtest 'a text that is sent again' => sub {
    my $queue = ProviderChecks->new(
        provider => $provider, line => 'AuthSMSSender ' . $provider->webhook,
        server => "AuthSMSDelivery queued\nAuthSMSLimit * off"
    );
    my $person = Site::person();
    $provider->clear_records->set_mode('503', times => 1, accept => 1);
    is $queue->site->register($person)->{status}, 201, 'registered';
    ok $provider->wait_for(sub { $provider->requests == 2 }), 'the worker retries once';
    my @ids = map { $_->{headers}{'webhook-id'} } $provider->requests;
    is $ids[0], $ids[1], 'both requests have the same id';
    is scalar($provider->texts), 1, 'the receiver accepts one text';
    $queue->add_secret($person, $provider->code_for(Site::e164($person)));
    $queue->stop;
};
$provider->stop;
done_testing;
