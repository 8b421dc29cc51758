# SPDX-License-Identifier: Apache-2.0
# Logins by SMS code: beside passwords and alone, accounts without a password, and no response that
# depends on whether an account exists.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep);
use Token;

my $pg = Postgres::available() ? Postgres->new : undef;
my $settings = qq(AuthSMSTemplate login "{app}: your login code is {code}"\n)
    . "AuthSMSCode resend=1s attempts=3\n";

sub claims { my ($r) = @_; return Token::claims($r->{json}{token}) }
sub outcome { my ($r) = @_; return join ' ', $r->{status}, $r->{json}{code} // '' }
sub wrong { my ($code) = @_; return sprintf '%06d', ($code + 1) % 1_000_000 }

sub texts {
    my ($site, $number) = @_;
    return $site->httpd->error_log =~ /SMS to \Q$number\E: .*?code is (\d+)/g;
}

# The code of text number n to a number.
sub code {
    my ($site, $number, $n) = @_;
    return $site->httpd->wait_log(
        sub {
            my @codes = $_[0] =~ /SMS to \Q$number\E: .*?code is (\d+)/g;
            return $codes[$n - 1];
        },
        "code number $n for $number"
    );
}

# POST a form.
sub form {
    my ($site, $path, $form) = @_;
    return $site->client->request(
        'POST', "/app_api$path",
        ['Content-Type' => 'application/x-www-form-urlencoded'], $form
    );
}

# A response without what differs in each: the challenge, and the time of day.
sub bytes {
    my ($r) = @_;
    return $r->{raw} =~ s/"challenge":"[\w.-]{80}"/"challenge":"C"/r =~ s/^Date:.*\r\n//mr;
}

sub ask {
    my ($site, $name) = @_;
    return $site->api('/authenticate/sms', { username => $name });
}

sub answer {
    my ($site, $asked, $code) = @_;
    return $site->api(
        '/authenticate/verify',
        { challenge => $asked->{json}{challenge}, code => $code }
    );
}

sub beside_passwords {
    my (%o) = @_;
    my $site =
        Site->new(%o, server => "AuthSMSLimit * off\nAuthSMSLogin password sms\n$settings")->start;
    my $known = $site->signup;
    my $number = Site::e164($known);
    my %people = (known => $known->{username}, unknown => 'nobody', overlong => 'x' x 70);
    for (
        ['locked', 'locked = 1'],
        ['unproven', 'proved_at = 0'],
        ['pending', "verified = 0, pending_until = 9000000000000000"],
        ['without number', "mobile = ''"]
    ) {
        my ($state, $change) = @$_;
        my $person = $site->signup;
        $people{$state} = $person->{username};
        $site->sql("UPDATE authsms_users SET $change WHERE id = '$person->{id}'");
    }
    my %first = map { $_ => ask($site, $people{$_}) } sort keys %people;
    is outcome($first{known}), '202 ', 'a code' or diag $first{known}{raw};
    is_deeply [sort keys %{ $first{known}{json} }],
        [qw(challenge methods msg retry_after success)], 'members';
    is_deeply [@{ $first{known}{json} }{qw(methods retry_after msg)}], [['sms'], 1, 'Code sent'],
        'values';
    is bytes($first{$_}), bytes($first{known}), "request, $_: the same bytes" for sort keys %people;
    my %again = map { $_ => ask($site, $people{$_}) } sort keys %people;
    is $again{$_}{json}{challenge}, $first{$_}{json}{challenge}, "$_: the challenge is repeated"
        for sort keys %people;
    my $code = code($site, $number, 2);
    for my $kind (sort keys %people) {
        my @answers = map { answer($site, $first{$kind}, wrong($code)) } 1 .. 4;
        is_deeply [map { outcome($_) } @answers],
            [('422 invalid_code') x 3, '429 too_many_attempts'], "wrong codes, $kind";
        is bytes($answers[0]), bytes(answer($site, $first{$kind}, 'abc')), 'no code at all';
    }
    is scalar(() = texts($site, $number)), 2, 'one text for the registration, one for the login';
    is_deeply [$site->httpd->error_log =~ /SMS to (\S+): .*your login code/g], [$number],
        'nobody else got a login code';

    $site->age_codes(1);
    my $r = form($site, '/authenticate/sms', "username=$known->{username}");
    is $r->{json}{challenge}, $first{known}{json}{challenge}, 'a new code, the same challenge';
    $code = code($site, $number, 3);
    $r = form($site, '/authenticate/verify', "challenge=$r->{json}{challenge}&code=$code");
    is outcome($r), '200 ', 'logged in' or diag $r->{raw};
    is_deeply claims($r)->{amr}, ['sms'], 'amr';
    is $site->client->get('/private/', Authorization => $r->{json}{token})->{status}, 200,
        'a good token';
    is outcome(answer($site, $first{known}, $code)), '404 unknown_challenge',
        'a challenge works once';
    is outcome($site->api('/authenticate/sms', {})), '400 missing_username', 'no name';
    is outcome(ask($site, "\n")), '202 ', 'a name that nobody can have';

    # Together with a second factor
    $site->api('/users/factors/sms', {}, Authorization => $known->{token});
    my $asked = ask($site, $known->{username});
    $r = answer($site, $asked, code($site, $number, 4));
    is outcome($r), '202 ', 'a code is not enough where two kinds are needed';
    my %next = (challenge => $r->{json}{challenge});
    isnt $next{challenge}, $asked->{json}{challenge}, 'another challenge';
    is_deeply [@{ $r->{json} }{qw(methods retry_after)}], [['password'], 0], 'the password is next';
    is outcome(answer($site, $asked, '123456')), '404 unknown_challenge', 'the first one is spent';
    my $verify = '/authenticate/verify';
    is outcome($site->api('/authenticate/sms', {%next})), '409 not_enrolled', 'no second code';
    is outcome($site->api($verify, {%next})), '400 missing_code', 'nothing';
    is outcome($site->api($verify, { %next, code => '123456' })), '422 invalid_code', 'a code';
    is outcome($site->api($verify, { %next, password => 'wrong' })), '422 invalid_code',
        'a wrong password';
    $r = $site->api($verify, { %next, password => $known->{password} });
    is outcome($r), '200 ', 'both kinds';
    is_deeply claims($r)->{amr}, [qw(sms pwd mfa)], 'amr';
    $site->stop;
    return;
}

# Limits of texts that anybody can cause.
sub limits {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        server => "AuthSMSLimit * off\nAuthSMSLimit sms/number 2/1h\n"
            . "AuthSMSLimit sms/ip 8/1h\nAuthSMSLimit verify/user 2/1h\n"
            . "AuthSMSTemplate welcome none\n"
            . "AuthSMSLogin password sms\n$settings" =~ s/resend=1s/resend=0/r
    )->start;
    my $person = $site->signup;
    my $number = Site::e164($person);
    my @known = ask($site, $person->{username});
    my $code = code($site, $number, 2);
    push @known, ask($site, $person->{username});
    my @unknown = map { ask($site, 'nobody') } 1 .. 2;
    is bytes($known[1]), bytes($unknown[1]), 'sms/number strikes silently';
    is bytes($_), bytes($known[0]), 'in all responses' for @known, @unknown;
    is outcome(answer($site, $known[0], $code)), '422 invalid_code', 'no text: no code';
    my @wrong = map {
        my $of = $_;
        [map { bytes(answer($site, $of, '1234567')) } 1 .. 3]
    } $known[0], $unknown[0];
    is_deeply [map { /^HTTP\S+ (\d+)/ } @{ $wrong[1] }], [422, 422, 429],
        'verify/user counts for names without an account too';
    my @last = (ask($site, 'nobody'), ask($site, $person->{username}), ask($site, 'nobody'));
    is_deeply [map { outcome($_) } @last], ['202 ', '202 ', '202 '], 'up to sms/ip';
    is bytes(ask($site, $person->{username})), bytes(ask($site, 'nobody')), 'above sms/ip';
    is outcome(ask($site, 'nobody')), '429 rate_limited', '429 for all';
    is scalar(() = texts($site, $number)), 2, 'two texts in all';
    $site->stop;
    return;
}

