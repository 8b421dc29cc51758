# SPDX-License-Identifier: Apache-2.0
# Modes of the SQLite file, -wal and -shm: only httpd's user can read them, and the directory's
# group where it can read the directory.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl ();
use Httpd;
use Site;
use Test::More;

sub modes {
    my ($site) = @_;
    my $file = $site->httpd->dir . '/db/users.db';
    return join ' ', map { -e $_ ? sprintf '%04o', (stat $_)[2] & 07777 : 'missing' } $file,
        "$file-wal", "$file-shm";
}

umask 0022;
for (
    [0700, '0600 0600 0600'], [0750, '0640 0640 0640'], [0755, "0640 0640 0640"],
    [0705, "0600 0600 0600"], [0730, '0600 0600 0600']
) {
    my ($mode, $wanted) = @$_;
    my $name = sprintf 'in a directory of mode %04o', $mode;
    my $site = Site->new(children => 2);
    my $folder = $site->httpd->dir . '/db';
    chmod $mode, $folder or die "chmod: $!";
    $site->start;
    ok $site->signup, "$name: an account";
    is modes($site), $wanted, 'modes of the three files';
    my ($code, $said) = $site->httpd->configtest;
    my $warning = qr/DBDParams[ ]\Q$folder\E.*every[ ]local[ ]user[ ]can[ ]read[ ]the[ ]directory
        [ ]\Q$folder\E[ ].*chmod[ ]750[ ]\Q$folder\E/x;
    $mode & 05 ? like($said, $warning, 'configtest warns') : unlike($said, $warning, 'no warning');
    $site->stop;
}

SKIP: {
    skip 'not root', 2 if $>;
    my $site = Site->new(children => 1);
    chown -1, (getgrnam 'games')[2], $site->httpd->dir . '/db';
    $site->start;
    ok $site->signup, "in a directory of a group that httpd's user is not in: an account";
    is modes($site), '0600 0600 0600', 'only httpd\'s user can read them';
    $site->stop;
}

{
    my $site = Site->new(children => 1);
    my $file = $site->httpd->dir . '/db/users.db';
    my ($code, $out) =
        Authsmsctl::run($site, '--driver', 'sqlite3', '--params', $file, qw(schema create));
    is $code, 0, 'authsmsctl creates the tables' or diag $out;
    is sprintf('%04o', (stat $file)[2] & 07777), '0640', 'the same mode';
    $site->start;
    ok $site->signup, 'httpd can write to them';
    is modes($site), '0640 0640 0640', 'modes of the three files';
    $site->stop;
}
# Hosts that share a file, and hosts with a file of their own.
{
    my $httpd = Httpd->new;
    my $dir = $httpd->dir;
    $httpd->write('key', 'hex:' . '0123456789abcdef' x 4, 0600);
    my $api = "<Location /app_api>\nAuthSMSApi On\nRequire all granted\n</Location>\n";
    my $hosts = '';
    for my $port (1 .. 4) {
        my $folder = "$dir/" . ($port < 4 ? 'shared' : 'own');
        -d $folder or mkdir $folder or die "mkdir: $!";
        chown +(getpwnam 'www-data')[2, 3], $folder unless $>;
        chmod 0755, $folder or die "chmod: $!";
        $hosts .= "<VirtualHost *:$port>\nDBDriver sqlite3\nDBDParams $folder/users.db\n"
            . "${api}</VirtualHost>\n";
    }
    my ($code, $out) =
        $httpd->configtest("AuthSMSKey HS256 file:key\nAuthSMSSender log\n$hosts");
    is $code, 0, 'virtual hosts with databases: accepted' or diag $out;
    is_deeply [sort $out =~ /every local user can read the directory (\S+)/g],
        ["$dir/own", "$dir/shared"], 'each directory has one warning';
    $httpd->stop;
}
done_testing;
