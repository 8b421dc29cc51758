# SPDX-License-Identifier: Apache-2.0
# The clock is set back by an hour and ahead by a day: users can log in, and expired tokens and
# counters stay expired.
use strict;
use warnings;
use lib 't/lib';
use ClockOffset;
use ParallelClients;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);
use Token;

my $clock = ClockOffset->new;
plan skip_all => 'no C compiler here' unless $clock;

sub page {
    my ($site, $token) = @_;
    return $site->client->get('/private/', Authorization => $token)->{status};
}

my $site = Site->new(
    children => 1,
    env => $clock->env,
    server => "AuthSMSUserCheck 1s\nAuthSMSLimit login/user 3/15m\nAuthSMSCode resend=30s\n"
        . "AuthSMSLimit register/ip off\nAuthSMSLimit sms/ip off"
)->start;
my $person = $site->signup;
my $claims = Token::claims($person->{token});
my $token = 'JWT ' . Token::make($site->key, { %$claims, iat => time - 7200, exp => time + 7200 });
is page($site, $token), 200, 'before: token accepted';
is $site->login({ %$person, username => 'nobody' })->{status}, $_, 'guesses' for 401, 401, 401, 429;
# Writers wait for each other by a clock that nobody sets.
my $crowd = sub {
    my @register = map {
        my $other = Site::person();
        sub { $_[0]->($site->register($other)->{status}) }
    } 1 .. 12;
    return sort { $a <=> $b } ParallelClients->start(@register)->lines;
};
my $pending = Site::person();
my $id = $site->register($pending)->{json}{id};

$clock->set(-3600);
is_deeply [$crowd->()], [(201) x 12], 'set back by an hour: concurrent registrations succeed';
is page($site, $token), 200, 'set back by an hour: an older token is accepted';
$site->sql("UPDATE authsms_users SET locked = 1 WHERE id = '$person->{id}'");
sleep 1.1;    # AuthSMSUserCheck
is page($site, $token), 401,
    'an account that another server locked is refused within AuthSMSUserCheck';
$site->sql("UPDATE authsms_users SET locked = 0 WHERE id = '$person->{id}'");
is $site->login($person)->{status}, 200, 'login: 200';
my $r = $site->login({ %$person, username => 'nobody' });
is $r->{status}, 429, 'failed logins are still counted';
cmp_ok $r->{headers}{'retry-after'}[0], '<=', 900, 'Retry-After is at most one window';
is $site->api("/user/$id/resend", {})->{status}, 202, '/resend: 202';
is $site->verify($pending, $id)->{status}, 200, 'its code is accepted';

$clock->set(86400);
is page($site, $token), 401, 'a day ahead: the token has expired';
my $later = $site->login($person);
is $later->{status}, 200, 'login: 200';
is page($site, $later->{json}{token}), 200, 'its token is accepted';
is $site->login({ %$person, username => 'nobody' })->{status}, 401, 'the window is over';
$site->stop;
done_testing;
