# SPDX-License-Identifier: Apache-2.0
# Logout of one session, of all sessions, and of tokens without a session; effective in every child
# at once.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Postgres;
use Site;
use Test::More;
use Token;

sub with { return ('Authorization', $_[0]) }

# The API's status for a token, and the guard's. 12 connections, to reach the cache of every child.
sub statuses {
    my ($site, $token) = @_;
    my %seen = map { $site->client->get('/private/', with($token))->{status} => 1 } 1 .. 12;
    my $api = $site->client->get('/app_api/users', with($token))->{status};
    return join ' ', $api, sort keys %seen;
}

sub logout {
    my ($site, $token, $query, $body) = @_;
    return $site->api('/logout' . ($query // ''), $body // {}, $token ? with($token) : ());
}

sub sessions {
    my (%o) = @_;
    my $site =
        Site->new(%o, children => 3, server => "AuthSMSRequireClaims none\nAuthSMSUserCheck 1h")
        ->start;
    my $person = $site->signup;
    my @tokens = ($person->{token}, map { $site->login($person)->{json}{token} } 2 .. 5);
    is statuses($site, $_), '200 200', 'token of a session: 200' for @tokens;

    my $r = logout($site, $tokens[0]);
    is $r->{status}, 200, 'logout: 200';
    is $r->{json}{success}, JSON::PP::true(), 'logout: success is true';
    is $r->{json}{code}, undef, 'logout: no code';
    is statuses($site, $tokens[0]), '401 401', 'logged out token: 401 in every child';
    is statuses($site, $tokens[1]), '200 200', 'other sessions: 200';
    is logout($site, $tokens[0])->{status}, 200, 'logout with a logged out token: 200';
    is logout($site, $_)->{status}, 200, 'logout with ' . ($_ // 'no token') . ': 200'
        for undef, 'JWT rubbish', 'Basic Zm9v';
    is logout($site, undef, '?all=1', { refresh_token => 'unknown' })->{status}, 200,
        'logout with an unknown refresh token: 200';
    is logout($site, $tokens[1], $_)->{status}, 200, "logout with $_: 200" for '?all=0';
    is statuses($site, $tokens[1]), '401 401', 'logout with ?all=0: the session is ended';
    is statuses($site, $tokens[2]), '200 200', 'logout with ?all=0: other sessions stay';
    is $site->client->get('/app_api/logout', with($tokens[2]))->{status}, 405,
        'GET /logout: 405';
    is statuses($site, $tokens[2]), '200 200', 'GET /logout: the session stays';
    is $site->client->form_post('/app_api/logout', {}, with($tokens[2]))->{status}, 200,
        'logout with a form: 200';
    is statuses($site, $tokens[2]), '401 401', 'logout with a form: the session is ended';

    # Tokens without a session, made by another system that has the key.
    my $claims = { id => $person->{id}, iat => time - 10 };
    my ($old, $newer) =
        map { 'JWT ' . Token::make($site->key, { %$claims, iat => time + $_ }) } -10, 30;
    my $bystander = $site->signup;
    is statuses($site, $_), '200 200', 'token without a session: 200' for $old, $newer;
    is logout($site, $old)->{status}, 200, 'logout with a token without a session: 200';
    is statuses($site, $old), '401 401', 'this token: 401';
    is statuses($site, $newer), '200 200', 'a token issued later: 200';
    is statuses($site, $tokens[3]), '200 200', 'sessions: 200';

    is logout($site, $tokens[3], '?all=1')->{status}, 200, 'logout with ?all=1: 200';
    is statuses($site, $_), '401 401',
        'logout with ?all=1: every session is ended' for @tokens[3, 4];
    my $again = $site->login($person);
    is $again->{status}, 200, 'a new login: 200';
    is statuses($site, $again->{json}{token}), '200 200', 'token of the new login: 200';
    is statuses($site, $bystander->{token}), '200 200', 'session of another account: 200';
    is $site->sql("SELECT count(*) FROM authsms_sessions WHERE user_id = '$person->{id}'"), 1,
        'one session is stored';

    my @at_once = map { $site->login($person)->{json}{token} } 1 .. 4;
    my @sockets = map { $site->client->connect } 1 .. 8;
    for my $i (0 .. 7) {
        my $query = $i == 5 ? '?all=1' : '';
        syswrite $sockets[$i],
            "POST /app_api/logout$query HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Authorization: $at_once[$i % 4]\r\nContent-Length: 0\r\n\r\n";
    }
    is_deeply [map { $site->client->receive($_, 'POST /app_api/logout')->{status} } @sockets],
        [(200) x 8], 'concurrent logouts: all 200';
    is statuses($site, $_), '401 401', 'concurrent logouts: every session is ended' for @at_once;

    my ($mine, $other) = map { $site->login($person)->{json}{token} } 1, 2;
    $site->sql("UPDATE authsms_users SET locked = 1 WHERE id = '$person->{id}'");
    is logout($site, $mine, '?all=1')->{status}, 200,
        'logout with ?all=1 while the account is locked: 200';
    $site->sql("UPDATE authsms_users SET locked = 0 WHERE id = '$person->{id}'");
    is statuses($site, $mine), '401 401', 'after the account is unlocked: the session stays ended';
    is statuses($site, $other), '200 200',
        'after the account is unlocked: the other session is 200';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { sessions(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
