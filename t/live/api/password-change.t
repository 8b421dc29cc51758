# SPDX-License-Identifier: Apache-2.0
# POST /users/password: its fields, which sessions end, the alert, and two changes at once.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;
use Token;

sub with { return ('Authorization', $_[0]) }

# The API's status for a token, and the guard's in every child.
sub statuses {
    my ($site, $token) = @_;
    my %seen = map { $site->client->get('/private/', with($token))->{status} => 1 } 1 .. 12;
    my $api = $site->client->get('/app_api/users', with($token))->{status};
    return join ' ', $api, sort keys %seen;
}

sub change {
    my ($site, $token, $data, $how) = @_;
    $how //= 'json_post';
    return $site->client->$how('/app_api/users/password', $data, with($token));
}

sub checks {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        children => 3,
        server => "AuthSMSLimit * off\nAuthSMSAppName Example\nAuthSMSUserCheck 1h\n"
            . "AuthSMSRequireClaims none\n"
    )->start;
    my $person = $site->signup;
    my $number = Site::e164($person);
    my $token = $person->{token};
    my %now = (password => $person->{password});
    for (
        [{}, 400, 'missing_password', 'Please pass newPassword.'],
        [{ newPassword => '' }, 400, 'missing_password'],
        [{ newPassword => 'another password' }, 400, 'missing_password', 'Please pass password.'],
        [{ %now, newPassword => [] }, 400, 'bad_request'],
        [{ password => 'wrong', newPassword => 'another password' }, 403, 'wrong_password'],
        [{ password => 'wrong', newPassword => 'x' }, 403, 'wrong_password'],
        [{ %now, newPassword => 'short' }, 422, 'weak_password'],
        [{ %now, newPassword => 'x' x 73 }, 422, 'weak_password'],
        [{ %now, newPassword => $person->{smsmobile} =~ s/\D//gr }, 422, 'weak_password'],
    ) {
        my ($data, $status, $code, $msg) = @$_;
        my $r = change($site, $token, $data);
        is $r->{status}, $status, "$code: $status";
        is $r->{json}{code}, $code, $code;
        is $r->{json}{msg}, $msg, "its text: $msg" if $msg;
    }
    is $site->login($person)->{status}, 200, 'after failures the password is the same';

    my @others = map { $site->login($person)->{json}{token} } 1 .. 3;
    my $bare = 'JWT ' . Token::make($site->key, { id => $person->{id}, iat => time - 10 });
    my $bystander = $site->signup;
    is statuses($site, $_), '200 200', 'before the change: 200' for $token, $bare, @others;
    my $r = change($site, $token, { %now, newPassword => 'another password' });
    is $r->{status}, 200, 'change: 200' or diag $r->{raw};
    is $r->{json}{success}, JSON::PP::true(), 'change: success';
    is statuses($site, $token), '200 200', 'the session of the change stays';
    is statuses($site, $_), '401 401', 'every other session ends in every child' for @others;
    is statuses($site, $bare), '401 401', 'a token without a session ends';
    is statuses($site, $bystander->{token}), '200 200', 'sessions of other accounts stay';
    is $site->login($person)->{json}{code}, 'bad_credentials', 'the old password is refused';
    $person->{password} = 'another password';
    is $site->login($person)->{status}, 200, 'the new password logs in';
    ok $site->httpd->wait_log(qr/SMS to \Q$number\E: Example: your password was changed\. If/),
        'the number gets an alert';

    $r = change(
        $site, $token, { password => 'another password', newPassword => 'a third one' },
        'form_post'
    );
    is $r->{status}, 200, 'change by a form: 200';
    $person->{password} = 'a third one';
    is $site->login($person)->{status}, 200, 'the new password logs in';

    # Of two changes with the same old password, one wins.
    my @sockets = map { $site->client->connect } 0 .. 5;
    for my $i (0 .. $#sockets) {
        my $body = qq({"password":"a third one","newPassword":"password number $i"});
        syswrite $sockets[$i],
            "POST /app_api/users/password HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Content-Type: application/json\r\nAuthorization: $token\r\n"
            . 'Content-Length: '
            . length($body)
            . "\r\n\r\n$body";
    }
    my @status =
        map { $site->client->receive($_, 'POST /app_api/users/password')->{status} } @sockets;
    is_deeply [sort @status], [200, (403) x 5], 'six changes at once: one wins';
    my ($winner) = grep { $status[$_] == 200 } 0 .. 5;
    is $site->login({ %$person, password => "password number $winner" })->{status}, 200,
        'its password logs in';

    # An account without a password sets one.
    $site->sql("UPDATE authsms_users SET password = '' WHERE id = '$person->{id}'");
    is change($site, $token, { newPassword => 'the first one' })->{status}, 200,
        'an account without a password sets one after a recent login';
    is $site->login({ %$person, password => 'the first one' })->{status}, 200, 'and it logs in';
    $site->stop;
    return;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { checks(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