# Accounts without passwords
sub alone {
    my (%o) = @_;
    my $site = Site->new(%o, server => "AuthSMSLimit * off\nAuthSMSLogin sms\n$settings")->start;
    my $mobile = '07700 900801';
    my $number = '+447700900801';
    for (
        [{}, '400 missing_mobile', 'no number'],
        [{ smsmobile => '123' }, '422 invalid_mobile', 'a bad number'],
        [{ smsmobile => $mobile, username => "\n" }, '422 invalid_username', 'a bad name'],
        [
            { smsmobile => $mobile, username => '07700 900802' }, '422 invalid_username',
            'the number of somebody else as name'
        ],
        [
            { smsmobile => '123', username => '07700 900802' }, '422 invalid_username',
            'the same without a number'
        ],
    ) {
        is outcome($site->api('/user', $_->[0])), $_->[1], $_->[2];
    }
    my $r = form($site, '/user', 'smsmobile=07700+900801');
    is outcome($r), '201 ', 'a number is enough' or diag $r->{raw};
    my $id = $r->{json}{id};
    is $site->sql("SELECT username || '/' || username_key || '/' || password FROM authsms_users"),
        "$number/$number/", 'it is the username, and there is no password';
    my $code = code($site, $number, 1);
    $site->age_codes(1);
    $r = $site->api('/user', { smsmobile => $mobile, username => '0770 0900 801' });
    is $r->{json}{id}, $id, 'registered again with the same number, in another form';
    is outcome($site->api("/user/$id/verify", { code => code($site, $number, 2) })), '200 ',
        'verified';
    is outcome($site->api('/user', { smsmobile => $mobile })), '409 username_taken',
        'a verified account';
    $r = $site->api(
        '/user',
        { smsmobile => '07700 900803', username => 'ada', password => 'ignored password' }
    );
    my $ada = $r->{json}{id};
    is $site->sql("SELECT password FROM authsms_users WHERE id = '$ada'"), '',
        'a password is not stored';
    is outcome($site->api('/user', { smsmobile => '07700 900804', username => 'ada' })),
        '409 username_taken', 'a pending account with another number';

    my $login_code = sub {
        my ($n) = @_;
        return $site->httpd->wait_log(
            sub {
                my @codes = $_[0] =~ /SMS to \Q$number\E: .*?login code is (\d+)/g;
                return $codes[$n - 1];
            },
            "login code number $n"
        );
    };
    my $asked = ask($site, $mobile);
    is ask($site, $_)->{json}{challenge}, $asked->{json}{challenge}, "login as $_"
        for $number, '+44 (7700) 900-801', '00447700900801';
    $code = $login_code->(1);
    $r = answer($site, $asked, $code);
    is outcome($r), '200 ', 'logged in by a number' or diag $r->{raw};
    my @token = (Authorization => $r->{json}{token});
    for my $password ('', ' ', 'x', '*') {
        is outcome($site->api('/authenticate', { username => $number, password => $password })),
            $password eq '' ? '400 missing_password' : '401 bad_credentials', 'no password';
    }
    is outcome($site->api('/authenticate', { username => 'nobody', password => 'x' })),
        '401 bad_credentials', 'for nobody';
    is outcome($site->api('/users/confirm', {}, @token)), '400 missing_code',
        'a confirmation takes a code';
    is outcome($site->api('/users/confirm/sms', {}, @token)), '202 ', 'which is sent';
    $code = $login_code->(2);
    $r = $site->api('/users/confirm', { code => $code }, @token);
    is outcome($r), '200 ', 'confirmed by it alone';
    is_deeply claims($r)->{amr}, ['sms'], 'amr';
    $site->api('/users/factors/sms', {}, @token);
    $site->sql('UPDATE authsms_challenges SET sent_at = 1');
    $asked = ask($site, $mobile);
    $code = $login_code->(3);
    is outcome(answer($site, $asked, $code)), '200 ', 'SMS is no second factor without a password';

    # Passwords are switched on again.
    $site->httpd->{conf} =~ s/AuthSMSLogin sms/AuthSMSLogin password sms/;
    $site->httpd->write('httpd.conf', $site->httpd->config);
    $site->httpd->graceful;
    my $status = '';
    for (1 .. 100) {
        $status = outcome($site->api('/user', { smsmobile => '07700 900805' }));
        last if $status eq '400 missing_username';
        sleep 0.1;
    }
    is $status, '400 missing_username', 'names are required again';
    is outcome($site->api('/authenticate', { username => $number, password => $_ })),
        '401 bad_credentials', "an empty hash matches nothing: '$_'" for 'x', '*', "\x{a0}";
    $site->stop;
    return;
}

