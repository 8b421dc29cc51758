# SPDX-License-Identifier: Apache-2.0
# httpd's user cannot write to the SQLite database: configtest, the start and the log name the cause
# and the remedy.
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
    like $out, $_, "$name: the error matches $_" for qr/DBDParams \Q$path\E: /, @says;
    like $out, qr/www-data/, "$name: the error names the user";
}

sub taken {
    my ($name, @conf) = @_;
    my ($code, $out) = $httpd->configtest($conf->(@conf));
    is $code, 0, "$name: configtest passes" or diag $out;
}

refused 'missing directory', "$dir/data/users.db", qr{the directory \Q$dir\E/data does not exist},
    $install->("$dir/data");
mkdir "$dir/data" or die $!;
chmod 0755, "$dir/data";
refused 'directory of root', "$dir/data/users.db",
    qr{user www-data cannot write to the directory \Q$dir\E/data}, $install->("$dir/data");
refused 'directory of the system', '/usr/users.db',
    qr{cannot write to the directory /usr: make one of its own}, $install->('/usr/authsms'),
    qr{DBDParams /usr/authsms/users\.db};
refused 'file instead of a directory', "$dir/key/users.db",
    qr{the directory \Q$dir\E/key does not exist};

# The command in the error fixes it.
my (undef, $out) = $httpd->configtest($conf->("$dir/data/users.db"));
my ($command) = $out =~ /(install -d .*)/;
is system('sh', '-c', $command), 0, 'the command in the error succeeds';
taken 'after the command', "$dir/data/users.db";
$httpd->write('data/users.db', '', 0644);
refused 'file of root', "$dir/data/users.db", qr{chown www-data:www-data \Q$dir\E/data/users\.db\*};
chown +(getpwnam 'www-data')[2, 3], "$dir/data/users.db";
taken 'file of www-data', "$dir/data/users.db";
chown 0, (getpwnam 'www-data')[3], "$dir/data";
chmod 0770, "$dir/data";
taken 'directory that the group may write', "$dir/data/users.db";

my $guard =
      "<Location /p>\nAuthType JWT\nAuthName p\nRequire valid-user\nAuthSMSUserCheck off\n"
    . "</Location>\n";
taken 'guard with AuthSMSUserCheck off', "$dir/nowhere/users.db", $guard;

# If the directory is removed while httpd runs, the next child logs it.
my $site = Site->new(children => 1);
my $folder = $site->httpd->dir . '/db';
$site->start;
is $site->client->get('/app_api/')->{status}, 200, 'before: status 200';
rename $folder, "$folder.away" or die $!;
kill 'KILL', $site->httpd->children;
$site->httpd->wait_log(
    qr{DBDParams[ ]\Q$folder\E/users\.db:[ ]the[ ]directory[ ]\Q$folder\E
        [ ]does[ ]not[ ]exist:[ ]install[ ]-d[ ]-o[ ]www-data}x,
    'the log has the cause and the remedy'
);
$site->httpd->expect_log(
    qr/\[dbd:|the database (?:cannot be reached|failed)|DBDParams|exit signal Kill|AH01239/);
$site->stop;
$httpd->stop;
done_testing;
