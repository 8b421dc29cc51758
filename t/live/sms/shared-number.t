# SPDX-License-Identifier: Apache-2.0
# Remote verifiers identify users by number: of two accounts with one number, the newer request owns
# the open verification.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Provider;
use Site;
use Test::More;

my $provider = Provider->start;
my $pg = Postgres::available() ? Postgres->new : undef;

sub one_open {
    my ($line, %o) = @_;
    my $site = Site->new(
        %o, sender => "AuthSMSVerifier $line",
        server => "AuthSMSLimit * off\nAuthSMSCode resend=0"
    )->start;
    my @people = map { Site::person() } 1 .. 3;
    $people[1]{smsmobile} = $people[0]{smsmobile};
    my (@ids, @codes);
    for my $person (@people) {
        push @ids, $site->register($person)->{json}{id};
        push @codes, $provider->code_for(Site::e164($person));
    }
    my $asked = $provider->requests;
    my $code = sub {
        my ($i, $code) = @_;
        return $site->api("/user/$ids[$i]/verify", { code => $code })->{json}{code} // 'good';
    };
    is $code->(0, $codes[1]), 'code_expired', 'the older account cannot use the newer one\'s code';
    is $code->(0, $codes[0]), 'code_expired', 'its own code has expired too';
    is scalar($provider->requests), $asked, 'the provider gets no request';
    is $code->(2, $codes[2]), 'good', 'an account with another number is not affected';
    is $site->api("/user/$ids[0]/resend", {})->{status}, 202, 'the older account requests a code';
    is $code->(1, $codes[1]), 'code_expired', 'the code of the newer account expires';
    is $code->(0, $provider->code_for(Site::e164($people[0]))), 'good',
        'the older account has the valid code';
    $site->stop;
}

for my $verifier ('authy', 'twilio_verify') {
    subtest $verifier => sub { one_open($provider->$verifier) };
    subtest "$verifier, PostgreSQL" => sub {
        plan skip_all => 'no PostgreSQL' unless $pg;
        one_open($provider->$verifier, driver => 'pgsql', pg => $pg);
    };
}
$provider->stop;
$pg->stop if $pg;
done_testing;
