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
    return map { $site->client->parse($site->client->read_all($_))->{status} // 0 } @sockets;
}

sub count {
    my ($wanted, @all) = @_;
    return scalar grep { $_ == $wanted } @all;
}

# Each refusal names its limit at info; the first of a minute in each child at warn. Never whose it
# is.
sub spent_is_logged {
    my ($site, $person, $wrong) = @_;
    my $refused = 1 + count(429, map { $site->api('/authenticate', $wrong)->{status} } 1 .. 3);
    my @lines = grep { /AuthSMSLimit login\/user is exceeded \(5 in 3 s\)/ } split /\n/,
        $site->httpd->error_log;
    my %warned;
    $warned{$_}++ for map { /:warn\] \[pid (\d+)/ ? $1 : () } @lines;
    is scalar(@lines), $refused, 'a line for each refusal';
    cmp_ok scalar(keys %warned), '>=', 1, 'with a warning';
    is_deeply [grep { $_ != 1 } values %warned], [], 'of which each child has one';
    is scalar(grep { /:info\]/ } @lines), $refused - keys %warned, 'the others at info';
    unlike "@lines", qr/\Q$person->{username}\E|\+44/i, 'without a name or number';
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
    is $site->api('/authenticate', $wrong)->{status}, 401, 'wrong' for 1 .. 4;
    is $site->login($person)->{status}, 200, 'right, which clears the count';
    is $site->api('/authenticate', $wrong)->{status}, 401, 'wrong again' for 1 .. 5;
    my $r = $site->login($person);
    is $r->{status}, 429, 'spent: even the right password waits';
    is $r->{json}{code}, 'rate_limited', 'its word';
    like $r->{headers}{'retry-after'}[0], qr/^[123]$/, 'how long';
    spent_is_logged($site, $person, $wrong);
    sleep 3.1;
    is $site->login($person)->{status}, 200, 'until the window ends';

    my @statuses = at_once($site, '/authenticate', ('username=nobody&password=guess') x 20);
    is count(401, @statuses), 5, 'of 20 at once five are looked at, for a name that nobody has too';
    is count(429, @statuses), 15, 'the others wait';

    my $pending = Site::person();
    my $id = $site->register($pending)->{json}{id};
    my $code = $site->code_of(Site::e164($pending));
    @statuses =
        at_once($site, "/user/$id/verify", map { sprintf 'code=%06d', ($code + $_) % 1e6 } 1 .. 12);
    is count(422, @statuses), 6, 'six wrong codes are looked at';
    is count(429, @statuses), 6, 'no more';
    is $site->api("/user/$id/resend", {})->{status}, 202, 'another code';
    is $site->api("/user/$id/verify", { code => $site->code_of(Site::e164($pending)) })->{status},
        429, 'does not reset the count';
    is $site->api("/user/$id/resend", {})->{status}, 202, 'a third text';
    is $site->api("/user/$id/resend", {})->{status}, 429, 'a fourth to one number is one too many';

    my $racer = Site::person();
    my $form = "username=racer&password=correct+horse&smsmobile=07700900333";
    @statuses = at_once($site, '/user', ($form) x 12);
    is count(201, @statuses) >= 1, 1, 'of one name registered twelve times at once';
    is_deeply [grep { !/^(201|409|429)$/ } @statuses], [], 'nothing breaks';

    my $winner = $site->signup;
    my $other = Site::person();
    $id = $site->register($other)->{json}{id};
    $code = $site->code_of(Site::e164($other));
    @statuses = at_once($site, "/user/$id/verify", ("code=$code") x 6);
    is count(200, @statuses), 1, 'of right codes at once one wins';
    is count(409, @statuses), 5, 'the others are told';

    # A stranger spends the count of a name.
    my $owner = $site->signup;
    my $stranger = Client->new($site->httpd->port, from => '127.0.0.7');
    my %guess = (username => $owner->{username}, password => 'guess');
    is $stranger->json_post('/app_api/authenticate', \%guess)->{status}, 401, 'a stranger guesses'
        for 1 .. 5;
    is $stranger->json_post('/app_api/authenticate', \%guess)->{status}, 429,
        'until the count is spent';
    is $site->login($owner)->{status}, 200,
        'whom the owner, where she logged in before, does not notice';
    is $stranger->json_post('/app_api/authenticate', \%guess)->{status}, 429,
        'nor does her login give the stranger more guesses';
    is $site->api('/authenticate', \%guess)->{status}, 401, 'her own address has a count'
        for 1 .. 5;
    is $site->login($owner)->{status}, 429, 'of its own';
    unlike $site->sql('SELECT key FROM authsms_addresses'), qr/127\.0|user/,
        'addresses and names are stored as digests only';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { limits(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
