# SPDX-License-Identifier: Apache-2.0
# The wording of texts, and numbers that never get a text.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $provider = Provider->start;

sub last_text {
    my ($to) = @_;
    return (grep { $_->{to} eq $to } $provider->texts)[-1];
}

for my $verifier ('', 'AuthSMSVerifier ' . $provider->authy . "\n") {
    subtest $verifier ? 'with a remote verifier' : 'with codes of our own' => sub {
        $provider->clear_records;
        my $site =
            Site->new(sender => 'AuthSMSSender ' . $provider->twilio, server => <<"END")->start;
${verifier}AuthSMSAppName "Caf\xc3\xa9 {code}"
AuthSMSTemplate code "Use {code} for {app}, {minutes} min."
AuthSMSTemplate welcome "Welcome to {app}!"
AuthSMSWebOTP login.example.org
AuthSMSCode length=8 ttl=90s
AuthSMSTestNumber +447700900999 424242 "user=App Reviewer"
AuthSMSTestNumber +447700900998 434343 user=other
AuthSMSLimit sms/number 2/1h
AuthSMSLimit sms/total 3/1h
END
        my $person = Site::person();
        my $number = Site::e164($person);
        my $id = $site->register($person)->{json}{id};
        if (!$verifier) {
            my ($code) = last_text($number)->{body} =~
                /\AUse (\d{8}) for Caf\x{e9} \{code\}, 2 min\.\n\n\@login\.example\.org #\1\z/;
            ok $code, 'the template, with the line for browsers at its end'
                or diag last_text($number)->{body};
            is $site->api("/user/$id/verify", { code => $code })->{status}, 200,
                'its code is accepted';
            is last_text($number)->{body}, "Welcome to Caf\x{e9} {code}!",
                'a text without a code has no such line';
        }

        my $before = () = $provider->requests;
        my $reviewer = {
            username => 'app REVIEWER', password => 'correct horse battery',
            smsmobile => '07700 900999'
        };
        my $r = $site->register($reviewer);
        is $r->{status}, 201, 'the test number registers: 201';
        $id = $r->{json}{id};
        is $site->api("/user/$id/verify", { code => '000000' })->{status}, 422,
            'a wrong code is rejected';
        is $site->api("/user/$id/verify", { code => '424242' })->{json}{msg},
            'You did it! Your signup is complete and you can now use the App :)',
            'the fixed code is accepted';
        is $site->login($reviewer)->{status}, 200, 'login: 200';

        my $stranger = {
            username => 'stranger', password => 'correct horse battery',
            smsmobile => '+44 7700 900999'
        };
        $id = $site->register($stranger)->{json}{id};
        is $site->api("/user/$id/verify", { code => '424242' })->{status}, 422,
            'another account of that number has no fixed code';
        my $wrong = {
            username => 'other', password => 'correct horse battery',
            smsmobile => '+44 7700 900999'
        };
        $id = $site->register($wrong)->{json}{id};
        is $site->api("/user/$id/verify", { code => $_ })->{status}, 422,
            'an account with another test number has another code' for 424242, 434343;
        is $site->api("/user/$id/verify", { code => '000000' })->{status}, 422, 'guesses'
            for 3 .. 5;
        is $site->api("/user/$id/verify", { code => '000000' })->{status}, 429, 'count';
        is scalar(() = $provider->requests), $before, 'no provider gets a request';
        $site->httpd->expect_log(qr/AuthSMSTestNumber/);
        $site->stop;
    };
}

# Registers and verifies; the words of the answer.
sub sign_up {
    my ($site, $person) = @_;
    my $id = $site->register($person)->{json}{id};
    my $r = $site->api("/user/$id/verify", { code => $provider->code_for(Site::e164($person)) });
    is $r->{status}, 200, 'verification: 200';
    return $r->{json}{msg};
}

sub hits {
    my ($site, $limit) = @_;
    return $site->sql("SELECT max(hits) FROM authsms_limits WHERE name = '$limit'");
}

my $done = 'You did it! Your signup is complete and you can now use the App :)';

subtest "the welcome text counts, $_" => sub {
    my $delivery = $_;
    $provider->clear_records;
    my $site = Site->new(
        sender => 'AuthSMSSender ' . $provider->twilio,
        server => "AuthSMSDelivery $delivery\nAuthSMSLimit sms/total 4/1h\n"
            . "AuthSMSLimit sms/number 2/1h\nAuthSMSCode resend=0"
    )->start;
    my $sent = sub {
        my ($n) = @_;
        return $provider->wait_for(sub { $provider->texts == $n });
    };
    my ($person, $other, $third) = map { Site::person() } 1 .. 3;
    my $id = $site->register($person)->{json}{id};
    ok $sent->(1), 'the code is sent';
    is $site->api("/user/$id/verify", { code => $provider->code_for(Site::e164($person)) })
        ->{json}{msg}, $done, 'verification succeeds';
    ok $sent->(2), 'the welcome text is sent';
    is $site->register({ %$other, smsmobile => $person->{smsmobile} })->{status}, 429,
        'the third text to the number: rate limited';

    $id = $site->register($other)->{json}{id};
    ok $sent->(3), 'a code to another number is sent';
    is $site->api("/user/$id/resend", {})->{status}, 202, '/resend: 202';
    ok $sent->(4), 'it is the fourth text in all';
    my $r = $site->api("/user/$id/verify", { code => $provider->code_for(Site::e164($other)) });
    is_deeply [$r->{status}, $r->{json}{msg}], [200, $done],
        'verification succeeds without a welcome text';
    my $waiting = sub { $site->sql('SELECT count(*) FROM authsms_outbox WHERE state <= 2') };
    my $end = time + 20;
    sleep 0.05 while $waiting->() && time < $end;
    is $waiting->(), 0, 'no text waits in the queue';
    is scalar(() = $provider->texts), 4, 'no welcome text is sent';
    is $site->register($third)->{status}, 429, 'the total limit is spent: 429';
    $site->stop;
    }
    for qw(direct queued);

subtest 'a limit that is spent for all costs the number nothing' => sub {
    $provider->clear_records;
    my $site = Site->new(
        sender => 'AuthSMSSender ' . $provider->twilio,
        server => "AuthSMSLimit sms/total 1/1h"
    )->start;
    is sign_up($site, Site::person()), $done, 'no welcome text';
    is scalar(() = $provider->texts), 1, 'only the code is sent';
    is_deeply [map { hits($site, $_) } 'sms/number', 'sms/ip'], [1, 1], 'only the code is counted';
    $site->stop;
};

subtest 'AuthSMSTemplate welcome none' => sub {
    $provider->clear_records;
    my $site = Site->new(
        sender => 'AuthSMSSender ' . $provider->twilio,
        server => "AuthSMSTemplate welcome none\n"
    )->start;
    is sign_up($site, Site::person()), $done, 'verification succeeds';
    is scalar(() = $provider->texts), 1, 'no welcome text';
    is hits($site, 'sms/total'), 1, 'no welcome text is counted';
    $site->stop;
};
$provider->stop;
done_testing;
