# SPDX-License-Identifier: Apache-2.0
# PATCH /users and POST /users/verify: a new number, with codes of our own, with remote verifiers,
# and without validation.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP ();
use Postgres;
use Provider;
use Site;
use Test::More;

sub with { return ('Authorization', $_[0]) }

sub change {
    my ($site, $token, $data, $form) = @_;
    my ($type, $body) = ('application/json', JSON::PP::encode_json($data));
    if ($form) {
        $type = 'application/x-www-form-urlencoded';
        $body = join '&', map { "$_=" . Client::encode($data->{$_}) } sort keys %$data;
    }
    return $site->client->request(
        'PATCH', '/app_api/users', ['Content-Type' => $type, with($token)],
        $body
    );
}

sub confirm {
    my ($site, $token, $code, $how) = @_;
    $how //= 'json_post';
    return $site->client->$how('/app_api/users/verify', { code => $code }, with($token));
}

sub account { my ($site, $token) = @_; return $site->client->get('/app_api/users', with($token)) }

sub code_for {
    my ($site, $number, $count) = @_;
    return $site->httpd->wait_log(sub {
        my @codes = $_[0] =~ /SMS to \Q$number\E: [^\n]*confirm this number is (\d+)/g;
        return @codes >= ($count // 1) ? $codes[-1] : undef;
    });
}

sub checks {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        server => "AuthSMSLimit * off\nAuthSMSLimit sms/login 40/1h\nAuthSMSAppName Example\n"
            . "AuthSMSAllowCountries +44 +33 -+44770090099\nAuthSMSCode attempts=3 resend=2s\n"
    )->start;
    my $person = $site->signup;
    my $token = $person->{token};
    my $old = Site::e164($person);
    my $new = '07700 800001';
    my $e164 = '+447700800001';
    for (
        [{}, 400, 'missing_mobile'],
        [{ smsmobile => '' }, 400, 'missing_mobile'],
        [{ smsmobile => [] }, 400, 'bad_request'],
        [{ smsmobile => $new, password => 'wrong' }, 403, 'wrong_password'],
        [{ smsmobile => 'x', password => 'wrong' }, 403, 'wrong_password'],
        [{ smsmobile => $person->{smsmobile} }, 409, 'already_verified'],
        [{ smsmobile => $old }, 409, 'already_verified'],
        [{ smsmobile => 'x' }, 422, 'invalid_mobile'],
        [{ smsmobile => $new, countryCode => 'x' }, 422, 'invalid_mobile'],
        [{ smsmobile => '07700900991' }, 422, 'country_not_allowed'],
        [{ smsmobile => '+4915112345678' }, 422, 'country_not_allowed'],
    ) {
        my ($data, $status, $code) = @$_;
        my $r = change($site, $token, $data);
        is "$r->{status} $r->{json}{code}", "$status $code", "$code";
    }
    is confirm($site, $token, '123456')->{json}{code}, 'nothing_pending', 'nothing is pending: 404';
    is $site->api('/users/verify', {}, with($token))->{json}{code}, 'missing_code', 'no code';

    my $r = change($site, $token, { smsmobile => $new, password => $person->{password} });
    is $r->{status}, 202, 'change: 202' or diag $r->{raw};
    is $r->{json}{retry_after}, 2, 'retry_after';
    my $code = code_for($site, $e164);
    $r = change($site, $token, { smsmobile => '+44 7700 800 001' });
    is $r->{status}, 202, 'again at once: 202';
    ok $r->{json}{retry_after} >= 1 && $r->{json}{retry_after} <= 2, 'with the rest of the wait';
    $r = change($site, $token, { smsmobile => '07700 800002' });
    is $r->{json}{code}, 'rate_limited', 'another number at once: 429';
    ok $r->{headers}{'retry-after'}, 'with Retry-After';
    is account($site, $token)->{json}{msg}{smsmobile}, $person->{smsmobile}, 'the old number stays';
    my $wrong = $code eq '000000' ? '000001' : '000000';
    is confirm($site, $token, $_)->{json}{code}, 'invalid_code', "code $_" for $wrong, 'x', '12';
    my $stranger = $site->signup;
    is confirm($site, $stranger->{token}, $code)->{json}{code}, 'nothing_pending',
        'the code is worth nothing to another account';
    $r = confirm($site, $token, $code);
    is $r->{status}, 200, 'the code: 200' or diag $r->{raw};
    my $now = account($site, $token)->{json}{msg};
    is $now->{smsmobile}, $new, 'the new number, as entered';
    is $now->{countryCode}, '+44', 'its country';
    is $now->{username}, $person->{username}, 'the username stays';
    is $site->sql("SELECT mobile FROM authsms_users WHERE id = '$person->{id}'"), $e164, 'in E.164';
    ok $site->httpd->wait_log(qr/SMS to \Q$old\E: Example: your account has a new mobile number/),
        'the old number gets the text `moved`';
    is confirm($site, $token, $code)->{json}{code}, 'nothing_pending', 'a code works once';
    is $site->client->get('/private/', with($token))->{status}, 200, 'the session stays';

    # Forms, another country, and too many wrong codes.
    $site->age_codes(2);
    $r = change($site, $token, { smsmobile => '06 12 34 56 78', countryCode => '33' }, 1);
    is $r->{status}, 202, 'change by a form: 202' or diag $r->{raw};
    $code = code_for($site, '+33612345678');
    $wrong = $code eq '000000' ? '000001' : '000000';
    confirm($site, $token, $wrong) for 1 .. 3;
    is confirm($site, $token, $code)->{json}{code}, 'too_many_attempts', 'three wrong codes: 429';
    $site->age_codes(2);
    change($site, $token, { smsmobile => '06 12 34 56 78', countryCode => 33 });
    $code = code_for($site, '+33612345678', 2);
    $site->sql("UPDATE authsms_codes SET expires_at = 1");
    is confirm($site, $token, $code)->{json}{code}, 'code_expired', 'an expired code: 410';
    $site->age_codes(2);
    change($site, $token, { smsmobile => '06 12 34 56 78', countryCode => '+33' });
    $code = code_for($site, '+33612345678', 3);
    is confirm($site, $token, $code, 'form_post')->{status}, 200, 'the code by a form: 200';
    is account($site, $token)->{json}{msg}{countryCode}, '+33', 'the country of the number';

    # A username that is the number follows it.
    my $named = $site->signup(username => '+447700800010', smsmobile => '07700800010');
    my $taken = $site->signup(username => '+447700800011', smsmobile => '07700800019');
    is change($site, $named->{token}, { smsmobile => '07700800011' })->{json}{code},
        'username_taken', 'the new number is another username: 409';
    is change($site, $named->{token}, { smsmobile => '07700800012' })->{status}, 202,
        'another number: 202';
    $code = code_for($site, '+447700800012');
    my $late = $site->signup(username => '+447700800012', smsmobile => '07700800018');
    is confirm($site, $named->{token}, $code)->{json}{code}, 'username_taken',
        'taken meanwhile: 409';
    $site->sql("DELETE FROM authsms_users WHERE id = '$late->{id}'");
    is confirm($site, $named->{token}, $code)->{status}, 200, 'the same code when it is free: 200';
    is account($site, $named->{token})->{json}{msg}{username}, '+447700800012',
        'the username follows';
    is $site->login({ %$named, username => '+447700800012' })->{status}, 200, 'and logs in';

    # The last code of an account, used twice at once.
    $site->age_codes(2);
    change($site, $token, { smsmobile => '07700800020' });
    $code = code_for($site, '+447700800020');
    my @sockets = map { $site->client->connect } 1 .. 6;
    syswrite $_,
        "POST /app_api/users/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\nAuthorization: $token\r\n"
        . "Content-Length: 11\r\n\r\ncode=$code"
        for @sockets;
    my @status =
        map { $site->client->receive($_, 'POST /app_api/users/verify')->{status} } @sockets;
    is scalar(grep { $_ == 200 } @status), 1, "six at once: one wins (@status)";

    # Without a number that was proven, the same number may be.
    $site->sql("UPDATE authsms_users SET proved_at = 0 WHERE id = '$person->{id}'");
    $site->age_codes(2);
    is change($site, $token, { smsmobile => '07700800020' })->{status}, 202,
        'the same number, never proven: 202';
    $site->stop;
    return;
}

