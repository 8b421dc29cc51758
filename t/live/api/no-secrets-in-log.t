# SPDX-License-Identifier: Apache-2.0
# No password, code, token, key or full number in the error log at its highest levels, nor in a
# failed response.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Provider;
use Site;
use Test::More;

sub silence {
    my (%o) = @_;
    my $provider = Provider->start(token => "canary-twilio-token");
    my $site = Site->new(
        %o, log_level => 'warn authsms:trace8 dbd:trace8',
        sender => "AuthSMSSender " . $provider->twilio,
        server => 'AuthSMSCode resend=0'
    )->start;
    my $c = $site->client;
    my $person = { %{ Site::person() }, password => 'canary-password-1' };
    my @answers;
    my $api = sub {
        my $r = $site->api(@_);
        push @answers, $r->{body} unless $r->{json}{token};
        return $r;
    };

    my $id = $api->('/user', $person)->{json}{id};
    my $code = $provider->code_for(Site::e164($person));
    $api->("/user/$id/verify", { code => $_, password => $person->{password} })
        for '999999', $code, $code;
    my $token = $site->login($person)->{json}{token};
    $api->('/authenticate', { username => $person->{username}, password => 'canary-wrong-2' });
    $api->('/user', { %$person, password => 'canary-other-3' });
    $api->('/user', '{"password":"canary-broken-4"');
    for my $mode (500, 429, 'garbage', 'close') {
        $provider->set_mode($mode);
        $api->('/user', { %{ Site::person() }, password => 'canary-password-5' });
    }
    $c->get('/private/', Authorization => $_)
        for $token, $token . 'x', 'JWT canary.token.6', "$token, $token";
    $c->get('/app_api/users', Authorization => "Bearer canary.token.7");

    my $log = $site->httpd->error_log;
    my ($signature) = $token =~ /([^.]+)$/;
    my ($digits) = Site::e164($person) =~ /(\d+)/;
    my %never = (
        password => 'canary', token => $signature, key => unpack('H*', $site->key),
        number => $digits, code => $code, 'second number' => '7700900'
    );
    for my $what (sort keys %never) {
        ok index($log, $never{$what}) < 0, "the log has no $what";
        next if $what =~ /number/;
        is_deeply [grep { index($_, $never{$what}) >= 0 } @answers], [], "no response has a $what";
    }
    like $log, qr/twilio/, 'the log has lines about the provider';
    $site->httpd->expect_log(qr/twilio|sms/i);
    $site->stop;
    $provider->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { silence(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
