# SPDX-License-Identifier: Apache-2.0
# An SQLite database that httpd's user cannot write: configtest, the start and the log name the
# fault and the remedy.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;

plan skip_all => 'needs root and www-data' if $> || !getpwnam 'www-data';

my $httpd = Httpd->new;
my $dir = $httpd->dir;
$httpd->write('key', 'hex:' . '0123456789abcdef' x 4, 0600);
my $api = "<Location /app_api>\nAuthSMSApi On\nRequire all granted\n</Location>\n";
my $conf = sub {
    "DBDriver sqlite3\nDBDParams $_[0]\nAuthSMSKey HS256 file:key\nAuthSMSSender log\n"
        . ($_[1] // $api);
};
my $install = sub { qr/install -d -o www-data -g www-data -m 750 \Q$_[0]\E(?=[\s,])/ };

sub refused {
    my ($name, $path, @says) = @_;
    my ($code, $out) = $httpd->configtest($conf->($path));
    isnt $code, 0, "$name: configtest fails";
    like $out, $_, 'and says so' for qr/DBDParams \Q$path\E: /, @says;
    like $out, qr/www-data/, 'for whom';
}

sub taken {
    my ($name, @conf) = @_;
    my ($code, $out) = $httpd->configtest($conf->(@conf));
    is $code, 0, "$name: configtest passes" or diag $out;
}

refused 'no directory', "$dir/data/users.db", qr{the directory \Q$dir\E/data does not exist},
    $install->("$dir/data");
mkdir "$dir/data" or die $!;
chmod 0755, "$dir/data";
refused "root's directory", "$dir/data/users.db",
    qr{user www-data cannot write to the directory \Q$dir\E/data}, $install->("$dir/data");
refused "the system's directory", '/usr/users.db',
    qr{cannot write to the directory /usr: make one of its own}, $install->('/usr/authsms'),
    qr{DBDParams /usr/authsms/users\.db};
refused 'a file in its place', "$dir/key/users.db", qr{the directory \Q$dir\E/key does not exist};

# What the message says to type is the cure.
my (undef, $out) = $httpd->configtest($conf->("$dir/data/users.db"));
my ($cure) = $out =~ /(install -d .*)/;
is system('sh', '-c', $cure), 0, 'the cure runs';
taken 'cured', "$dir/data/users.db";
$httpd->write('data/users.db', '', 0644);
refused "root's file", "$dir/data/users.db", qr{chown www-data:www-data \Q$dir\E/data/users\.db\*};
chown +(getpwnam 'www-data')[2, 3], "$dir/data/users.db";
taken 'its own file', "$dir/data/users.db";
chown 0, (getpwnam 'www-data')[3], "$dir/data";
chmod 0770, "$dir/data";
taken "its group's directory", "$dir/data/users.db";

my $guard =
      "<Location /p>\nAuthType JWT\nAuthName p\nRequire valid-user\nAuthSMSUserCheck off\n"
    . "</Location>\n";
taken 'a guard that needs no database', "$dir/nowhere/users.db", $guard;

# A directory that goes away under a running httpd is in the log of the next child.
my $site = Site->new(children => 1);
my $folder = $site->httpd->dir . '/db';
$site->start;
is $site->client->get('/app_api/')->{status}, 200, 'it serves';
rename $folder, "$folder.away" or die $!;
kill 'KILL', $site->httpd->children;
$site->httpd->wait_log(
    qr{DBDParams[ ]\Q$folder\E/users\.db:[ ]the[ ]directory[ ]\Q$folder\E
        [ ]does[ ]not[ ]exist:[ ]install[ ]-d[ ]-o[ ]www-data}x,
    'the fault and its cure'
);
$site->httpd->expect_log(
    qr/\[dbd:|the database (?:cannot be reached|failed)|DBDParams|exit signal Kill|AH01239/);
$site->stop;
$httpd->stop;
done_testing;