# A code that went to the older number must not log in after a change of number.
sub after_a_change_of_number {
    my (%o) = @_;
    my $site =
        Site->new(%o, server => "AuthSMSLimit * off\nAuthSMSLogin password sms\n$settings")->start;
    my $known = $site->signup;
    my $number = Site::e164($known);
    my $asked = ask($site, $known->{username});
    my $code = code($site, $number, 2);
    my @as = (Authorization => $known->{token});
    my $change = $site->client->request(
        'PATCH', '/app_api/users', ['Content-Type' => 'application/json', @as],
        '{"smsmobile":"07700 900777"}'
    );
    is $change->{status}, 202, 'a code goes to the new number';
    my $new = $site->httpd->wait_log(sub { $_[0] =~ /number is (\d+)/ ? $1 : undef }, 'a code');
    my $confirmed = $site->api('/users/verify', { code => $new }, @as);
    is $confirmed->{status}, 200, 'the number is changed';
    is outcome(answer($site, $asked, $code)), '404 unknown_challenge',
        'a login code of the older number does not log in';
    $site->stop;
    return;
}

my @drivers = ('sqlite', $pg ? 'pgsql' : ());
for my $driver (@drivers) {
    my %o = (driver => $driver, pg => $pg);
    subtest "$driver: beside passwords" => sub { beside_passwords(%o) };
    subtest "$driver: limits" => sub { limits(%o) };
    subtest "$driver: alone" => sub { alone(%o) };
    subtest "$driver: after a change of number" => sub { after_a_change_of_number(%o) };
}
$pg->stop if $pg;
done_testing;
