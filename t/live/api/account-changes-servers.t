# SPDX-License-Identifier: Apache-2.0
# Three servers with one PostgreSQL: a password change, reset, deletion or number change on one of
# them ends what it must on the others within AuthSMSUserCheck.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP ();
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);
use Token;

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $pg = Postgres->new;
my $params = $pg->create_database;
my $database = $pg->{name};
my @sites = map {
    Site->new(
        driver => 'pgsql', pg => $pg, params => $params, children => 2,
        server => "AuthSMSLimit * off\nAuthSMSCode resend=0\nAuthSMSUserCheck 1s\n"
            . "AuthSMSRequireClaims none"
    )
} 1 .. 3;
my $key = 'hex:' . unpack('H*', $sites[0]->key) . "\n";
for my $site (@sites) {
    $site->httpd->write('key', $key, 0600);
    $site->{database} = $database;
    $site->start;
}
my $bystander = $sites[0]->signup;

sub with { return ('Authorization', $_[0]) }

# What a server says about a token, with the guard and the API, whichever child is asked.
sub statuses {
    my ($site, $token) = @_;
    my %seen = map { $site->client->get('/private/', with($token))->{status} => 1 } 1 .. 8;
    my $api = $site->client->get('/app_api/users', with($token))->{status};
    return join ' ', $api, sort keys %seen;
}

sub login_statuses {
    my ($person) = @_;
    return join ' ', map { $_->login($person)->{status} } @sites;
}

sub refresh {
    my ($site, $login) = @_;
    return $site->api('/token', { refresh_token => $login->{refresh_token} });
}

# A person with a session from each server and a token without a session; every server knows them
# all.
sub make_person {
    my $person = $sites[0]->signup;
    $person->{logins} = [map { $_->login($person)->{json} } @sites];
    $person->{bare} =
        'JWT ' . Token::make($sites[0]->key, { id => $person->{id}, iat => time - 10 });
    for my $site (@sites) {
        is statuses($site, $_), '200 200', 'before: 200'
            for $person->{bare}, map { $_->{token} } @{ $person->{logins} };
    }
    return $person;
}

# The code that one of the servers sent to a number.
sub code_for {
    my ($number, $words) = @_;
    my $end = time + 20;
    while (time < $end) {
        for my $site (@sites) {
            return $1 if $site->httpd->error_log =~ /SMS to \Q$number\E: [^\n]*$words is (\d+)/;
        }
        sleep 0.05;
    }
    die "no code for $number";
}

# After the change on server $at: what ends, what stays, and the sessions of others. The server of
# the change knows at once, the others after AuthSMSUserCheck.
sub check_servers {
    my ($at, $ended, $kept) = @_;
    my @order = (
        [$sites[$at], 'the server of the change, at once'],
        map { [$sites[$_], "server $_"] } grep { $_ != $at } 0 .. $#sites
    );
    for my $i (0 .. $#order) {
        my ($site, $name) = @{ $order[$i] };
        sleep 1.2 if $i == 1;    # AuthSMSUserCheck
        is statuses($site, $ended->{$_}), '401 401', "$name: $_: 401" for sort keys %$ended;
        is statuses($site, $kept->{$_}), '200 200', "$name: $_: 200" for sort keys %$kept;
        is statuses($site, $bystander->{token}), '200 200', "$name: another account: 200";
    }
    return;
}

# Refresh tokens by turns on all servers; the one of the change is asked last.
sub check_refresh_tokens {
    my ($at, $code, @logins) = @_;
    for my $i (0 .. $#logins) {
        my $site = $sites[($at + 1 + $i) % @sites];
        is refresh($site, $logins[$i])->{json}{code}, $code,
            "refresh token $i: " . ($code // 'accepted');
    }
    return;
}

subtest 'password change' => sub {
    my $person = make_person();
    my ($own, @others) = @{ $person->{logins} };
    my $r = $sites[0]->api(
        '/users/password',
        { password => $person->{password}, newPassword => 'another password' },
        with($own->{token})
    );
    is $r->{status}, 200, 'change on server 0: 200' or diag $r->{raw};
    is login_statuses($person), '401 401 401', 'the old password is refused by all, at once';
    check_refresh_tokens(0, 'invalid_token', @others);
    check_servers(
        0,
        {
            'another session' => $others[0]{token}, 'a third session' => $others[1]{token},
            'a token without a session' => $person->{bare}
        },
        { 'the session of the change' => $own->{token} }
    );
    check_refresh_tokens(0, undef, $own);
    is login_statuses({ %$person, password => 'another password' }), '200 200 200',
        'the new password logs in on all';
};

subtest 'password reset' => sub {
    my $person = make_person();
    my @logins = @{ $person->{logins} };
    is $sites[1]->api('/password/forgot', { username => $person->{username} })->{status}, 202,
        'the code is requested on server 1: 202';
    my $r = $sites[2]->api(
        '/password/reset',
        {
            username => $person->{username}, password => 'another password',
            code => code_for(Site::e164($person), 'new password')
        }
    );
    is $r->{status}, 200, 'reset on server 2: 200' or diag $r->{raw};
    is login_statuses($person), '401 401 401', 'the old password is refused by all, at once';
    check_refresh_tokens(2, 'invalid_token', @logins);
    check_servers(
        2,
        {
            'a token without a session' => $person->{bare},
            map { ("session $_" => $logins[$_]{token}) } 0 .. $#logins
        },
        {}
    );
    is login_statuses({ %$person, password => 'another password' }), '200 200 200',
        'the new password logs in on all';
};

subtest 'number change' => sub {
    my $person = make_person();
    my @logins = @{ $person->{logins} };
    my %kept = (
        'a token without a session' => $person->{bare},
        map { ("session $_" => $logins[$_]{token}) } 0 .. $#logins
    );
    my $new = '07700 800001';
    my $r = $sites[0]->client->request(
        'PATCH', '/app_api/users',
        ['Content-Type' => 'application/json', with($logins[0]{token})],
        JSON::PP::encode_json({ smsmobile => $new, password => $person->{password} })
    );
    is $r->{status}, 202, 'the code is requested on server 0: 202' or diag $r->{raw};
    $r = $sites[1]->api(
        '/users/verify', { code => code_for('+447700800001', 'confirm this number') },
        with($logins[1]{token})
    );
    is $r->{status}, 200, 'verified on server 1: 200' or diag $r->{raw};
    check_servers(1, {}, \%kept);
    for my $i (0 .. $#sites) {
        my $shown = $sites[$i]->client->get('/app_api/users', with($logins[$i]{token}));
        is $shown->{json}{msg}{smsmobile}, $new, "server $i: the new number";
    }
    check_refresh_tokens(1, undef, @logins);
    is login_statuses($person), '200 200 200', 'the password logs in on all';
};

subtest 'deletion' => sub {
    my $person = make_person();
    my @logins = @{ $person->{logins} };
    my $r = $sites[1]->api(
        '/users/delete', { password => $person->{password} },
        with($logins[0]{token})
    );
    is $r->{status}, 200, 'deletion on server 1: 200' or diag $r->{raw};
    is login_statuses($person), '401 401 401', 'no login on any, at once';
    check_refresh_tokens(1, 'invalid_token', @logins);
    check_servers(
        1,
        {
            'a token without a session' => $person->{bare},
            map { ("session $_" => $logins[$_]{token}) } 0 .. $#logins
        },
        {}
    );
};

$_->stop for @sites;
$pg->stop;
done_testing;
