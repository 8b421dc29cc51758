# SPDX-License-Identifier: Apache-2.0
# Authy and Twilio with the API: the whole flow, and each provider fault. A fault costs the caller a
# 502 within the time limit; the account stays pending, /resend works at once, other requests
# continue.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(time);

my $provider = Provider->start;
my $limits = "AuthSMSTimeout 1s 2s parallel=8\nAuthSMSLimit * off";

sub flow {
    my ($site, $kind) = @_;
    $provider->clear_records;
    my $person = Site::person();
    my $r = $site->register($person);
    is $r->{status}, 201, 'registration: 201';
    my $id = $r->{json}{id};
    my $code = $provider->code_for(Site::e164($person));
    ok $code, 'a code is sent';
    my $wrong = sprintf '%0*d', length $code, ($code + 1) % 10**length $code;
    is $site->api("/user/$id/verify", { code => $wrong })->{json}{code}, 'invalid_code',
        'wrong code: invalid_code';
    is $site->api("/user/$id/verify", { code => $_ })->{status}, 422,
        "'$_' never reaches the provider" for '../sms', "$code/../x", "$code#";
    $r = $site->api("/user/$id/verify", { code => $code });
    is $r->{status}, 200, 'right code: 200';
    like $r->{json}{msg}, qr/^You did it!/, 'the original message';
    is $site->login($person)->{status}, 200, 'login: 200';
    my @paths = map { "$_->{method} $_->{path}" } $provider->requests;
    unlike "@paths", qr/\.\.|#/, 'only well-formed requests are sent';
    my @welcome = grep { $_->{body} =~ /signed up/ } $provider->texts;
    is scalar @welcome, $kind eq 'authy alone' ? 0 : 1, 'welcome text';
    return @paths;
}

sub faults {
    my ($site) = @_;
    my $c = $site->client;
    for (
        ['500'], ['503'], ['429', retry_after => 1], ['garbage'], ['html'],
        ['empty', status => 200], ['hang'], ['drip'], ['close'], ['reset'], ['huge'],
        ['redirect', to => 'http://127.0.0.1:1/'], ['noise']
    ) {
        my ($mode, @more) = @$_;
        my $person = Site::person();
        $provider->set_mode($mode, @more);
        my $start = time;
        my $r = $site->register($person);
        my $took = time - $start;
        my ($status, $code) = $mode eq '429' ? (429, 'rate_limited') : (502, 'sms_failed');
        is $r->{status}, $status, "$mode: $status";
        is $r->{json}{code}, $code, 'the error code';
        is $r->{headers}{'retry-after'}[0], $mode eq '429' ? 1 : undef,
            'Retry-After where the provider sends one';
        cmp_ok $took, '<', 5, sprintf 'within the time limit (%.1f s)', $took;
        my $id = $r->{json}{id};
        ok $id, 'with the id of the account';
        is $site->login($person)->{json}{code}, 'not_verified', 'login: not_verified';
        $provider->set_mode('ok');
        $r = $site->api("/user/$id/resend", {});
        is $r->{status}, 202, '/resend works at once' or diag $r->{raw};
        is $site->api("/user/$id/verify", { code => $provider->code_for(Site::e164($person)) })
            ->{status}, 200, 'its code is accepted';
    }
}

sub meanwhile {
    my ($site) = @_;
    my $c = $site->client;
    $provider->clear_records->set_mode('hang');
    my @waiting = map { $c->connect } 1 .. 12;
    for my $s (@waiting) {
        my $p = Site::person();
        my $form = "username=$p->{username}&password=correct+horse&smsmobile="
            . Client::encode($p->{smsmobile});
        syswrite $s,
            "POST /app_api/user HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
            . length($form)
            . "\r\n\r\n$form";
    }
    ok $provider->wait_for(sub { $provider->requests == 8 }), 'eight requests wait';
    my $start = time;
    is $c->get('/index.html')->{status}, 200, 'a page: 200' for 1 .. 20;
    is $site->api('/authenticate', { username => 'x', password => 'y' })->{status}, 401, 'a login';
    cmp_ok time - $start, '<', 1.5, 'without delay while a provider hangs';
    my %met;
    $met{ $c->receive($_, 'POST /app_api/user')->{status} // 'none' }++ for @waiting;
    is join(' ', sort keys %met), '502 503',
        '502 for waiting requests, 503 above the limit'
        or diag explain \%met;
    is $met{503}, 4, 'eight requests wait, four are refused';
    $provider->set_mode('ok');
}

my %kinds = (
    'local and twilio' => sub { (sender => 'AuthSMSSender ' . $provider->twilio) },
    'authy and twilio' =>
        sub { (
        sender => "AuthSMSVerifier " . $provider->authy . "\nAuthSMSSender " . $provider->twilio) },
    'authy alone' => sub { (sender => 'AuthSMSVerifier ' . $provider->authy) },
);
for my $kind (sort keys %kinds) {
    subtest $kind => sub {
        $provider->set_mode('ok');
        my $site = Site->new($kinds{$kind}->(), server => $limits, children => 1)->start;
        my @paths = flow($site, $kind);
        if ($kind =~ /authy/) {
            like $paths[0], qr{^POST /protected/json/users/new$}, 'an Authy user is created first';
            is scalar(grep { m{^GET /protected/json/verify/} } @paths), 2,
                'only codes are checked by Authy';
        }
        $site->stop;
    };
}
for my $kind ('local and twilio', 'authy alone') {
    subtest "$kind, faults" => sub {
        my $site = Site->new($kinds{$kind}->(), server => $limits, children => 1)->start;
        faults($site);
        meanwhile($site) if $kind =~ /local/;
        $site->httpd->expect_log(qr/twilio|authy/);
        $site->stop;
    };
}
$provider->stop;
done_testing;
