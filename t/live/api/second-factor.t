# SPDX-License-Identifier: Apache-2.0
# Logins with a second factor: opting in to SMS, challenges, their codes and limits, and a required
# second factor.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep);
use Token;

my $pg = Postgres::available() ? Postgres->new : undef;
my $template = qq(AuthSMSTemplate login "{app}: your login code is {code}"\n);

sub claims { my ($r) = @_; return Token::claims($r->{json}{token}) }
sub bearer { my ($token) = @_; return (Authorization => $token) }
sub outcome { my ($r) = @_; return join ' ', $r->{status}, $r->{json}{code} // '' }
sub wrong { my ($code) = @_; return sprintf '%06d', ($code + 1) % 1_000_000 }

# The newest code of a number that is not `older`.
sub code_after {
    my ($site, $person, $older) = @_;
    my $number = Site::e164($person);
    return $site->httpd->wait_log(
        sub {
            my @codes = $_[0] =~ /SMS to \Q$number\E: .*?code is (\d+)/g;
            return @codes > $older ? $codes[-1] : undef;
        },
        "code number $older + 1 for $number"
    );
}

sub count_codes {
    my ($site, $person) = @_;
    my $number = Site::e164($person);
    return scalar(() = $site->httpd->error_log =~ /SMS to \Q$number\E: .*?code is \d+/g);
}

# POST a form.
sub form {
    my ($site, $path, $form) = @_;
    return $site->client->request(
        'POST', "/app_api$path",
        ['Content-Type' => 'application/x-www-form-urlencoded'], $form
    );
}

# Send a request several times at once; the statuses, sorted.
sub at_once {
    my ($site, $path, $form, $n) = @_;
    my @sockets = map { $site->client->connect } 1 .. $n;
    my $text =
          "POST /app_api$path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        . length($form)
        . "\r\n\r\n$form";
    syswrite $_, substr $text, 0, -1 for @sockets;
    syswrite $_, substr $text, -1 for @sockets;
    return join ' ',
        sort map { $site->client->receive($_, "POST /app_api$path")->{status} } @sockets;
}

sub opted_in {
    my ($site) = @_;
    my $person = $site->signup;
    is $site->api('/users/factors/sms', {}, bearer($person->{token}))->{status}, 200, 'opted in';
    return $person;
}

# Log in with a password: the challenge, and the code of its text.
sub challenge {
    my ($site, $person) = @_;
    my $before = count_codes($site, $person);
    my $r = $site->login($person);
    is $r->{status}, 202, 'challenge after the password' or diag $r->{raw};
    return ($r->{json}{challenge}, code_after($site, $person, $before));
}

sub enrolled {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        server => "AuthSMSLimit * off\nAuthSMSLimit sms/login 7/1h\nAuthSMSLimit verify/user 8/1h\n"
            . "AuthSMSCode resend=1s attempts=3\n$template",
        api => qq(<If "%{HTTP:X-Old} == 'yes'">\nAuthSMSStatus always200\n</If>\n)
    )->start;
    my $person = $site->signup;
    my @token = bearer($person->{token});

    my $factors = $site->client->get('/app_api/users/factors', @token);
    is_deeply {
        map { $_ => $factors->{json}{$_} } qw(success sms totp passkeys recoveryCodes)
    }, {
        success => JSON::PP::true,
        sms => {
            enabled => JSON::PP::false,
            number => substr(Site::e164($person), 0, 3)
                . '*******'
                . substr(Site::e164($person), -3)
        },
        totp => { enabled => JSON::PP::false, since => undef }, passkeys => [],
        recoveryCodes => 0
        },
        'no factor is enrolled'
        or diag $factors->{raw};
    is $site->client->get('/app_api/users/factors')->{status}, 401, 'factors need a token';
    is $site->api('/users/factors/sms', {})->{status}, 401, 'as does a change';
    is $site->api('/users/factors/sms', {}, @token)->{status}, 200, 'opting in';
    my $number = Site::e164($person);
    $site->httpd->wait_log(qr/SMS to \Q$number\E: .*second factor/, 'a notice of it');
    ok $site->client->get('/app_api/users/factors', @token)->{json}{sms}{enabled}, 'it is enabled';

    my $before = count_codes($site, $person);
    my $first = $site->login($person);
    is outcome($first), '202 ', 'the password is not enough';
    is_deeply [sort keys %{ $first->{json} }], [qw(challenge methods msg retry_after success)],
        'members, and no token';
    is_deeply $first->{json}{methods}, ['sms'], 'methods';
    is $first->{json}{retry_after}, 1, 'retry_after';
    ok !$first->{headers}{'set-cookie'}, 'no cookie';
    my $challenge = $first->{json}{challenge};
    my $code = code_after($site, $person, $before);
    my $again = $site->login($person);
    is $again->{json}{challenge}, $challenge, 'the open challenge is repeated';
    is count_codes($site, $person), $before + 1, 'without another text';
    is outcome($site->login({ %$person, password => 'wrong' })), '401 bad_credentials',
        'wrong password';
    is outcome($site->api('/authenticate', $person, 'X-Old' => 'yes')),
        '200 second_factor_required', 'refused for clients of the original system';

    my $verify = '/authenticate/verify';
    is outcome($site->api($verify, {})), '400 missing_challenge', 'no challenge';
    is outcome($site->api($verify, { challenge => $challenge })), '400 missing_code', 'no code';
    is outcome($site->api($verify, { challenge => $challenge, password => $person->{password} })),
        '400 missing_code', 'the same kind of proof again';
    is outcome($site->api($verify, { challenge => $_, code => $code })), '404 unknown_challenge',
        "challenge $_"
        for 'x', $person->{id}, uc $challenge, "$challenge.", substr($challenge, 0, -1) . '!';
    is outcome($site->api($verify, { challenge => [], code => $code })), '400 bad_request',
        'not a string';
    is outcome(form($site, $verify, "challenge=$challenge&code=" . wrong($code))),
        '422 invalid_code', 'wrong code';
    is outcome($site->api($verify, { challenge => $challenge, code => 'abc' })),
        '422 invalid_code', 'no code at all';
    is outcome($site->api($verify, { challenge => $challenge, code => wrong($code) })),
        '422 invalid_code', 'wrong code' for 1 .. 2;
    is outcome($site->api($verify, { challenge => $challenge, code => $code })),
        '429 too_many_attempts', 'the right code after three wrong ones';
    is outcome($site->api('/user/' . $person->{id} . '/verify', { code => $code })),
        '409 already_verified', 'a login code verifies nothing else';

    $site->age_codes(1);
    my $sms = form($site, '/authenticate/sms', "challenge=$challenge");
    is outcome($sms), '202 ', 'another code';
    is $sms->{json}{challenge}, $challenge, 'for the same challenge';
    is_deeply $sms->{json}{methods}, ['sms'], 'methods';
    my $newer = code_after($site, $person, $before + 1);
    is outcome($site->api('/authenticate/sms', { challenge => $challenge })), '202 ',
        'nothing is sent within the resend wait';
    is count_codes($site, $person), $before + 2, 'no other text';
    is outcome($site->api('/authenticate/sms', { username => $person->{username} })),
        '404 not_found', 'a name, without AuthSMSLogin sms';
    is outcome($site->api('/authenticate/sms', {})), '400 missing_challenge', 'nothing';
    is outcome($site->api('/authenticate/sms', { challenge => 'x' })), '404 unknown_challenge',
        'an unknown challenge';
    is at_once($site, $verify, "challenge=$challenge&code=$newer", 3), '200 404 404',
        'of three right codes at once one wins';
    is outcome($site->api($verify, { challenge => $challenge, code => $newer })),
        '404 unknown_challenge', 'a challenge works once';

    $site->age_codes(1);
    ($challenge, $code) = challenge($site, $person);
    my $login = $site->api($verify, { challenge => $challenge, code => $code });
    is outcome($login), '200 ', 'logged in';
    is_deeply claims($login)->{amr}, [qw(pwd sms mfa)], 'amr';
    @token = bearer($login->{json}{token});
    is $site->api('/users/factors/sms', {}, @token)->{status}, 200, 'opting in again';

    subtest 'what happened since the password' => sub {
        for (
            ['404 unknown_challenge', 'sessions ended', "valid_from = $^T" . '9000000'],
            ['422 invalid_code', 'another number', "mobile = '+447700800000'"],
            ['403 locked', 'the account is locked', 'locked = 1'],
            ['403 not_verified', 'it is not verified', 'verified = 0'],
        ) {
            my ($expected, $name, $change) = @$_;
            my $other = opted_in($site);
            my ($of, $its_code) = challenge($site, $other);
            $site->sql("UPDATE authsms_users SET $change WHERE id = '$other->{id}'");
            is outcome($site->api($verify, { challenge => $of, code => $its_code })), $expected,
                $name;
        }
        my $other = opted_in($site);
        my ($of, $its_code) = challenge($site, $other);
        $site->sql("UPDATE authsms_challenges SET expires_at = 1 WHERE user_id = '$other->{id}'");
        is outcome($site->api($verify, { challenge => $of, code => $its_code })),
            '410 code_expired', 'the challenge has expired';
        is outcome($site->api('/authenticate/sms', { challenge => $of })), '410 code_expired',
            'no other code for it';
        $site->sql("UPDATE authsms_users SET sms_factor = 0 WHERE id = '$other->{id}'");
        is outcome($site->login($other)), '200 ', 'the owner opted out';
    };

    subtest 'limits' => sub {
        my $limited = opted_in($site);
        my $of;
        for my $text (1 .. 6) {
            ($of) = challenge($site, $limited);
            $site->sql("UPDATE authsms_codes SET created_at = 1 WHERE user_id = '$limited->{id}'");
        }
        my $r = $site->login($limited);
        is outcome($r), '429 rate_limited', 'sms/login after a password';
        ok $r->{headers}{'retry-after'}, 'Retry-After';
        is outcome($site->api('/authenticate/sms', { challenge => $of })), '429 rate_limited',
            'and by its challenge';
        my @outcomes =
            map { outcome($site->api($verify, { challenge => $of, code => '1234567' })) } 1 .. 9;
        is_deeply \@outcomes,
            [('422 invalid_code') x 3, ('429 too_many_attempts') x 5, '429 rate_limited'],
            'attempts of the code, verify/user of the account';
        is outcome($site->api(
            '/users/confirm', { password => $limited->{password}, code => '123456' },
            bearer($limited->{token})
            )),
            '422 invalid_code', 'guesses at a login do not count for a confirmation';
    };

    my $r = $site->client->request(
        'DELETE', '/app_api/users/factors/sms',
        [@token, 'Content-Type' => 'application/json'], '{}'
    );
    is $r->{status}, 200, 'opting out' or diag $r->{raw};
    is outcome($site->login($person)), '200 ', 'the password is enough again';
    $site->sql("UPDATE authsms_users SET proved_at = 0 WHERE id = '$person->{id}'");
    is outcome($site->api('/users/factors/sms', {}, @token)), '409 not_verified',
        'no proven number';
    is outcome($site->api('/users/confirm/sms', {}, @token)), '409 not_verified',
        'nor a code to it';
    $site->stop;
    return;
}

