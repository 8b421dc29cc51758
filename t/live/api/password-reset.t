# SPDX-License-Identifier: Apache-2.0
# POST /password/forgot and /password/reset: the code, its limits, and what ends.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;

sub with { return ('Authorization', $_[0]) }

# The codes for a new password that were sent to a number, the newest last.
sub codes_of {
    my ($site, $number) = @_;
    return $site->httpd->error_log =~ /SMS to \Q$number\E: [^\n]*new password is (\d+)/g;
}

sub wait_for_code {
    my ($site, $number, $count) = @_;
    return $site->httpd->wait_log(
        sub { my @codes = codes_of($site, $number); return @codes >= $count ? $codes[-1] : undef },
        "code $count for $number"
    );
}

# A name that nobody has is processed after all earlier requests: then these have had their effect.
sub wait_until_processed {
    my ($site) = @_;
    for (1 .. 200) {
        return if $site->sql('SELECT count(*) FROM authsms_resets') == 0;
        select undef, undef, undef, 0.1;
    }
    die 'requests are not processed';
}

sub forgot {
    my ($site, $name, $how) = @_;
    $how //= 'json_post';
    return $site->client->$how('/app_api/password/forgot', { username => $name });
}

sub checks {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        children => 3,
        server =>
            "AuthSMSLimit * off\nAuthSMSLimit login/user 3/15m\nAuthSMSLimit verify/user 8/1h\n"
            . "AuthSMSAppName Example\nAuthSMSCode attempts=3 resend=0\nAuthSMSUserCheck 1h\n"
    )->start;
    my $person = $site->signup;
    my $number = Site::e164($person);
    my $reset = sub {
        my ($code, $how, %other) = @_;
        my %data =
            (username => $person->{username}, code => $code, password => 'a brand new one', %other);
        $how //= 'json_post';
        return $site->client->$how('/app_api/password/reset', \%data);
    };

    # Fields.
    is $site->api('/password/forgot', {})->{json}{code}, 'missing_username', 'forgot: no username';
    is $site->api('/password/forgot', { username => 7 })->{json}{code}, 'bad_request',
        'forgot: a number as username';
    is $reset->('123456', undef, username => undef)->{json}{code}, 'missing_username',
        'reset: no username';
    is $reset->(undef)->{json}{code}, 'missing_code', 'reset: no code';
    is $reset->('123456', undef, password => '')->{json}{code}, 'missing_password',
        'reset: no password';
    is $reset->('123456', undef, password => 'short')->{json}{code}, 'weak_password',
        'reset: weak password, checked first';
    is $reset->($_)->{json}{code}, 'invalid_code', "reset: code $_" for '12', 'x', '123456';

    # Bytes are the same for every name.
    my @names = ($person->{username}, 'nobody', 'x' x 100, "\x{e9}", '+447700900000');
    my %bytes = map { forgot($site, $_)->{raw} =~ s/^Date:.*\r\n//mr => 1 } @names;
    is keys %bytes, 1, 'forgot: the same bytes for every name';
    like((keys %bytes)[0], qr{^HTTP/1\.1 202 }, 'forgot: 202');
    wait_for_code($site, $number, 1);
    forgot($site, uc $person->{username});
    my $code = wait_for_code($site, $number, 2);
    wait_until_processed($site);
    is scalar(() = codes_of($site, $number)), 2, 'a code for each request of this account, only';

    # A wrong code, with the same bytes for an unknown name; then too many.
    my $wrong = $code eq '000000' ? '000001' : '000000';
    my %failures = map { $reset->($wrong, undef, username => $_)->{raw} =~ s/^Date:.*\r\n//mr => 1 }
        $person->{username}, 'nobody', 'x' x 100;
    is keys %failures, 1, 'reset: the same bytes for a wrong code and an unknown name';
    like((keys %failures)[0], qr/^HTTP\/1\.1 422 .*"code":"invalid_code"/s, 'reset: invalid_code');
    $reset->($wrong) for 1 .. 2;
    is $reset->($code)->{json}{code}, 'invalid_code',
        'reset: after three wrong codes the right one is void';

    # A weak password does not use up the code.
    is forgot($site, $person->{username}, 'form_post')->{status}, 202, 'forgot by a form: 202';
    $code = wait_for_code($site, $number, 3);
    my $digits = $person->{smsmobile} =~ s/\D//gr;
    is $reset->($code, undef, password => $_)->{json}{code}, 'weak_password', "weak: $_"
        for 'short', $person->{username} . 'x' x 70, $digits;
    # Logins that failed meanwhile do not lock the owner out.
    $site->login({ %$person, password => 'wrong' }) for 1 .. 3;
    is $site->login($person)->{json}{code}, 'rate_limited', 'the login is rate limited';
    my $bystander = $site->signup;
    my $r = $reset->(substr($code, 0, 3) . ' ' . substr($code, 3), 'form_post');
    is $r->{status}, 200, 'reset by a form: 200' or diag $r->{raw};
    is_deeply [sort keys %{ $r->{json} }], [qw(msg success)], 'without a token';
    is $site->client->get('/app_api/users', with($person->{token}))->{status}, 401,
        'every session ends';
    is $site->client->get('/private/', with($person->{token}))->{status}, 401,
        'every session ends, in every child' for 1 .. 6;
    is $site->client->get('/private/', with($bystander->{token}))->{status}, 200,
        'sessions of other accounts stay';
    is $site->login($person)->{json}{code}, 'bad_credentials',
        'the old password is refused, the login is not rate limited any more';
    $person->{password} = 'a brand new one';
    is $site->login($person)->{status}, 200, 'the new password logs in';
    ok $site->httpd->wait_log(qr/SMS to \Q$number\E: Example: your password was reset\./),
        'the number gets an alert';
    is $reset->($code)->{json}{code}, 'invalid_code', 'a code works once';

    # The code of an older request, and a password change, end codes.
    forgot($site, $person->{username});
    my $older = wait_for_code($site, $number, 4);
    forgot($site, $person->{username});
    my $newer = wait_for_code($site, $number, 5);
    is $reset->($older)->{json}{code}, 'invalid_code', 'the code of an older request is void'
        if $older ne $newer;
    my $in = $site->login($person)->{json}{token};
    is $site->api(
        '/users/password',
        { password => $person->{password}, newPassword => 'changed by myself' }, with($in)
    )->{status}, 200, 'a password change';
    is $reset->($newer)->{json}{code}, 'invalid_code', 'voids the code';

    # verify/user: per name, whether or not it exists.
    $site->sql('DELETE FROM authsms_limits');
    for my $name ($person->{username}, 'nobody') {
        my @codes = map { $reset->($wrong, undef, username => $name)->{json}{code} } 1 .. 9;
        is_deeply \@codes, [('invalid_code') x 8, 'rate_limited'], "verify/user of $name";
    }
    $site->sql('DELETE FROM authsms_limits');

    # Accounts that get no code.
    my %state = (
        locked => 'locked = 1', 'a number that was never proven' => 'proved_at = 0',
        'not verified' => 'verified = 0', 'no number' => "mobile = ''"
    );
    for my $name (sort keys %state) {
        my $other = $site->signup;
        $site->sql("UPDATE authsms_users SET $state{$name} WHERE id = '$other->{id}'");
        is forgot($site, $other->{username})->{status}, 202, "$name: 202";
        wait_until_processed($site);
        is $site->sql("SELECT count(*) FROM authsms_codes WHERE user_id = '$other->{id}'"), 0,
            "$name: no code";
    }
    $site->stop;
    return;
}

sub limits {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        server => "AuthSMSLimit * off\nAuthSMSLimit sms/ip 4/1h\nAuthSMSLimit sms/number 2/1h\n"
            . "AuthSMSCode resend=0\n"
    )->start;
    $site->httpd->expect_log(qr/AuthSMSLimit sms\/ip is exceeded/);
    my $person = $site->signup;
    $site->sql('DELETE FROM authsms_limits');
    my @statuses = map { forgot($site, $person->{username})->{status} } 1 .. 4;
    is_deeply \@statuses, [(202) x 4], 'sms/number is not visible';
    my $r = forgot($site, 'nobody');
    is $r->{json}{code}, 'rate_limited', 'sms/ip is';
    ok $r->{headers}{'retry-after'}, 'with Retry-After';
    wait_until_processed($site);
    is $site->sql("SELECT count(*) FROM authsms_outbox WHERE kind = 'reset'"), 2,
        'sms/number: two texts';
    $site->stop;
    return;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { checks(driver => $driver, pg => $pg) };
    subtest "$driver: limits" => sub { limits(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
