# SPDX-License-Identifier: Apache-2.0
# Limits of addresses count an IPv6 client by its /64, and by its /48 with ten times the count.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;

plan skip_all => 'no mod_remoteip' unless -e "$Httpd::libexec/mod_remoteip.so";

sub limits {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        server => "LoadModule remoteip_module $Httpd::libexec/mod_remoteip.so\n"
            . "RemoteIPHeader X-Client\nRemoteIPInternalProxy 127.0.0.1\n"
            . "AuthSMSLimit * off\nAuthSMSLimit login/ip 2/1h\nAuthSMSLimit register/ip 2/1h\n"
            . "AuthSMSLimit sms/ip 3/1h\n"
    )->start;
    my $login = sub {
        my ($from) = @_;
        return $site->api(
            '/authenticate', { username => 'nobody', password => 'guess' },
            'X-Client' => $from
        )->{status};
    };
    my $register = sub {
        my ($from) = @_;
        return $site->api('/user', Site::person(), 'X-Client' => $from)->{status};
    };
    is $login->("2001:db8:1:1::$_"), 401, 'two logins from a /64: 401' for 1, 2;
    is $login->('2001:db8:1:1::3'), 429, 'the third one: 429';
    is $login->("2001:db8:1:$_"), 401, 'logins from other networks of the /48: 401'
        for map { ("${_}::1", "${_}::2") } 2 .. 10;
    is $login->('2001:db8:1:b::1'), 429, '20 logins from the /48: the next one gets 429';
    is $site->sql("SELECT count(*) FROM authsms_limits WHERE name = 'login/ip' AND hits = 0"), 1,
        'which does not count for its /64';
    is $login->('2001:db8:2:1::1'), 401, 'another /48 is not affected';
    is $login->('::ffff:192.0.2.7'), 401, 'IPv4, mapped into IPv6: 401' for 1, 2;
    is $login->('192.0.2.7'), 429, 'is counted as IPv4';
    is $login->('192.0.2.8'), 401, 'and by the address alone';

    is $register->("2001:db8:1:$_"), 201, 'registrations from a /48: 201'
        for map { ("${_}::1", "${_}::2") } 1 .. 10;
    is $register->('2001:db8:1:f::1'), 429, '20 registrations from the /48: the next one gets 429';
    is $site->sql("SELECT max(hits) FROM authsms_limits WHERE name = 'sms/ip'"), 20,
        'texts are counted by the /48 too';
    $site->stop;
    return;
}

subtest 'SQLite' => sub { limits() };
subtest 'PostgreSQL' => sub {
    plan skip_all => 'no PostgreSQL' unless Postgres::available();
    limits(driver => 'pgsql');
};
done_testing;
