# SPDX-License-Identifier: Apache-2.0
# AuthSMSSchema: which server creates the tables, and what is logged when they do not fit.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

sub site {
    my ($mode) = @_;
    return Site->new(
        sender => '', children => 1,
        server => "AuthSMSValidation Off\nAuthSMSSchema $mode"
    );
}

sub sql {
    my ($site, $statement) = @_;
    my $file = $site->httpd->dir . '/db/users.db';
    return scalar `sqlite3 '$file' ".timeout 5000" "$statement"`;
}

sub count { my ($site, $re) = @_; return scalar(() = $site->httpd->error_log =~ /$re/g) }

my $auto = site('auto')->start;
is $auto->register(Site::person())->{status}, 201, 'auto creates the tables';
is_deeply [sort split ' ', sql($auto, "SELECT name FROM sqlite_master WHERE type='table'")],
    [
    map { "authsms_$_" }
        qw(addresses challenges codes conversions invitations jobs limits outbox
        resets roles schema sessions users)
    ],
    'all tables have the prefix authsms_';
my $dump = sql($auto, '.schema');
chomp(my $version = sql($auto, 'SELECT version FROM authsms_schema'));
my $owner = (stat $auto->httpd->dir . '/db/users.db')[4];
is $owner, scalar getpwnam('www-data'), 'the file belongs to httpd\'s user';
my ($site) = ($auto);
sql($site, 'UPDATE authsms_schema SET version = 99');
$site->httpd->graceful;
is $site->register(Site::person())->{status}, 201,
    'newer tables that allow this module: 201';
sql($site, 'UPDATE authsms_schema SET min_module = 99');
$site->httpd->graceful;
is $site->register(Site::person())->{status}, 503, 'tables that need a newer module: 503' for 1, 2;
ok count($site, 'have version 99 and need a module of version 99'), 'the cause is logged';
sql($site, 'UPDATE authsms_schema SET min_module = 100');
is $site->register(Site::person())->{status}, 503, 'tables that need a still newer module: 503'
    for 1, 2;
is count($site, 'need a module of version 100'), 1, 'logged once more';
sql($site, 'DELETE FROM authsms_schema');
is $site->register(Site::person())->{status}, 503, 'tables without a version: 503' for 1, 2;
is count($site, 'AuthSMSSchema auto: authsms_schema has no row'), 1, 'logged once';
my $insert = qr/INSERT INTO authsms_schema \(version, min_module\) VALUES \(\d+, \d+\)/;
my ($remedy) = $site->httpd->error_log =~ /($insert)/;
sql($site, $remedy // 'SELECT 1');
is $site->register(Site::person())->{status}, 201, 'with the row: 201 without a restart';
sql($site, "UPDATE authsms_schema SET version = $version, min_module = $version");
is $site->register(Site::person())->{status}, 201, 'with tables that fit: 201 without a restart';
$site->httpd->expect_log(qr/need a module of version (?:99|100)|authsms_schema has no row/);
$auto->stop;

my $check = site('check')->start;
is $check->register(Site::person())->{status}, 503, 'check: without tables the API is not available'
    for 1 .. 3;
is count($check, 'AuthSMSSchema check: the tables have version 0'), 1, 'logged once';
is sql($check, "SELECT count(*) FROM sqlite_master"), "0\n", 'no table is created';
$check->httpd->expect_log(qr/AuthSMSSchema check/);
sql($check, $_) for $dump =~ /([^;]+;)/g;
sql($check, "INSERT INTO authsms_schema (version) VALUES ($version)");
is $check->register(Site::person())->{status}, 201,
    'tables created by an administrator: 201 without a restart';
$check->stop;

subtest 'said in a virtual host, on a database that is named outside' => sub {
    my $site = Site->new(sender => '', key => '', children => 1);
    my ($api) = $site->httpd->{conf} =~ m{(<Location "/app_api">.*?</Location>)}s;
    my $host = "<VirtualHost *>\nAuthSMSKey HS256 file:key\nAuthSMSValidation Off\n"
        . "AuthSMSSchema check\n$api\n</VirtualHost>\n";
    $site->httpd->{conf} =~ s{AuthSMSPasswordHash.*}{$host}s;
    $site->start;
    is $site->register(Site::person())->{status}, 503, 'check applies to that host: 503';
    is sql($site, 'SELECT count(*) FROM sqlite_master'), "0\n", 'no table is created';
    is count($site, 'AuthSMSSchema check: the tables have version 0'), 1, 'it is logged';
    $site->httpd->expect_log(qr/AuthSMSSchema check/);
    $site->stop;
};
done_testing;
