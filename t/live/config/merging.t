# SPDX-License-Identifier: Apache-2.0
# Which directive applies where: global server, virtual hosts, Locations, .htaccess, and after a
# restart. Without a database.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Httpd;
use Test::More;
use Token;

my %keys = map { $_ => "$_-key-" . join '', 'a' .. 'z', 0 .. 9 } qw(outer inner next);

sub token {
    my ($key, %claims) = @_;
    return 'JWT '
        . Token::make($keys{$key}, { id => '5f1d7a3e-0000-4000-8000-000000000001', %claims });
}

sub text {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    local $/;
    return <$in> // '';
}

sub told { my ($log) = @_; return scalar(() = $log =~ /cost=4 is too low/g) }

sub conf {
    my ($key) = @_;
    return <<"END";
AuthSMSKey HS256 file:$key
AuthSMSUserCheck off
AuthSMSPasswordHash bcrypt cost=4
<Directory "@{[$main::httpd->dir]}/htdocs/open">
    AllowOverride AuthConfig
</Directory>
<Location "/private">
    AuthType JWT
    AuthName "private"
    Require valid-user
</Location>
<VirtualHost *>
    ServerName same.test
</VirtualHost>
<VirtualHost *>
    ServerName own.test
    AuthSMSKey HS256 file:inner
</VirtualHost>
<VirtualHost *>
    ServerName old.test
    AuthSMSRequireClaims none
    AuthSMSProtect On
    <Location "/open">
        AuthSMSProtect Off
    </Location>
</VirtualHost>
END
}

our $httpd = Httpd->new(without => ['dbd']);
$httpd->write($_, $keys{$_}, 0600) for keys %keys;
$httpd->write("htdocs/$_/index.html", "here\n") for qw(private open bare);
$httpd->write('htdocs/open/closed/index.html', "here\n");
$httpd->write('htdocs/open/closed/.htaccess', "AuthSMSProtect On\n");
$httpd->write('htdocs/open/wrong/.htaccess', "AuthSMSProtect maybe\n");
$httpd->write('htdocs/open/server/.htaccess', "AuthSMSUserCheck always\n");
$httpd->{conf} = conf('outer');
$httpd->expect_log(
    qr/cost=4/, qr/AuthSMSProtect: 'maybe': must be Off or On/,
    qr/AuthSMSUserCheck not allowed here/
);
$httpd->start;
my $client = Client->new($httpd->port);
my $soon = time + 600;

sub status {
    my ($host, $path, $token) = @_;
    return $client->get($path, Host => $host, $token ? (Authorization => $token) : ())->{status};
}

subtest 'virtual hosts' => sub {
    my ($outer, $inner) = map { token($_, exp => $soon) } qw(outer inner);
    is status('same.test', '/private/'), 401, 'no token';
    is status('same.test', '/private/', $outer), 200, 'the key outside is its own too';
    is status('same.test', '/private/', $inner), 401, 'another host\'s is not';
    is status('own.test', '/private/', $inner), 200, 'its own key';
    is status('own.test', '/private/', $outer), 401, 'which replaces those outside';
    my $eternal = token('outer');
    is status('same.test', '/private/', $eternal), 401, 'a token without exp';
    is status('old.test', '/private/', $eternal), 200, 'where none is demanded';
};

subtest 'the server\'s setting is the default of its Locations' => sub {
    my $token = token('outer', exp => $soon);
    is status('same.test', '/bare/'), 200, 'no protection';
    is status('old.test', '/bare/'), 401, 'AuthSMSProtect of the whole host';
    is status('old.test', '/bare/', $token), 200, 'with a token';
    is status('old.test', '/open/'), 200, 'taken back in a Location';
};

subtest '.htaccess' => sub {
    is status('same.test', '/open/'), 200, 'above it';
    is status('same.test', '/open/closed/'), 401, 'AuthSMSProtect';
    is status('same.test', '/open/closed/', token('outer', exp => $soon)), 200, 'with a token';
    is status('same.test', '/open/wrong/'), 500, 'a wrong value';
    is status('same.test', '/open/server/'), 500, 'a directive that cannot stand there';
};

subtest 'restarts' => sub {
    is told(text($httpd->dir . '/logs/command')), 1, 'a start warns on the terminal';
    is told($httpd->error_log), 0, 'and not again, although it reads twice';
    $httpd->{conf} = conf('next');
    $httpd->write('httpd.conf', $httpd->config);
    $httpd->graceful;
    is told($httpd->error_log), 1, 'a restart warns in the log';
    my $new = token('next', exp => $soon);
    for (1 .. 100) {
        last if status('same.test', '/private/', $new) == 200;
        select undef, undef, undef, 0.05;
    }
    is status('same.test', '/private/', $new), 200, 'which takes the new key';
    is status('same.test', '/private/', token('outer', exp => $soon)), 401,
        'and forgets the old one';
};

subtest 'in the foreground' => sub {
    my $other = Httpd->new(without => ['dbd'], conf => "AuthSMSPasswordHash bcrypt cost=4\n");
    my $conf = $other->write('httpd.conf', $other->config);
    my $said = $other->dir . '/said';
    my $pid = fork // die;
    exec "exec '$Httpd::binary' -DFOREGROUND -f '$conf' >'$said' 2>&1" or die unless $pid;
    $other->wait_log(qr/resuming normal operations/);
    kill 'TERM', $pid;
    waitpid $pid, 0;
    is told(text($said) . $other->error_log), 1, 'a start warns once too';
    $other->stop;
};

$httpd->stop;
done_testing;
