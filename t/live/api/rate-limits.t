# SPDX-License-Identifier: Apache-2.0
# Rate limits: counted before the work, per key, and exact under parallel requests.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep);

# The statuses of requests sent at once.
sub at_once {
    my ($site, $path, @bodies) = @_;
    my @sockets = map { $site->client->connect } @bodies;
    my @texts = map {
              "POST /app_api$path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Content-Type: application/x-www-form-urlencoded\r\n"
            . 'Content-Length: '
            . length($_)
            . "\r\n\r\n$_"
    } @bodies;
    syswrite $sockets[$_], $texts[$_] for 0 .. $#sockets;
    return map { $site->client->receive($_, "POST /app_api$path")->{status} // 0 } @sockets;
}

sub count {
    my ($wanted, @all) = @_;
    return scalar grep { $_ == $wanted } @all;
}

# Each refusal is logged with its limit: the first per minute and child at warn, the others at info.
# No line has a username or a number.
sub spent_is_logged {
    my ($site, $person, $wrong) = @_;
    my $refused = 1 + count(429, map { $site->api('/authenticate', $wrong)->{status} } 1 .. 3);
    my @lines = grep { /AuthSMSLimit login\/user is exceeded \(5 in 3 s\)/ } split /\n/,
        $site->httpd->error_log;
    my %warned;
    $warned{$_}++ for map { /:warn\] \[pid (\d+)/ ? $1 : () } @lines;
    is scalar(@lines), $refused, 'one log line for each refusal';
    cmp_ok scalar(keys %warned), '>=', 1, 'at least one child logs at warn';
    is_deeply [grep { $_ != 1 } values %warned], [], 'each child logs at warn at most once';
    is scalar(grep { /:info\]/ } @lines), $refused - keys %warned, 'the other lines are at info';
    unlike "@lines", qr/\Q$person->{username}\E|\+44/i, 'no line has a username or a number';
}

sub limits {
    my (%o) = @_;
    my $site = Site->new(
        %o, log_level => 'warn authsms:info',
        server => "AuthSMSLimit login/user 5/3s\nAuthSMSLimit login/ip 500/1h\n"
            . "AuthSMSLimit register/ip 40/1h\n"
            . "AuthSMSLimit verify/user 6/1h\nAuthSMSLimit sms/number 3/1h\n"
            . "AuthSMSCode resend=0 attempts=20"
    )->start;

    my $person = $site->signup;
    my $wrong = { username => uc $person->{username}, password => 'wrong password' };
    is $site->api('/authenticate', $wrong)->{status}, 401, 'wrong password: status 401' for 1 .. 4;
    is $site->login($person)->{status}, 200, 'a right password resets the counter';
    is $site->api('/authenticate', $wrong)->{status}, 401,
        'wrong password after the reset: status 401' for 1 .. 5;
    my $r = $site->login($person);
    is $r->{status}, 429, 'limit reached: a right password gets 429 too';
    is $r->{json}{code}, 'rate_limited', 'code rate_limited';
    like $r->{headers}{'retry-after'}[0], qr/^[123]$/, 'Retry-After: at most the window';
    spent_is_logged($site, $person, $wrong);
    sleep 3.1;    # the window
    is $site->login($person)->{status}, 200, 'the window has ended: login succeeds';

    my @statuses = at_once($site, '/authenticate', ('username=nobody&password=guess') x 20);
    is count(401, @statuses), 5, '20 parallel logins of an unknown username: 5 are checked';
    is count(429, @statuses), 15, 'the other 15 get 429';

    my $pending = Site::person();
    my $id = $site->register($pending)->{json}{id};
    my $code = $site->code_of(Site::e164($pending));
    @statuses =
        at_once($site, "/user/$id/verify", map { sprintf 'code=%06d', ($code + $_) % 1e6 } 1 .. 12);
    is count(422, @statuses), 6, '12 parallel wrong codes: 6 are checked';
    is count(429, @statuses), 6, 'the other 6 get 429';
    is $site->api("/user/$id/resend", {})->{status}, 202, 'resend: status 202';
    is $site->api("/user/$id/verify", { code => $site->code_of(Site::e164($pending)) })->{status},
        429, 'a new code does not reset the counter of verify/user';
    is $site->api("/user/$id/resend", {})->{status}, 202, 'third text to the number: status 202';
    is $site->api("/user/$id/resend", {})->{status}, 429, 'fourth text to the number: status 429';

    my $racer = Site::person();
    my $form = "username=racer&password=correct+horse&smsmobile=07700900333";
    @statuses = at_once($site, '/user', ($form) x 12);
    is count(201, @statuses) >= 1, 1,
        '12 parallel registrations of one name: at least one succeeds';
    is_deeply [grep { !/^(201|409|429)$/ } @statuses], [], 'each returns 201, 409 or 429';

    my $winner = $site->signup;
    my $other = Site::person();
    $id = $site->register($other)->{json}{id};
    $code = $site->code_of(Site::e164($other));
    @statuses = at_once($site, "/user/$id/verify", ("code=$code") x 6);
    is count(200, @statuses), 1, '6 parallel requests with the right code: one returns 200';
    is count(409, @statuses), 5, 'the other 5 return 409';

    # An address without a login of the account reaches the limit of the username.
    my $owner = $site->signup;
    my $stranger = Client->new($site->httpd->port, from => '127.0.0.7');
    my %guess = (username => $owner->{username}, password => 'guess');
    is $stranger->json_post('/app_api/authenticate', \%guess)->{status}, 401,
        'unknown address, wrong password: status 401' for 1 .. 5;
    is $stranger->json_post('/app_api/authenticate', \%guess)->{status}, 429,
        'unknown address, limit reached: status 429';
    is $site->login($owner)->{status}, 200,
        'the owner logs in from her known address';
    is $stranger->json_post('/app_api/authenticate', \%guess)->{status}, 429,
        'that login does not reset the counter of the unknown address';
    is $site->api('/authenticate', \%guess)->{status}, 401,
        'known address, wrong password: status 401' for 1 .. 5;
    is $site->login($owner)->{status}, 429, 'the known address has its own limit';
    unlike $site->sql('SELECT key FROM authsms_addresses'), qr/127\.0|user/,
        'addresses and usernames are stored only as digests';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { limits(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
