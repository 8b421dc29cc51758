# SPDX-License-Identifier: Apache-2.0
# A reset with a remote verifier: it is asked about every code, so that the time of the response
# does not tell whether a code is open.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use Site;
use Test::More;

for my $verifier (qw(authy twilio_verify)) {
    subtest $verifier => sub {
        my $provider = Provider->start;
        my $site = Site->new(
            sender => 'AuthSMSVerifier ' . $provider->$verifier, children => 1,
            server => "AuthSMSLimit * off\nAuthSMSCode resend=0", log_level => 'warn authsms:debug'
        )->start;
        my %person = (open => Site::person(), 'no code' => Site::person());
        for my $person (values %person) {
            my $id = $site->register($person)->{json}{id};
            my $code = $provider->code_for(Site::e164($person));
            is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'verified';
        }
        $person{unknown} = { username => 'nobody' };
        my $number = Site::e164($person{open});
        $provider->clear_records;
        is $site->api('/password/forgot', { username => $person{open}{username} })->{status},
            202, 'a new password is requested';
        my $code = $provider->wait_for(sub { $provider->code_for($number) }, 20);
        ok $code, 'a code is sent';
        my $wrong = sprintf '%0*d', length $code, ($code + 1) % 10**length $code;

        my $reset = sub {
            my ($kind, $with) = @_;
            $provider->clear_records;
            my $r = $site->api(
                '/password/reset',
                {
                    username => $person{$kind}{username}, code => $with,
                    password => 'a brand new one'
                }
            );
            return ($r, $provider->requests);
        };
        my %answer;
        for my $kind (sort keys %person) {
            my ($r, @requests) = $reset->($kind, $wrong);
            is $r->{status}, 422, "$kind: 422";
            $answer{$kind} = $r->{body};
            is scalar @requests, 1, "$kind: the verifier is asked once";
            like "$requests[0]{path} " . join(' ', %{ $requests[0]{form} // {} }), qr/$wrong/,
                "$kind: about the code that was sent";
        }
        is $answer{$_}, $answer{unknown}, "$_: the same body" for sort keys %person;
        my ($r) = $reset->('open', $code);
        is $r->{status}, 200, 'the right code is still accepted' or diag $r->{raw};
        $site->stop;
        $provider->stop;
    };
}
done_testing;
