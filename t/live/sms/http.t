# SPDX-License-Identifier: Apache-2.0
# The sender http: the whole flow, the result of each response, a repeated text, senders by prefix.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use ProviderChecks;
use Test::More;

my $provider = Provider->start;
my $carrier =
    ProviderChecks->new(provider => $provider, line => 'AuthSMSSender ' . $provider->http);

subtest 'from registration to login' => sub {
    $carrier->check_flow;
    my @texts = $provider->texts;
    is scalar(grep { $_->{body} =~ /signed up/ } @texts), 1, 'the welcome text is sent';
    is_deeply [grep { $_->{from} ne 'Shop' } @texts], [], 'all texts have the configured sender';
};

subtest 'faults' => sub {
    my $refused = 'credentials or configuration refused';
    $carrier->check_fault(
        qr/http\): number rejected \(rejected: landline, HTTP 422\)/, 'error',
        code => 'landline', status => 422
    );
    $carrier->check_fault(
        qr/http\): number rejected \(rejected: landline, HTTP 200\)/, 'error',
        code => 'landline', status => 200
    );
    $carrier->check_fault(
        qr/http\): number not served \(success: failed, HTTP 200\)/, 'error',
        code => 'no-route', status => 200
    );
    $carrier->check_fault(
        qr/http\): number not served \(rejected: no-route, HTTP 403\)/, 'error',
        code => 'no-route', status => 403
    );
    $carrier->check_fault(
        qr/http\): $refused \(rejected: key, HTTP 401\)/, 'error',
        code => 'key', status => 401
    );
    $carrier->check_fault(qr/http\): $refused \(HTTP 404, no JSON object\)/, '404');
    $carrier->check_fault(
        qr/http\): rate limited \(HTTP 429, no JSON object, retry after 7 s/, '429',
        retry_after => 7
    );
    $carrier->check_fault(qr/http\): temporary fault, nothing sent \(HTTP 503/, '503');
    $carrier->check_fault(qr/http\): unknown, perhaps sent \(HTTP 502/, '502');
    $carrier->check_fault(qr/http\): unknown, perhaps sent \(HTTP 302/, 'redirect');
    $carrier->check_fault(
        qr/http\): unknown, perhaps sent \(success: no value, HTTP 200, no JSON object/, $_)
        for qw(garbage html empty);
    $carrier->check_fault(qr/http\): unknown, perhaps sent \(/, $_) for qw(close noise);
    $carrier->check_fault(
        qr/http\): unknown, perhaps sent \(success: no value, HTTP 200, too long/,
        'huge'
    );
};
$carrier->stop(key => $provider->key);

subtest 'a text that is sent again' => sub {
    my $queue = ProviderChecks->new(
        provider => $provider, line => 'AuthSMSSender ' . $provider->http,
        server => "AuthSMSDelivery queued\nAuthSMSLimit * off"
    );
    my $person = Site::person();
    $provider->clear_records->set_mode('503', times => 1, accept => 1);
    is $queue->site->register($person)->{status}, 201, 'registered';
    ok $provider->wait_for(sub { $provider->requests == 2 }), 'the worker retries once';
    my @ids = map { $_->{headers}{'idempotency-key'} } $provider->requests;
    is $ids[0], $ids[1], 'both requests have the same id';
    is scalar($provider->texts), 1, 'the provider accepts one text';
    my $ref;
    ok $provider->wait_for(
        sub { ($ref = $queue->site->sql('SELECT ref FROM authsms_outbox')) =~ /\S/ }),
        'the result is recorded';
    is $ref, "h-$ids[0]", 'with the reference of the response';
    $queue->add_secret($person, $provider->code_for(Site::e164($person)));
    $queue->stop;
};

subtest 'senders by prefix' => sub {
    my ($both, $second, $none) = map { Site::person() } 1 .. 3;
    my ($b, $s) = map { Site::e164($_) } $both, $second;
    my $pair = ProviderChecks->new(
        provider => $provider,
        line => 'AuthSMSSender '
            . $provider->http("for=+49,$b")
            . "\nAuthSMSSender "
            . $provider->webhook
            . " for=$b,$s"
    );
    my $site = $pair->site;
    $provider->clear_records->set_mode('503', times => 1, path => '/http/send');
    is $site->register($both)->{status}, 201, 'a number that both serve: 201';
    is_deeply [map { $_->{path} } $provider->requests], ['/http/send', '/webhook'],
        'the first is tried, then the second';
    $pair->add_secret($both, $provider->code_for($b));
    $provider->clear_records;
    is $site->register($second)->{status}, 201, 'a number that the second serves: 201';
    is_deeply [map { $_->{path} } $provider->requests], ['/webhook'], 'the first is skipped';
    $pair->add_secret($second, $provider->code_for($s));
    $provider->clear_records;
    my $r = $site->register($none);
    is $r->{status}, 502, 'a number that none serves: 502';
    is $r->{json}{code}, 'sms_failed', 'the error code';
    is scalar($provider->requests), 0, 'no sender is called';
    like $site->httpd->error_log, qr/no sender serves the number \+44\*+\d{3}: it has no prefix/,
        'the cause is logged';
    $site->httpd->expect_log(qr/no sender serves the number/);
    $pair->stop(key => $provider->key);
};
$provider->stop;
done_testing;
