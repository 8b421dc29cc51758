# SPDX-License-Identifier: Apache-2.0
# The ends of a session with refresh tokens: idle, AuthSMSRefreshTTL after the login, and a clock
# that is set back.
use strict;
use warnings;
use lib 't/lib';
use ClockOffset;
use Site;
use Test::More;

my $clock = ClockOffset->new;
plan skip_all => 'no C compiler here' unless $clock;

sub page {
    my ($site, $token) = @_;
    return $site->client->get('/private/', Authorization => $token)->{status};
}
sub refresh {
    my ($site, $token) = @_;
    my $r = $site->api('/token', { refresh_token => $token });
    return $r->{json} if $r->{status} == 200;
    return { error => "$r->{status} $r->{json}{code}" };
}

sub start {
    my ($ttl) = @_;
    $clock->set(0);
    return Site->new(
        children => 1, env => $clock->env,
        server => "AuthSMSUserCheck always\nAuthSMSTokenTTL 10m\nAuthSMSRefreshTTL $ttl"
    )->start;
}
my $minute = 60;

my $site = start('3h idle=2h');
my $person = $site->signup;
my $first = $site->login($person)->{json};
$clock->set(90 * $minute);
is page($site, $first->{token}), 401, 'after 1 h 30: the token has expired';
my $second = refresh($site, $first->{refresh_token});
is $second->{expires_in}, 600, 'refreshed';
is page($site, $second->{token}), 200, 'its token: 200';
$clock->set(179 * $minute);
my $third = refresh($site, $second->{refresh_token});
is $third->{expires_in}, 600, 'a minute before the end of AuthSMSRefreshTTL: refreshed';
$clock->set(181 * $minute);
is refresh($site, $third->{refresh_token})->{error}, '401 invalid_token',
    'a minute after it: 401';
is page($site, $third->{token}), 200, 'the last token: valid until it expires';
$clock->set(190 * $minute);
is page($site, $third->{token}), 401, 'then it has expired';

$first = $site->login($person)->{json};
$clock->set((190 + 119) * $minute);
$second = refresh($site, $first->{refresh_token});
is $second->{expires_in}, 600, 'idle for a minute less than idle=: refreshed';
$first = $site->login($person)->{json};
$clock->set((190 + 119 + 121) * $minute);
is refresh($site, $_->{refresh_token})->{error}, '401 invalid_token', 'idle for longer: 401'
    for $first, $second;

# Set back by a day.
$first = $site->login($person)->{json};
$second = refresh($site, $first->{refresh_token});
$clock->set(-1440 * $minute);
$third = refresh($site, $second->{refresh_token});
is $third->{expires_in}, 600, 'the clock is set back: refreshed';
is page($site, $third->{token}), 200, 'its token: 200';
is refresh($site, $second->{refresh_token})->{refresh_token}, $third->{refresh_token},
    'repeated: the same successor';
$clock->set(-2880 * $minute);
$site->httpd->expect_log(qr/spent refresh token/);
is refresh($site, $second->{refresh_token})->{error}, '401 invalid_token',
    'a spent token after another jump: 401';
is refresh($site, $third->{refresh_token})->{error}, '401 invalid_token', 'the session is ended';
$site->stop;

# idle= below the lifetime of tokens.
$site = start('1h idle=5m');
$person = $site->signup;
$first = $site->login($person)->{json};
is $first->{expires_in}, 300, 'idle= shorter than AuthSMSTokenTTL: the token ends with the session';
$clock->set(4 * $minute);
is page($site, $first->{token}), 200, 'before: 200';
$second = refresh($site, $first->{refresh_token});
is $second->{expires_in}, 300, 'refreshed';
$clock->set(8 * $minute);
is page($site, $second->{token}), 200, 'after the first end: 200';
$clock->set(9 * $minute + 5);
is page($site, $second->{token}), 401, 'idle: 401';
is refresh($site, $second->{refresh_token})->{error}, '401 invalid_token', 'idle: no refresh';
$site->stop;
done_testing;
