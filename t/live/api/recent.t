# SPDX-License-Identifier: Apache-2.0
# Routes that need a recent proof of identity: a login of the last five minutes, or the password.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;
use Token;

sub with { return ('Authorization', $_[0]) }

# The code word of an export with this token and body; 'ok' for 200.
sub outcome {
    my ($site, $token, $data) = @_;
    my @codes = map {
        my $r = $site->client->$_('/app_api/users/export', $data // {}, with($token));
        $r->{status} == 200 ? 'ok' : $r->{json}{code} // "status $r->{status}";
    } qw(json_post form_post);
    return $codes[0] eq $codes[1] ? $codes[0] : "@codes";
}

sub checks {
    my (%o) = @_;
    my $site = Site->new(%o, server => "AuthSMSLimit login/user 6/15m\n")->start;
    my $person = $site->signup;
    my %claims = %{ Token::claims($person->{token}) };
    # The same token with other claims.
    my $token = sub {
        my (%other) = @_;
        my %all = (%claims, %other);
        delete @all{ grep { !defined $all{$_} } keys %all };
        return 'JWT ' . Token::make($site->key, \%all);
    };
    my $old = $token->(auth_time => time - 310);
    my %right = (password => $person->{password});

    is outcome($site, $person->{token}), 'ok', 'a recent login';
    is outcome($site, $token->(auth_time => time - 290)), 'ok', 'a login of 290 s ago';
    is outcome($site, $token->(auth_time => $_->[0])), 'confirmation_required', $_->[1]
        for [time - 310, 'a login of 310 s ago'], [time + 300, 'a login in the future'],
        [undef, 'no auth_time'], ["" . time, 'auth_time as a string'], [-1, 'a negative auth_time'],
        [1e300, 'auth_time 1e300'];
    is outcome($site, $old, \%right), 'ok', 'an old login and the password';
    is outcome($site, $old, { password => '' }), 'confirmation_required',
        'an empty password is none';
    is $site->api('/users/export', { password => 1 }, with($person->{token}))->{status}, 400,
        'a password that is not a string: 400';
    is outcome($site, $person->{token}, { password => 'wrong' }), 'wrong_password',
        'a recent login and a wrong password';
    is outcome($site, $old, { password => 'wrong' }), 'wrong_password',
        'an old login and a wrong password';
    is outcome($site, $old, \%right), 'ok', 'the right password clears the count';
    is outcome($site, $old, { password => 'wrong' }), 'wrong_password', "six wrong passwords"
        for 1 .. 3;
    is outcome($site, $old, \%right), 'rate_limited', 'then also the right one is refused';
    is $site->login($person)->{json}{code}, 'rate_limited', 'and a login: they have one count';
    $site->sql('DELETE FROM authsms_limits');

    my $mfa = [qw(pwd sms mfa)];
    $site->sql("UPDATE authsms_users SET sms_factor = 1 WHERE id = '$person->{id}'");
    is outcome($site, $person->{token}), 'confirmation_required',
        'second factor: a recent login without it';
    is outcome($site, $person->{token}, \%right), 'confirmation_required',
        'second factor: the password does not replace it';
    is outcome($site, $person->{token}, { password => 'wrong' }), 'wrong_password',
        'second factor: a wrong password';
    is outcome($site, $token->(amr => $mfa)), 'ok', 'second factor: a recent login with it';
    is outcome($site, $token->(amr => $mfa, auth_time => time - 310)), 'confirmation_required',
        'second factor: an old login with it';
    is outcome($site, $token->(amr => $_)), 'confirmation_required', 'second factor: an odd amr'
        for 'mfa', [], ['mfax'], [['mfa']], { mfa => 1 };

    is $site->api('/users/export', {})->{json}{code}, 'no_token', 'no token';
    is $site->api('/users/export', {}, with('JWT rubbish'))->{json}{code}, 'invalid_token',
        'a bad token';
    is $site->api('/users/export', {}, with($token->(exp => time - 1)))->{json}{code},
        'expired_token', 'an expired token';
    $site->stop;
    return;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { checks(driver => $driver, pg => $pg) };
}
$pg->stop if $pg;
done_testing;
