# SPDX-License-Identifier: Apache-2.0
# POST /token: refresh tokens are exchanged once; a spent one that is presented again ends its
# session.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP ();
use MIME::Base64 qw(decode_base64url encode_base64url);
use Postgres;
use Site;
use Test::More;

my $pg = Postgres::available() ? Postgres->new : undef;

sub claims {
    my ($token) = @_;
    return JSON::PP::decode_json(decode_base64url((split /\./, $token =~ s/^JWT //r)[1]));
}
sub refresh { my ($site, $token) = @_; return $site->api('/token', { refresh_token => $token }) }

sub outcome {
    my ($r) = @_;
    return join ' ', $r->{status} // 'none', $r->{json}{code} // ();
}

# The status of a protected page, in every child.
sub page {
    my ($site, $token) = @_;
    my %seen =
        map { $site->client->get('/private/', Authorization => $token)->{status} => 1 } 1 .. 12;
    return join ' ', sort keys %seen;
}

# Let the session's spent token be spent this many seconds ago.
sub spent_ago {
    my ($site, $sid, $seconds) = @_;
    my $then = (time - $seconds) . '000000';
    $site->sql("UPDATE authsms_sessions SET refreshed_at = $then WHERE sid = '$sid'");
    return;
}

sub exchange {
    my ($site) = @_;
    my $person = $site->signup;
    my $login = $site->login($person)->{json};
    like $login->{refresh_token}, qr/^[\w-]{86}$/, 'login: refresh_token';
    my $r = refresh($site, $login->{refresh_token});
    is outcome($r), '200', 'POST /token: 200' or diag $r->{raw};
    is_deeply [sort keys %{ $r->{json} }], [qw(expires_in msg refresh_token success token)],
        'POST /token: the members of a login';
    is $r->{headers}{'cache-control'}[0], 'no-store', 'POST /token: Cache-Control: no-store';
    is_deeply $r->{headers}{'set-cookie'}, undef, 'POST /token: no cookie';
    isnt $r->{json}{refresh_token}, $login->{refresh_token}, 'POST /token: another refresh token';
    my ($first, $second) = map { claims($_->{token}) } $login, $r->{json};
    is_deeply [@$second{qw(id sub sid auth_time amr dateLogOn)}],
        [@$first{qw(id sub sid auth_time amr dateLogOn)}],
        'new token: id, sid, auth_time, amr and dateLogOn of the login';
    isnt $second->{jti}, $first->{jti}, 'new token: another jti';
    is $second->{exp} - $second->{iat}, 3600, 'new token: valid for an hour';
    is page($site, $_), '200', 'both tokens: 200' for $login->{token}, $r->{json}{token};
    my $form = $site->client->form_post(
        '/app_api/token',
        { refresh_token => $r->{json}{refresh_token} }
    );
    is outcome($form), '200', 'as a form: 200';
    is $site->sql('SELECT count(*) FROM authsms_sessions'), 2, 'no other session is stored';
    my $dump = $site->sql('SELECT * FROM authsms_sessions');
    my $texts = join '|', map { quotemeta } map { $_->{json}{refresh_token} // () } $r, $form;
    unlike $dump, qr/$texts/, 'the database has no refresh token';
    unlike $site->httpd->error_log, qr/$texts/, 'the log has no refresh token';
    return;
}

sub grace {
    my ($site) = @_;
    my $person = $site->signup;
    my $first = $site->login($person)->{json}{refresh_token};
    my $r = refresh($site, $first);
    my $again = refresh($site, $first);
    is outcome($again), '200', 'spent a moment ago: 200';
    is $again->{json}{refresh_token}, $r->{json}{refresh_token}, 'the same successor';
    isnt $again->{json}{token}, $r->{json}{token}, 'a fresh token';
    my $sid = claims($r->{json}{token})->{sid};
    spent_ago($site, $sid, 5);
    is outcome(refresh($site, $first)), '200', 'five seconds later: 200';
    spent_ago($site, $sid, -5);
    is outcome(refresh($site, $first)), '200', 'by the clock of another server: 200';
    $site->sql("UPDATE authsms_users SET locked = 1 WHERE id = '$person->{id}'");
    spent_ago($site, $sid, 0);
    is outcome(refresh($site, $first)), '401 invalid_token', 'the account is locked: 401';
    $site->sql("UPDATE authsms_users SET locked = 0 WHERE id = '$person->{id}'");
    spent_ago($site, $sid, 0);
    is outcome(refresh($site, $first)), '200', 'unlocked: 200';
    spent_ago($site, $sid, 0);
    my $third = refresh($site, $r->{json}{refresh_token})->{json};
    is outcome(refresh($site, $r->{json}{refresh_token})), '200', 'its successor is unused: 200';
    is outcome(refresh($site, $first)), '401 invalid_token', 'its successor was used: 401';
    is outcome(refresh($site, $third->{refresh_token})), '401 invalid_token',
        'then the session is ended';
    is page($site, $third->{token}), '401', 'its token too, in every child';

    # The grace is over: the session ends.
    my $late = $site->login($person)->{json};
    my $next = refresh($site, $late->{refresh_token})->{json};
    my $bystander = $site->login($person)->{json};
    $sid = claims($late->{token})->{sid};
    spent_ago($site, $sid, 11);
    $site->httpd->expect_log(qr/spent refresh token was presented again.*$person->{id}/);
    is outcome(refresh($site, $late->{refresh_token})), '401 invalid_token',
        'eleven seconds later: 401';
    is outcome(refresh($site, $next->{refresh_token})), '401 invalid_token',
        'the successor is ended too';
    is page($site, $_), '401', 'and the tokens, in every child' for map { $_->{token} } $late,
        $next;
    is outcome(refresh($site, $bystander->{refresh_token})), '200', 'another session: 200';
    is $site->sql("SELECT count(*) FROM authsms_sessions WHERE sid = '$sid'"), 0,
        'the session is not stored any more';
    like $site->httpd->error_log, qr/session $sid of account $person->{id} was ended/, 'logged';
    return;
}

sub accounts {
    my ($site) = @_;
    my $person = $site->signup;
    my $where = "WHERE id = '$person->{id}'";
    my $token = $site->login($person)->{json}{refresh_token};
    for (['locked = 1', 'locked = 0'], ['verified = 0', 'verified = 1']) {
        my ($set, $reset) = @$_;
        $site->sql("UPDATE authsms_users SET $set $where");
        my $r = refresh($site, $token);
        is outcome($r), '401 invalid_token', "$set: 401 invalid_token";
        like $r->{headers}{'www-authenticate'}[1], qr/error="invalid_token"/, 'its challenge';
        $site->sql("UPDATE authsms_users SET $reset $where");
        $r = refresh($site, $token);
        is outcome($r), '200', "$reset: 200";
        $token = $r->{json}{refresh_token};
    }
    for my $all ('', '?all=1') {
        my $login = $site->login($person)->{json};
        $site->api("/logout$all", {}, Authorization => $login->{token});
        is outcome(refresh($site, $login->{refresh_token})), '401 invalid_token',
            "after /logout$all: 401";
    }
    is outcome(refresh($site, $token)), '401 invalid_token', 'after /logout?all=1 elsewhere: 401';
    $token = $site->login($person)->{json}{refresh_token};
    $site->sql("DELETE FROM authsms_users $where");
    is outcome(refresh($site, $token)), '401 invalid_token', 'deleted: 401 invalid_token';
    return;
}

# Not tokens: refused without the database.
sub garbage {
    my ($site) = @_;
    my $login = $site->login($site->signup)->{json};
    my $token = $login->{refresh_token};
    my $bytes = decode_base64url($token);
    my @bad = (
        'x', '0', 'null', "$token=", "$token ", " $token", substr($token, 1), $token . 'A',
        $login->{token},
        'A' x 86,
        'A' x 16000,
        "\x{263a}" x 86,
        (
            map { my $b = $bytes; substr($b, $_, 1) ^= "\1"; encode_base64url($b) } 0, 15, 16, 47,
            48,
            63
        ),
    );
    my $rows = $site->sql('SELECT count(*) FROM authsms_limits');
    is outcome(refresh($site, $_)), '401 invalid_token', 'garbage: 401 invalid_token' for @bad;
    is outcome($site->api('/token', $_)), '401 no_token', 'no token: 401 no_token' for { }
    , { refresh_token => '' }, { refresh_token => undef };
    is outcome($site->api('/token', $_)), '400 bad_request', 'wrong type: 400 bad_request'
        for '{"refresh_token":1}', '{"refresh_token":[]}', '[]', '{"refresh_token":"a\u0000"}',
        '{"refresh_token":"a","refresh_token":"a"}';
    is $site->sql('SELECT count(*) FROM authsms_limits'), $rows, 'nothing was counted';
    is outcome(refresh($site, $token)), '200', 'the token itself: 200';
    return;
}

sub oauth {
    my ($site) = @_;
    my $token = $site->login($site->signup)->{json}{refresh_token};
    for my $as (qw(form json)) {
        my $ask = sub {
            my ($data) = @_;
            return $as eq 'json'
                ? $site->api('/token', $data)
                : $site->client->form_post('/app_api/token', $data);
        };
        my $r =
            $ask->({ grant_type => 'refresh_token', refresh_token => $token, client_id => 'app' });
        is outcome($r), '200', "$as: 200";
        my $json = $r->{json};
        like $json->{access_token}, qr/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/, "$as: access_token";
        is_deeply [@$json{qw(token_type expires_in)}, $json->{token}], ['Bearer', 3600, undef],
            "$as: token_type and expires_in";
        is_deeply [@{ $r->{headers} }{qw(cache-control pragma)}], [['no-store'], ['no-cache']],
            "$as: not to be stored";
        is $site->client->get('/private/', Authorization => "Bearer $json->{access_token}")
            ->{status}, 200, "$as: its token: 200";
        $token = $json->{refresh_token};
        for (
            [{ grant_type => 'refresh_token', refresh_token => 'x' }, 'invalid_grant'],
            [{ grant_type => 'refresh_token' }, 'invalid_request'],
            [{ grant_type => 'password', username => 'x' }, 'unsupported_grant_type'],
        ) {
            my ($data, $error) = @$_;
            $r = $ask->($data);
            is outcome($r), "400 $error", "$as: 400 $error";
            is $r->{json}{error}, $error, "$as: the member error";
            ok $r->{json}{error_description}, "$as: the member error_description";
            is_deeply $r->{headers}{'www-authenticate'}, undef, "$as: no challenge";
        }
    }
    my $twice = $site->client->request(
        'POST', '/app_api/token', ['Content-Type' => 'application/x-www-form-urlencoded'],
        'grant_type=refresh_token&grant_type=refresh_token'
    );
    is_deeply [outcome($twice), $twice->{json}{error}], ['400 bad_request', 'invalid_request'],
        'a parameter twice: invalid_request';
    is $site->api('/token', { refresh_token => 'x' })->{json}{error}, undef,
        'without grant_type: no member error';
    return;
}

sub revoke {
    my ($site) = @_;
    my $person = $site->signup;
    for (
        ['a refresh token', sub { $_[0]{refresh_token} }],
        ['a token', sub { $_[0]{token} }],
        ['a token without its scheme', sub { $_[0]{token} =~ s/^JWT //r }],
    ) {
        my ($name, $choose) = @$_;
        my $login = $site->login($person)->{json};
        my $r = $site->client->form_post(
            '/app_api/revoke',
            { token => $choose->($login), token_type_hint => 'x' }
        );
        is outcome($r), '200', "$name: 200";
        is page($site, $login->{token}), '401', "$name: the session is ended in every child";
        is outcome(refresh($site, $login->{refresh_token})), '401 invalid_token',
            "$name: its refresh token too";
        is outcome($site->api('/revoke', { token => $choose->($login) })), '200',
            "$name, again: 200";
    }
    is outcome($site->api('/revoke', { token => $_ })), '200', 'garbage: 200' for 'x', 'a.b.c';
    my $r = $site->api('/revoke', {});
    is_deeply [outcome($r), $r->{json}{error}], ['400 invalid_request', 'invalid_request'],
        'no token: 400 invalid_request';
    return;
}

sub logout {
    my ($site) = @_;
    my $person = $site->signup;
    my ($one, $two, $three, $four) = map { $site->login($person)->{json} } 1 .. 4;
    is outcome($site->api('/logout', { refresh_token => $one->{refresh_token} })), '200',
        'a refresh token: 200';
    is page($site, $one->{token}), '401', 'its session is ended in every child';
    is page($site, $two->{token}), '200', 'others stay';
    is outcome($site->api('/logout', { refresh_token => $one->{refresh_token} })), '200',
        'again: 200';
    is outcome($site->api(
        '/logout', { refresh_token => $two->{refresh_token} },
        Authorization => $three->{token}
        )),
        '200', 'a refresh token and a token: 200';
    is page($site, $_->{token}), '401', 'both sessions are ended' for $two, $three;
    is page($site, $four->{token}), '200', 'others stay';
    is outcome($site->api(
        '/logout', { refresh_token => $four->{refresh_token} },
        Authorization => $four->{token}
        )),
        '200', 'both of one session: 200';
    my ($spent, $other) = map { $site->login($person)->{json} } 1 .. 2;
    my $next = refresh($site, $spent->{refresh_token})->{json};
    is outcome($site->api('/logout?all=1', { refresh_token => $spent->{refresh_token} })), '200',
        'all=1 with a spent refresh token: 200';
    is page($site, $next->{token}), '401', 'its session is ended';
    is page($site, $other->{token}), '200', 'others stay';
    my $last = $site->login($person)->{json};
    is outcome($site->api('/logout?all=1', { refresh_token => $last->{refresh_token} })), '200',
        'all=1 with a refresh token: 200';
    is page($site, $_->{token}), '401', 'all sessions are ended' for $other, $last;
    is outcome($site->api('/logout', { refresh_token => 'x' })), '200', 'garbage: 200';
    is outcome($site->api('/logout', '{"refresh_token":1}')), '400 bad_request',
        'wrong type: 400';
    return;
}

sub sessions {
    my ($site) = @_;
    my ($person, $other) = map { $site->signup } 1, 2;
    my @logins = map {
        $site->api(
            '/authenticate', { map { $_ => $person->{$_} } qw(username password) },
            'User-Agent' => "agent $_"
        )->{json}
    } 1 .. 2;
    refresh($site, $logins[0]{refresh_token});
    my $ask = sub {
        my ($method, $sid, @h) = @_;
        @h = (Authorization => $logins[0]{token}) unless @h;
        return $site->client->request($method, "/app_api/sessions$sid", \@h);
    };
    my @sids = map { claims($_->{token})->{sid} } @logins, $person;
    my $r = $ask->('GET', '');
    is outcome($r), '200', 'GET /sessions: 200';
    my @list = @{ $r->{json}{sessions} };
    is_deeply [map { $_->{sid} } @list], \@sids, 'last used first';
    my $time = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
    like $list[0]{$_}, $time, $_ for qw(createdAt usedAt);
    cmp_ok $list[0]{usedAt}, 'gt', $list[0]{createdAt}, 'a refresh counts as use';
    is_deeply [map { $_->{current} ? 1 : 0 } @list], [1, 0, 0], 'the current one';
    is_deeply [@{ $list[1] }{qw(agent address amr)}], ['agent 2', '127.0.0.1', ['pwd']],
        'agent, address and amr';
    is_deeply [sort keys %{ $list[0] }], [qw(address agent amr createdAt current sid usedAt)],
        'nothing else';
    is outcome($ask->('GET', '', 'X-Y' => 'z')), '401 no_token', 'GET without a token: 401';

    is outcome($ask->('DELETE', "/$sids[1]", 'X-Y' => 'z')), '401 no_token',
        'DELETE without a token: 401';
    is outcome($ask->('DELETE', "/$_")), '404 unknown_session', 'unknown: 404'
        for claims($other->{token})->{sid}, 'x', '01a20000-0000-7000-8000-000000000000';
    is page($site, $other->{token}), '200', 'the session of another account stays';
    is page($site, $logins[1]{token}), '200', 'not ended yet';
    is outcome($ask->('DELETE', "/$sids[1]")), '200', 'DELETE: 200';
    is page($site, $logins[1]{token}), '401', 'ended in every child';
    is outcome(refresh($site, $logins[1]{refresh_token})), '401 invalid_token',
        'its refresh token too';
    is outcome($ask->('DELETE', "/$sids[1]")), '404 unknown_session', 'again: 404';
    is outcome($ask->('DELETE', "/$sids[0]")), '200', 'its own: 200';
    is page($site, $logins[0]{token}), '401', 'ended';
    return;
}

my @parts = (
    [exchange => \&exchange], [grace => \&grace], [accounts => \&accounts],
    [garbage => \&garbage], [oauth => \&oauth], [revoke => \&revoke], [logout => \&logout],
    [sessions => \&sessions],
);
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    my $site = Site->new(
        driver => $driver, pg => $pg, children => 3,
        server => "AuthSMSLimit * off\nAuthSMSUserCheck 1h"
    )->start;
    subtest "$driver: $_->[0]" => sub { $_->[1]->($site) }
        for @parts;
    $site->stop;
}

# The limit of a session; a refused token is not spent.
my $site = Site->new(server => 'AuthSMSLimit refresh/session 2/1h')->start;
my $person = $site->signup;
my $token = $site->login($person)->{json}{refresh_token};
$token = refresh($site, $token)->{json}{refresh_token} for 1 .. 2;
my $r = refresh($site, $token);
is outcome($r), '429 rate_limited', 'beyond refresh/session: 429';
like $r->{headers}{'retry-after'}[0], qr/^3[56]\d\d$/, 'Retry-After';
is outcome(refresh($site, $site->login($person)->{json}{refresh_token})), '200',
    'another session: 200';
$site->sql('DELETE FROM authsms_limits');
is outcome(refresh($site, $token)), '200', 'after the window: 200';
$site->httpd->expect_log(qr/AuthSMSLimit refresh.session is exceeded/);
$site->stop;

$site = Site->new(server => 'AuthSMSRefreshTTL 0')->start;
$r = $site->login($site->signup);
is $r->{json}{refresh_token}, undef, 'AuthSMSRefreshTTL 0: no refresh token';
is outcome(refresh($site, $token)), '401 invalid_token', 'AuthSMSRefreshTTL 0: 401';
$site->stop;
$pg->stop if $pg;
done_testing;