# Confirming a session, without and with a second factor.
sub confirmed {
    my (%o) = @_;
    my $site =
        Site->new(%o, server => "AuthSMSLimit * off\nAuthSMSCode resend=1s attempts=3\n$template")
        ->start;
    my $person = $site->signup;
    my @token = bearer($person->{token});
    my $sid = claims({ json => $person })->{sid};
    my %password = (password => $person->{password});

    is outcome($site->api('/users/confirm', {})), '401 no_token', 'no token';
    is outcome($site->api('/users/confirm', {}, @token)), '400 missing_password', 'no password';
    is outcome($site->api('/users/confirm', { password => 'wrong' }, @token)),
        '403 wrong_password', 'a wrong password';
    $site->sql("UPDATE authsms_sessions SET auth_time = 1");
    my $r = $site->api('/users/confirm', \%password, @token);
    is outcome($r), '200 ', 'the password' or diag $r->{raw};
    my $claims = claims($r);
    is $claims->{sid}, $sid, 'the same session';
    cmp_ok $claims->{auth_time}, '>=', $^T, 'auth_time is renewed';
    is_deeply $claims->{amr}, ['pwd'], 'amr';
    ok !exists $r->{json}{refresh_token}, 'no refresh token';

    is outcome($site->api('/users/factors/sms', {}, @token)), '200 ', 'opted in';
    is outcome($site->api('/users/confirm', \%password, @token)), '400 missing_code',
        'now it takes a code too';
    is outcome($site->api('/users/confirm', { %password, code => '123456' }, @token)),
        '422 invalid_code', 'none was sent';
    is outcome($site->api('/users/confirm/sms', {})), '401 no_token', 'no token, no code';
    my $before = count_codes($site, $person);
    $r = $site->api('/users/confirm/sms', {}, @token);
    is outcome($r), '202 ', 'a code';
    is $r->{json}{retry_after}, 1, 'retry_after';
    my $code = code_after($site, $person, $before);
    is outcome($site->api('/users/confirm/sms', {}, @token)), '202 ', 'within the resend wait';
    is count_codes($site, $person), $before + 1, 'no other text';
    is outcome($site->api('/users/confirm', { password => 'wrong', code => $code }, @token)),
        '403 wrong_password', 'the code does not replace the password';
    is outcome($site->api('/users/confirm', { %password, code => wrong($code) }, @token)),
        '422 invalid_code', 'a wrong code';
    $r = $site->client->request(
        'POST', '/app_api/users/confirm',
        [@token, 'Content-Type' => 'application/x-www-form-urlencoded'],
        "password=$person->{password}&code=$code" =~ s/ /+/gr
    );
    is outcome($r), '200 ', 'both, in a form';
    is_deeply claims($r)->{amr}, [qw(pwd sms mfa)], 'amr has both';
    is $site->client->get('/private/', bearer($r->{json}{token}))->{status}, 200, 'a good token';
    is outcome($site->api('/users/confirm', { %password, code => $code }, @token)),
        '422 invalid_code', 'a code works once';
    is outcome($site->api('/authenticate/verify', { challenge => 'x', code => $code })),
        '404 unknown_challenge', 'and for nothing else';
    $site->sql('DELETE FROM authsms_sessions');
    is outcome($site->api('/users/confirm', \%password, @token)), '401 invalid_token',
        'the session has ended';
    $site->stop;
    return;
}

