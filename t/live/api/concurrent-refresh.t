# SPDX-License-Identifier: Apache-2.0
# Refresh tokens on three servers with one PostgreSQL: one successor for each token, theft seen by
# all servers, and what a refresh costs.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP ();
use MIME::Base64 qw(decode_base64url);
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $pg = Postgres->new;
my $params = $pg->create_database;
my $database = $pg->{name};
my @sites = map {
    Site->new(
        driver => 'pgsql', pg => $pg, params => $params, children => 2,
        server => "AuthSMSLimit * off\nAuthSMSLimit refresh/session 1000/1h\nAuthSMSUserCheck 1s"
    )
} 1 .. 3;
my $key = 'hex:' . unpack('H*', $sites[0]->key) . "\n";
for my $site (@sites) {
    $site->httpd->write('key', $key, 0600);
    $site->{database} = $database;
    $site->start;
}
my $person = $sites[0]->signup;

sub refresh {
    my ($site, $token) = @_;
    return $site->api('/token', { refresh_token => $token });
}
sub page {
    my ($site, $token) = @_;
    return $site->client->get('/private/', Authorization => $token)->{status};
}

# The responses to the same refresh, sent by twenty clients to the servers by turns, at once.
sub refresh_at_once {
    my ($token) = @_;
    my $body = JSON::PP::encode_json({ refresh_token => $token });
    my @asked = map {
        my $site = $sites[$_ % @sites];
        my $socket = $site->client->connect;
        my $text =
              "POST /app_api/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Content-Type: application/json\r\nContent-Length: "
            . length($body)
            . "\r\n\r\n$body";
        # All but the last byte first, so that the requests start together.
        syswrite $socket, substr $text, 0, -1;
        [$site, $socket, substr $text, -1]
    } 1 .. 20;
    syswrite $_->[1], $_->[2] for @asked;
    return map { $_->[0]->client->receive($_->[1], 'POST /app_api/token') } @asked;
}

subtest 'twenty at once' => sub {
    my $token = $sites[0]->login($person)->{json}{refresh_token};
    for my $round (1 .. 5) {
        my @responses = refresh_at_once($token);
        my %statuses = map { $_->{status} // 'none' => 1 } @responses;
        is_deeply [keys %statuses], ['200'], "round $round: all 200" or diag explain \%statuses;
        my %successors = map { $_->{json}{refresh_token} // 'none' => 1 } @responses;
        is scalar keys %successors, 1, "round $round: one successor";
        ($token) = keys %successors;
    }
    is refresh($sites[1], $token)->{status}, 200, 'the last one: 200';
};

subtest 'a stolen token' => sub {
    my $first = $sites[0]->login($person)->{json};
    my $second = refresh($sites[1], $first->{refresh_token})->{json};
    my $third = refresh($sites[2], $second->{refresh_token})->{json};
    my $sid = JSON::PP::decode_json(decode_base64url((split /\./, $third->{token})[1]))->{sid};
    is page($_, $third->{token}), 200, 'before: 200' for @sites;
    $sites[0]->httpd->expect_log(qr/spent refresh token/);
    is refresh($sites[0], $first->{refresh_token})->{status}, 401, 'the thief: 401';
    is page($sites[0], $third->{token}), 401, 'the token, on that server: 401 at once';
    sleep 1.2;    # AuthSMSUserCheck
    is page($_, $third->{token}), 401, 'the token, on the others: 401 after AuthSMSUserCheck'
        for @sites[1, 2];
    is refresh($_, $third->{refresh_token})->{json}{code}, 'invalid_token',
        'the refresh token of the owner: invalid_token' for @sites;
    is $sites[0]->sql("SELECT count(*) FROM authsms_sessions WHERE sid = '$sid'"), 0,
        'the session is not stored any more';
};

subtest 'a spent token from twenty clients' => sub {
    for my $round (1 .. 5) {
        my $first = $sites[0]->login($person)->{json};
        my $second = refresh($sites[1], $first->{refresh_token})->{json};
        refresh($sites[2], $second->{refresh_token});
        my %outcomes;
        $outcomes{"$_->{status} $_->{json}{code}"}++ for refresh_at_once($first->{refresh_token});
        is_deeply \%outcomes, { '401 invalid_token' => 20 }, "round $round: 401 for all"
            or diag explain \%outcomes;
    }
};
$_->httpd->expect_log(qr/spent refresh token/) for @sites;

# The statements that a request causes.
sub statements {
    my ($ask) = @_;
    my $log = "$pg->{dir}/log";
    my $before = -s $log;
    $ask->();
    open my $in, '<', $log or die "$log: $!";
    seek $in, $before, 0;
    return grep { /LOG:  (?:statement|execute [^:]*): / } <$in>;
}

subtest 'round trips' => sub {
    $_->stop for @sites[1, 2];
    $pg->psql($database, "ALTER SYSTEM SET log_statement = 'all'");
    $pg->psql($database, 'SELECT pg_reload_conf()');
    my ($token, $end) = (undef, time + 20);
    my $log_in = sub { $token = $sites[0]->login($person)->{json}{refresh_token} };
    until (statements($log_in) || time > $end) { }    # each connection reads its settings again
    my ($fewest, @least);
    # The background work of the server may add some.
    for (1 .. 5) {
        my @statements =
            statements(sub { $token = refresh($sites[0], $token)->{json}{refresh_token} });
        ($fewest, @least) = (scalar @statements, @statements)
            if !defined $fewest || @statements < $fewest;
    }
    is $fewest, 4, 'a refresh: 4 round trips' or diag @least;
    note @least;
    my @bad = ('x', 'A' x 86, substr($token, 0, 85) . 'B', $token . 'A');
    my @statements = statements(sub { refresh($sites[0], $_) for (@bad) x 5 });
    is_deeply [grep { /(?:SELECT|INSERT|UPDATE) .*authsms_(?:sessions|users|limits)/ } @statements],
        [], 'garbage: no query';
};

$sites[0]->stop;
$pg->stop;
done_testing;
