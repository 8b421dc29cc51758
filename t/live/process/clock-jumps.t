# SPDX-License-Identifier: Apache-2.0
# The clock is set back by an hour and ahead by a day: nobody is locked out, and nothing that has
# ended is valid again.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use File::Temp qw(tempdir);
use Site;
use Test::More;
use Time::HiRes qw(sleep time);
use Token;

my $folder = tempdir('authsms-clock-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $folder;
plan skip_all => 'no C compiler here'
    if system("cc -shared -fPIC -o $folder/clock_offset.so t/lib/clock_offset.c 2>/dev/null");

sub set_clock {
    my ($seconds) = @_;
    open my $out, '>', "$folder/new" or die;
    print $out $seconds;
    close $out;
    chmod 0644, "$folder/new";
    rename "$folder/new", "$folder/offset";
    return;
}

sub page {
    my ($site, $token) = @_;
    return $site->client->get('/private/', Authorization => $token)->{status};
}

set_clock(0);
my $site = Site->new(
    children => 1,
    env => { LD_PRELOAD => "$folder/clock_offset.so", CLOCK_OFFSET => "$folder/offset" },
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

set_clock(-3600);
is_deeply [$crowd->()], [(201) x 12], 'set back by an hour: concurrent registrations succeed';
is page($site, $token), 200, 'set back by an hour: an older token is accepted';
$site->sql("UPDATE authsms_users SET locked = 1 WHERE id = '$person->{id}'");
sleep 1.1;
is page($site, $token), 401,
    'an account that another server locked is refused within AuthSMSUserCheck';
$site->sql("UPDATE authsms_users SET locked = 0 WHERE id = '$person->{id}'");
is $site->login($person)->{status}, 200, 'login: 200';
my $r = $site->login({ %$person, username => 'nobody' });
is $r->{status}, 429, 'failed logins are still counted';
cmp_ok $r->{headers}{'retry-after'}[0], '<=', 900, 'Retry-After is at most one window';
is $site->api("/user/$id/resend", {})->{status}, 202, '/resend: 202';
is $site->verify($pending, $id)->{status}, 200, 'its code is accepted';

set_clock(86400);
is page($site, $token), 401, 'a day ahead: the token has expired';
my $later = $site->login($person);
is $later->{status}, 200, 'login: 200';
is page($site, $later->{json}{token}), 200, 'its token is accepted';
is $site->login({ %$person, username => 'nobody' })->{status}, 401, 'the window is over';
$site->stop;
done_testing;