# With `required` no route gives a token without two kinds of proof.
sub required {
    my (%o) = @_;
    my $site = Site->new(%o, server => "AuthSMSLimit * off\nAuthSMSSecondFactor required\n"
            . "AuthSMSLogin password sms\nAuthSMSCode resend=0\n$template")->start;
    my $person = Site::person();
    my $registered = $site->register($person);
    my $id = $registered->{json}{id};
    my $verified = $site->verify($person, $id);
    ok !$_->{json}{token}, 'no token of a registration' for $registered, $verified;
    my ($challenge, $code) = challenge($site, $person);
    my $login = $site->api('/authenticate/verify', { challenge => $challenge, code => $code });
    is_deeply claims($login)->{amr}, [qw(pwd sms mfa)], 'password, then code';

    my $before = count_codes($site, $person);
    my $r = $site->api('/authenticate/sms', { username => $person->{username} });
    $code = code_after($site, $person, $before);
    $r = $site->api('/authenticate/verify', { challenge => $r->{json}{challenge}, code => $code });
    is outcome($r), '202 ', 'a code alone is not enough';
    is_deeply [$r->{json}{methods}, $r->{json}{retry_after}, $r->{json}{token}],
        [['password'], 0, undef], 'the password is missing';
    $login = $site->api(
        '/authenticate/verify',
        { challenge => $r->{json}{challenge}, password => $person->{password} }
    );
    is_deeply claims($login)->{amr}, [qw(sms pwd mfa)], 'code, then password';

    my @token = bearer($login->{json}{token});
    is outcome($site->api('/users/confirm', { password => $person->{password} }, @token)),
        '400 missing_code', 'a confirmation takes both too';
    my %refresh = (refresh_token => $login->{json}{refresh_token});
    $site->sql("UPDATE authsms_sessions SET amr = 'pwd'");
    is outcome($site->api('/token', \%refresh)), '401 invalid_token',
        'no refresh of a session from before two kinds were required';
    $site->sql("UPDATE authsms_sessions SET amr = 'sms pwd mfa'");
    is outcome($site->api('/token', \%refresh)), '200 ', 'a refresh of one with both';
    $site->sql("UPDATE authsms_users SET proved_at = 0 WHERE id = '$id'");
    is outcome($site->login($person)), '403 second_factor_required', 'no proven number';
    is outcome($site->login({ %$person, password => 'wrong' })), '401 bad_credentials',
        'which a wrong password does not tell';
    $site->stop;
    return;
}

