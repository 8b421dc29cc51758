# SPDX-License-Identifier: Apache-2.0
# Which value of a directive applies: global server, virtual hosts, Locations, .htaccess, restart.
# Without a database.
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

sub count_warnings { my ($log) = @_; return scalar(() = $log =~ /cost=4 is too low/g) }

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
    is status('same.test', '/private/'), 401, 'no token: status 401';
    is status('same.test', '/private/', $outer), 200, 'the key of the global server is inherited';
    is status('same.test', '/private/', $inner), 401, 'the key of another host is not accepted';
    is status('own.test', '/private/', $inner), 200, 'the key of the virtual host is accepted';
    is status('own.test', '/private/', $outer), 401, 'it replaces the key of the global server';
    my $eternal = token('outer');
    is status('same.test', '/private/', $eternal), 401, 'a token without exp: status 401';
    is status('old.test', '/private/', $eternal), 200,
        'AuthSMSRequireClaims none in the virtual host: status 200';
};

subtest 'Locations inherit from the server' => sub {
    my $token = token('outer', exp => $soon);
    is status('same.test', '/bare/'), 200, 'no AuthSMSProtect: status 200';
    is status('old.test', '/bare/'), 401, 'AuthSMSProtect of the virtual host: status 401';
    is status('old.test', '/bare/', $token), 200, 'the same with a token: status 200';
    is status('old.test', '/open/'), 200, 'AuthSMSProtect Off in a Location overrides it';
};

subtest '.htaccess' => sub {
    is status('same.test', '/open/'), 200, 'directory above the .htaccess: status 200';
    is status('same.test', '/open/closed/'), 401, 'AuthSMSProtect On in .htaccess: status 401';
    is status('same.test', '/open/closed/', token('outer', exp => $soon)), 200,
        'the same with a token: status 200';
    is status('same.test', '/open/wrong/'), 500, 'invalid value in .htaccess: status 500';
    is status('same.test', '/open/server/'), 500, 'directive not allowed in .htaccess: status 500';
};

subtest 'restarts' => sub {
    is count_warnings(text($httpd->dir . '/logs/command')), 1, 'start: one warning on the terminal';
    is count_warnings($httpd->error_log), 0,
        'start: no warning in the log, although httpd reads the configuration twice';
    $httpd->{conf} = conf('next');
    $httpd->write('httpd.conf', $httpd->config);
    $httpd->graceful;
    is count_warnings($httpd->error_log), 1, 'graceful restart: one warning in the log';
    my $new = token('next', exp => $soon);
    for (1 .. 100) {
        last if status('same.test', '/private/', $new) == 200;
        select undef, undef, undef, 0.05;
    }
    is status('same.test', '/private/', $new), 200, 'after the restart: the new key is accepted';
    is status('same.test', '/private/', token('outer', exp => $soon)), 401,
        'after the restart: the old key is not accepted';
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
    is count_warnings(text($said) . $other->error_log), 1, 'start with -DFOREGROUND: one warning';
    $other->stop;
};

$httpd->stop;
done_testing;
