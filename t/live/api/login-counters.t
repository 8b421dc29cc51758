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
        'an unknown address reaches the limit of the name "ADDRESS USERNAME"';
    is $site->login($bob)->{status}, 200, 'the owner still logs in from his known address';
    is statuses(4, sub { $guess->($site->client, $bob->{username}) }), '401 401 401 429',
        'wrong passwords from the known address reach its own limit';
    my $dave = $site->signup;
    is statuses(4, sub { $guess->($site->client, $dave->{username}) }), '401 401 401 429',
        'wrong passwords from the known address of another account reach its limit';
    $site->signup(username => "127.0.0.1 $dave->{username}");
    is $site->login($dave)->{status}, 429,
        'a login of an account named "ADDRESS USERNAME" does not reset the counter of the address';

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
    is $seen{pending}, '409 409 409 429 429',
        'POST /user with the name of a pending account: 409, then 429';
    is $seen{verified}, $seen{pending}, 'the name of a verified account: the same statuses';
    is statuses(5, sub { $guess->($stranger, $pending->{username}) }), '401 401 401 429 429',
        'POST /user does not use the login counter of the pending account';
    my $other = Client->new($site->httpd->port, from => '127.0.0.8');
    is statuses(5, sub { $guess->($other, $owner->{username}) }), '401 401 401 429 429',
        'nor the login counter of the verified account';

    # Usernames over 64 code points belong to no account.
    my $carol = $site->signup(username => 'carol');
    my $hidden = 'carol' . "\x{ad}" x 60;
    is $site->login({ %$carol, username => substr($hidden, 0, 64) })->{status}, 200,
        '64 code points that fold to a username: login succeeds';
    is $site->login({ %$carol, username => $hidden })->{status}, 401,
        '65 code points that fold to a username: status 401';
    is statuses(3, sub { $guess->($site->client, $hidden) }), '401 401 429',
        'logins with an overlong username are limited';
    is $site->login($carol)->{status}, 200, 'they do not use the login counter of the account';
    is $site->login({ %$carol, username => 'x' x 15_000 })->{status}, 401,
        'another overlong username has its own counter';
    is $site->login({ %$carol, username => ('é' x 64) })->{status}, 401,
        'the maximum is 64 code points, not bytes';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { counters(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
