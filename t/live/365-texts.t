# SPDX-License-Identifier: Apache-2.0
# What texts say, and numbers that are never texted.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use Site;
use Test::More;

my $provider = Provider->start;

sub last_text { my ($to) = @_; return (grep { $_->{to} eq $to } $provider->texts)[-1] }

for my $verifier ('', 'AuthSMSVerifier ' . $provider->authy . "\n") {
    subtest $verifier ? 'with a remote verifier' : 'with codes of our own' => sub {
        $provider->reset;
        my $site = Site->new(sender => 'AuthSMSSender ' . $provider->twilio, server => <<"END")->start;
${verifier}AuthSMSAppName "Caf\xc3\xa9 {code}"
AuthSMSTemplate code "Use {code} for {app}, {minutes} min."
AuthSMSTemplate welcome "Welcome to {app}!"
AuthSMSWebOTP login.example.org
AuthSMSCode length=8 ttl=90s
AuthSMSTestNumber +447700900999 424242 "user=App Reviewer"
AuthSMSTestNumber +447700900998 434343 user=other
AuthSMSLimit sms/number 1/1h
AuthSMSLimit sms/total 3/1h
END
        my $person = Site::person();
        my $number = Site::e164($person);
        my $id = $site->register($person)->{json}{id};
        if (!$verifier) {
            my ($code) = last_text($number)->{body} =~ /\AUse (\d{8}) for Caf\x{e9} \{code\}, 2 min\.\n\n\@login\.example\.org #\1\z/;
            ok $code, 'the template, with what browsers read in its last line' or diag last_text($number)->{body};
            is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'its code is right';
            is last_text($number)->{body}, "Welcome to Caf\x{e9} {code}!", 'a text without a code has no such line';
        }

        my $before = () = $provider->requests;
        my $reviewer = { username => 'app REVIEWER', password => 'correct horse battery', smsmobile => '07700 900999' };
        my $r = $site->register($reviewer);
        is $r->{status}, 201, 'the reviewer registers';
        $id = $r->{json}{id};
        is $site->api("/user/$id/verify", { code => '000000' })->{status}, 422, 'a wrong code is wrong';
        is $site->api("/user/$id/verify", { code => '424242' })->{json}{msg}, 'You did it! Your signup is complete and you can now use the App :)', 'the fixed one is right';
        is $site->login($reviewer)->{status}, 200, 'and logs in';

        my $stranger = { username => 'stranger', password => 'correct horse battery', smsmobile => '+44 7700 900999' };
        $id = $site->register($stranger)->{json}{id};
        is $site->api("/user/$id/verify", { code => '424242' })->{status}, 422, 'another account of that number has no fixed code';
        my $wrong = { username => 'other', password => 'correct horse battery', smsmobile => '+44 7700 900999' };
        $id = $site->register($wrong)->{json}{id};
        is $site->api("/user/$id/verify", { code => $_ })->{status}, 422, 'nor has an account with another test number' for 424242, 434343;
        is $site->api("/user/$id/verify", { code => '000000' })->{status}, 422, 'guesses' for 3 .. 5;
        is $site->api("/user/$id/verify", { code => '000000' })->{status}, 429, 'count';
        is scalar(() = $provider->requests), $before, 'nobody was asked to text or check anything';
        $site->httpd->expect_log(qr/AuthSMSTestNumber/);
        $site->stop;
    };
}
$provider->stop;
done_testing;
