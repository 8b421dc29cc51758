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

# Is the token good? For each child, as its own cache has it: so many connections that all are
# asked.
sub good {
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
    is good($site, $_), '200 200', 'a session' for @tokens;

    my $r = logout($site, $tokens[0]);
    is $r->{status}, 200, 'logged out';
    is $r->{json}{success}, JSON::PP::true(), 'a success';
    is $r->{json}{code}, undef, 'without a code';
    is good($site, $tokens[0]), '401 401', 'this token is dead in every child';
    is good($site, $tokens[1]), '200 200', 'the others live';
    is logout($site, $tokens[0])->{status}, 200, 'a dead one is 200 all the same';
    is logout($site, $_)->{status}, 200, 'so is ' . ($_ // 'none')
        for undef, 'JWT rubbish', 'Basic Zm9v';
    is logout($site, undef, '?all=1', { refresh_token => 'unknown' })->{status}, 200,
        'an unknown refresh token too';
    is logout($site, $tokens[1], $_)->{status}, 200, "not all: $_" for '?all=0';
    is good($site, $tokens[1]), '401 401', 'the one';
    is good($site, $tokens[2]), '200 200', 'not all';
    is $site->client->get('/app_api/logout', with($tokens[2]))->{status}, 405,
        'a link logs nobody out';
    is good($site, $tokens[2]), '200 200', 'it does not';
    is $site->client->form_post('/app_api/logout', {}, with($tokens[2]))->{status}, 200, 'a form';
    is good($site, $tokens[2]), '401 401', 'is as good';

    # Tokens of others who have the key, without a session.
    my $claims = { id => $person->{id}, iat => time - 10 };
    my ($old, $newer) =
        map { 'JWT ' . Token::make($site->key, { %$claims, iat => time + $_ }) } -10, 30;
    my $bystander = $site->signup;
    is good($site, $_), '200 200', 'without a session' for $old, $newer;
    is logout($site, $old)->{status}, 200, 'one logs out';
    is good($site, $old), '401 401', 'it is dead';
    is good($site, $newer), '200 200', 'one issued later lives';
    is good($site, $tokens[3]), '200 200', 'and so do sessions';

    is logout($site, $tokens[3], '?all=1')->{status}, 200, 'all';
    is good($site, $_), '401 401', 'every session is dead' for @tokens[3, 4];
    my $again = $site->login($person);
    is $again->{status}, 200, 'a new login';
    is good($site, $again->{json}{token}), '200 200', 'has a token that is good';
    is good($site, $bystander->{token}), '200 200', 'others noticed nothing';
    is $site->sql("SELECT count(*) FROM authsms_sessions WHERE user_id = '$person->{id}'"), 1,
        'one session is left';

    my @at_once = map { $site->login($person)->{json}{token} } 1 .. 4;
    my @sockets = map { $site->client->connect } 1 .. 8;
    for my $i (0 .. 7) {
        my $query = $i == 5 ? '?all=1' : '';
        syswrite $sockets[$i],
            "POST /app_api/logout$query HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Authorization: $at_once[$i % 4]\r\nContent-Length: 0\r\n\r\n";
    }
    is_deeply [map { $site->client->parse($site->client->read_all($_))->{status} } @sockets],
        [(200) x 8], 'at once';
    is good($site, $_), '401 401', 'dead' for @at_once;

    my ($mine, $other) = map { $site->login($person)->{json}{token} } 1, 2;
    $site->sql("UPDATE authsms_users SET locked = 1 WHERE id = '$person->{id}'");
    is logout($site, $mine, '?all=1')->{status}, 200, 'while the account is locked';
    $site->sql("UPDATE authsms_users SET locked = 0 WHERE id = '$person->{id}'");
    is good($site, $mine), '401 401', 'is for good';
    is good($site, $other), '200 200', 'and ends nothing else';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { sessions(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
