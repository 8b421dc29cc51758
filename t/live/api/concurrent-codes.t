# SPDX-License-Identifier: Apache-2.0
# Concurrent codes, over several processes: exactly one right code succeeds, and at most attempts=
# wrong ones are checked.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Postgres;
use Provider;
use Site;
use Test::More;

my $at_once = 50;

# How many of these codes, sent at once, got each status and error code.
sub answers {
    my ($site, $path, @codes) = @_;
    my @sockets = map { $site->client->connect } @codes;
    my @texts = map {
        my $form = "code=$_";
        "POST /app_api$path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
            . length($form)
            . "\r\n\r\n$form"
    } @codes;
    # All but the last byte first, so that they are checked at the same time.
    syswrite $sockets[$_], substr $texts[$_], 0, -1 for 0 .. $#sockets;
    syswrite $sockets[$_], substr $texts[$_], -1 for 0 .. $#sockets;
    my %answers;
    for (@sockets) {
        my $r = $site->client->receive($_, "POST /app_api$path");
        $answers{
            join ' ', grep { defined } $r->{status},
            ref $r->{json} ? $r->{json}{code} : ()
        }++;
    }
    return \%answers;
}

sub races {
    my (%o) = @_;
    my $provider = $o{provider};
    my $site = Site->new(
        %o, children => 4,
        server => "AuthSMSLimit * off\nAuthSMSCode resend=0 attempts=5\n" . ($o{verifier} // '')
    )->start;
    my $code_of = sub {
        my ($person) = @_;
        return $provider
            ? $provider->code_for(Site::e164($person))
            : $site->code_of(Site::e164($person));
    };
    for my $round (1 .. 3) {
        my $person = Site::person();
        my $id = $site->register($person)->{json}{id};
        my $code = $code_of->($person);
        my $answers = answers($site, "/user/$id/verify", ($code) x $at_once);
        is $answers->{200}, 1, "round $round: one right code wins" or diag explain $answers;
        my %rest = %$answers;
        delete @rest{
            200,
            grep { /^4\d\d (?:already_verified|code_expired|invalid_code|too_many_attempts)\z/ }
                keys %rest
        };
        is_deeply \%rest, {},
            "round $round: the others are refused with 4xx" or diag explain $answers;

        $person = Site::person();
        $id = $site->register($person)->{json}{id};
        $code = $code_of->($person);
        my $asked = $provider ? $provider->requests : 0;
        $answers = answers(
            $site, "/user/$id/verify",
            map { sprintf '%0*d', length $code, ($code + $_) % 10**length $code } 1 .. $at_once
        );
        cmp_ok $answers->{'422 invalid_code'} // 0, '<=', 5,
            "round $round: at most five wrong codes are checked"
            or diag explain $answers;
        cmp_ok $answers->{'422 invalid_code'} // 0, '>', 0,
            "round $round: at least one wrong code is checked";
        cmp_ok $provider->requests - $asked, '<=', 5,
            "round $round: at most five requests to the provider"
            if $provider;
        isnt $site->api("/user/$id/verify", { code => $code })->{status}, 200,
            "round $round: the right code is refused afterwards";
    }
    $site->stop;
    return;
}

subtest 'sqlite' => sub { races() };
subtest 'postgresql' =>
    sub { plan skip_all => 'no PostgreSQL' unless Postgres::available(); races(driver => 'pgsql') };
subtest 'twilio-verify' => sub {
    my $provider = Provider->start;
    races(
        provider => $provider, sender => '',
        verifier => 'AuthSMSVerifier ' . $provider->twilio_verify
    );
    $provider->stop;
};
done_testing;