# Codes that a remote verifier makes and checks.
sub remote {
    my ($verifier) = @_;
    my $provider = Provider->start;
    my $site = Site->new(
        sender => '',
        server => 'AuthSMSVerifier '
            . $provider->$verifier
            . "\nAuthSMSLimit * off\nAuthSMSCode resend=0\nAuthSMSTimeout 1s 2s\n"
    )->start;
    my $person = Site::person();
    my $number = Site::e164($person);
    my $id = $site->register($person)->{json}{id};
    $site->api("/user/$id/verify", { code => $provider->code_for($number) });
    my $token = $site->login($person)->{json}{token};
    is $site->api('/users/factors/sms', {}, bearer($token))->{status}, 200, 'opted in';
    my $login = $site->login($person);
    is outcome($login), '202 ', 'a challenge';
    my $code = $provider->code_for($number);
    my %challenge = (challenge => $login->{json}{challenge});
    is outcome($site->api('/authenticate/verify', { %challenge, code => wrong($code) })),
        '422 invalid_code', 'a wrong code';
    $provider->set_mode('500', times => 1);
    is outcome($site->api('/authenticate/verify', { %challenge, code => $code })),
        '502 sms_failed', 'a check that cannot be made';
    my $r = $site->api('/authenticate/verify', { %challenge, code => $code });
    is outcome($r), '200 ', 'the right code' or diag $r->{raw};
    is_deeply claims($r)->{amr}, [qw(pwd sms mfa)], 'amr';
    is outcome($site->api('/users/confirm/sms', {}, bearer($r->{json}{token}))), '202 ',
        'a code for a confirmation';
    is outcome($site->api(
        '/users/confirm',
        { password => $person->{password}, code => $provider->code_for($number) },
        bearer($r->{json}{token})
        )),
        '200 ', 'confirmed';
    $provider->set_mode('500', times => 1);
    is outcome($site->login($person)), '502 sms_failed', 'a text that cannot be sent';
    is outcome($site->login($person)), '202 ', 'the next one can';
    $site->httpd->expect_log(qr/temporary fault/);
    $site->stop;
    $provider->stop;
    return;
}

my @drivers = ('sqlite', $pg ? 'pgsql' : ());
for my $driver (@drivers) {
    my %o = (driver => $driver, pg => $pg);
    subtest "$driver: enrolled" => sub { enrolled(%o) };
    subtest "$driver: confirmed" => sub { confirmed(%o) };
    subtest "$driver: required" => sub { required(%o) };
}
subtest $_ => sub { remote($_) }
    for qw(authy twilio_verify);
$pg->stop if $pg;
done_testing;
