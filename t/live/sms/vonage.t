# SPDX-License-Identifier: Apache-2.0
# The sender vonage: the whole flow, and the result of each status (all with HTTP 200).
use strict;
use warnings;
use lib 't/lib';
use Provider;
use ProviderChecks;
use Test::More;

my $provider = Provider->start;
my $carrier =
    ProviderChecks->new(provider => $provider, line => 'AuthSMSSender ' . $provider->vonage);
my $refused = 'credentials or configuration refused';

subtest 'from registration to login' => sub {
    $carrier->check_flow;
    my @texts = $provider->texts;
    is scalar(grep { $_->{body} =~ /signed up/ } @texts), 1, 'the welcome text is sent';
    is_deeply [grep { $_->{from} ne '15005550006' } @texts], [],
        'all texts have the configured sender';
    is_deeply [grep { exists $_->{form}{type} } $provider->requests], [],
        'all texts use the GSM alphabet';
};

subtest 'faults' => sub {
    my %meant = (
        1 => 'rate limited', 3 => 'number rejected', 4 => $refused,
        5 => 'temporary fault, nothing sent', 7 => 'blocked as fraud',
        9 => 'number not served', 12 => 'number rejected', 15 => 'number not served',
        29 => 'number not served', 33 => 'number rejected'
    );
    $carrier->check_fault(
        qr/vonage\): $meant{$_} \(status $_, HTTP 200\)/, 'error', code => $_,
        status => 200
    ) for sort { $a <=> $b } keys %meant;
    $carrier->check_fault(qr/vonage\): unknown, perhaps sent \(HTTP 200, no JSON object/, $_)
        for qw(garbage html empty);
    $carrier->check_fault(
        qr/vonage\): rate limited \(HTTP 429, no JSON object, retry after 7 s/, '429',
        retry_after => 7
    );
    $carrier->check_fault(qr/vonage\): temporary fault, nothing sent \(HTTP 500/, '500');
};

subtest 'a number that it refuses' => sub {
    my $r = $carrier->site->register(
        { %{ Site::person() }, smsmobile => '5005550007', countryCode => '+1' });
    is $r->{status}, 502, 'no text is sent: 502';
    like $carrier->site->httpd->error_log,
        qr/blocked as fraud \(status 7, HTTP 200\), number \+15\*+007\n/,
        'the number is logged masked';
    $carrier->add_secret({ smsmobile => '15005550007' }, '15005550007');
};
$carrier->stop(key => $provider->key, secret => $provider->{vonage_secret});

subtest 'one that is in its place' => sub {
    my $pair = ProviderChecks->new(
        provider => $provider,
        line => 'AuthSMSSender ' . $provider->vonage . "\nAuthSMSSender " . $provider->webhook
    );
    my $site = $pair->site;
    my %texts = (1 => 1, 4 => 1, 5 => 1, 15 => 1, 3 => 0, 7 => 0);
    for my $status (sort keys %texts) {
        my $person = Site::person();
        $provider->clear_records->set_mode(
            'error', code => $status, status => 200,
            path => '/sms/json'
        );
        is $site->register($person)->{status}, $texts{$status} ? 201 : 502, "status $status";
        is scalar($provider->texts), $texts{$status},
            $texts{$status} ? 'the next provider sends the text' : 'no other provider is tried';
    }
    $provider->set_mode('ok');
    $pair->stop;
};
$provider->stop;
done_testing;