sub without_validation {
    my (%o) = @_;
    my $site = Site->new(%o, server => "AuthSMSValidation Off\n")->start;
    my $person = $site->signup;
    my $r = change($site, $person->{token}, { smsmobile => '07700 800001' });
    is $r->{status}, 200, 'without validation: 200' or diag $r->{raw};
    is account($site, $person->{token})->{json}{msg}{smsmobile}, '07700 800001', 'at once';
    is $site->sql("SELECT proved_at FROM authsms_users"), 0, 'not proven';
    is change($site, $person->{token}, { smsmobile => '07700800001' })->{json}{code},
        'already_verified', 'the same number: 409';
    $site->stop;
    return;
}

sub remote {
    my ($provider, $line, %o) = @_;
    $provider->clear_records;
    my $site = Site->new(
        %o,
        sender => 'AuthSMSSender ' . $provider->twilio,
        server => "AuthSMSVerifier $line\nAuthSMSLimit * off\nAuthSMSCode resend=0\n"
    )->start;
    $site->httpd->expect_log(qr/\[authsms:(?:warn|error)\]/);
    my $person = Site::person();
    my $verify = sub {
        my ($number) = @_;
        return $provider->code_for($number) // die "no code for $number";
    };
    $person->{id} = $site->register($person)->{json}{id};
    is $site->api("/user/$person->{id}/verify", { code => $verify->(Site::e164($person)) })
        ->{status}, 200, 'registered';
    my $token = $site->login($person)->{json}{token};
    my $before = $site->sql("SELECT remote_id FROM authsms_users");
    is change($site, $token, { smsmobile => '07700 800001' })->{status}, 202, 'change: 202';
    my $code = $verify->('+447700800001');
    is $site->sql("SELECT remote_id FROM authsms_users"), $before,
        'the id of the old number stays until then';
    is confirm($site, $token, $code eq '000000' ? '000001' : '000000')->{json}{code},
        'invalid_code', 'a wrong code: 422';
    my $r = confirm($site, $token, $code);
    is $r->{status}, 200, 'the code: 200' or diag $r->{raw};
    is $site->sql("SELECT mobile FROM authsms_users"), '+447700800001', 'the new number';
    isnt $site->sql("SELECT remote_id FROM authsms_users"), $before, 'and its id' if $before;
    my $old = Site::e164($person);
    $provider->wait_for(sub {
        scalar grep { $_->{to} eq $old } $provider->texts;
    });

    # A reset goes through the verifier too.
    is $site->api('/password/forgot', { username => $person->{username} })->{status}, 202,
        'forgot: 202';
    for (1 .. 100) {
        last
            if $site->sql('SELECT count(*) FROM authsms_codes WHERE purpose = 3') == 1
            && $site->sql('SELECT count(*) FROM authsms_resets') == 0;
        select undef, undef, undef, 0.1;
    }
    select undef, undef, undef, 1;    # the verifier's answer is recorded
    $code = $verify->('+447700800001');
    my %reset = (username => $person->{username}, password => 'a brand new one');
    is $site->api('/password/reset', { %reset, code => $code eq '000000' ? '000001' : '000000' })
        ->{json}{code}, 'invalid_code', 'reset, a wrong code: 422';
    $r = $site->api('/password/reset', { %reset, code => $code });
    is $r->{status}, 200, 'reset: 200' or diag $r->{raw};
    is $site->login({ %$person, password => 'a brand new one' })->{status}, 200, 'and a login';
    $site->stop;
    return;
}

my $pg = Postgres::available() ? Postgres->new : undef;
my $provider = Provider->start;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    my %o = (driver => $driver, pg => $pg);
    subtest $driver => sub { checks(%o) };
    subtest "$driver: without validation" => sub { without_validation(%o) };
    subtest "$driver: authy" => sub { remote($provider, $provider->authy, %o) };
    subtest "$driver: twilio-verify" => sub { remote($provider, $provider->twilio_verify, %o) };
}
$provider->stop;
$pg->stop if $pg;
done_testing;
