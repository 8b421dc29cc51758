# SPDX-License-Identifier: Apache-2.0
# The counters of login/user: which requests use which counter, and usernames that no account can
# have.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Client;
use Postgres;
use Site;
use Test::More;

my $wrong = 'a wrong guess';

sub statuses {
    my ($n, $code) = @_;
    return join ' ', map { $code->()->{status} } 1 .. $n;
}

sub counters {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        server => "AuthSMSLimit login/user 3/1h\nAuthSMSLimit login/ip off\n"
            . "AuthSMSLimit register/ip off\nAuthSMSCode resend=0"
    )->start;
    my $stranger = Client->new($site->httpd->port, from => '127.0.0.7');
    my $guess = sub {
        my ($from, $name) = @_;
        return $from->json_post('/app_api/authenticate', { username => $name, password => $wrong });
    };

    # An address from which the account logged in has its own counter. Its key must not be a name.
    my $bob = $site->signup;
    is statuses(4, sub { $guess->($stranger, "127.0.0.1 $bob->{username}") }), '401 401 401 429',
        'a stranger spends the count of a name that reads like address and name';
    is $site->login($bob)->{status}, 200, 'the owner does not notice';
    is statuses(4, sub { $guess->($site->client, $bob->{username}) }), '401 401 401 429',
        'guesses from his address';
    my $dave = $site->signup;
    is statuses(4, sub { $guess->($site->client, $dave->{username}) }), '401 401 401 429',
        'the address of another account';
    $site->signup(username => "127.0.0.1 $dave->{username}");
    is $site->login($dave)->{status}, 429,
        'a login of an account with such a name does not clear its count';

    # POST /user.
    my $owner = $site->signup;
    my $pending = Site::person();
    $site->register($pending);
    my %seen = map {
        my ($kind, $person) = @$_;
        $kind => statuses(
            5,
            sub { $stranger->json_post('/app_api/user', { %$person, password => "$wrong 2" }) }
        )
    } [verified => $owner], [pending => $pending];
    is $seen{pending}, '409 409 409 429 429', 'a pending name registered by a stranger';
    is $seen{verified}, $seen{pending}, 'a verified name does the same';
    is statuses(5, sub { $guess->($stranger, $pending->{username}) }), '401 401 401 429 429',
        'that spent no login of the one';
    my $other = Client->new($site->httpd->port, from => '127.0.0.8');
    is statuses(5, sub { $guess->($other, $owner->{username}) }), '401 401 401 429 429',
        'nor of the other';

    # Names over 64 code points.
    my $carol = $site->signup(username => 'carol');
    my $hidden = 'carol' . "\x{ad}" x 60;
    is $site->login({ %$carol, username => substr($hidden, 0, 64) })->{status}, 200,
        '64 code points fold to the name of an account';
    is $site->login({ %$carol, username => $hidden })->{status}, 401,
        '65 are a name that no account has';
    is statuses(3, sub { $guess->($site->client, $hidden) }), '401 401 429',
        'each such name is counted';
    is $site->login($carol)->{status}, 200, 'which spends no login of the account';
    is $site->login({ %$carol, username => 'x' x 15_000 })->{status}, 401,
        'another one has its own count';
    is $site->login({ %$carol, username => ('é' x 64) })->{status}, 401,
        'code points are counted, not bytes';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { counters(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
