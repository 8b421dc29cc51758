# SPDX-License-Identifier: Apache-2.0
# conf/examples/fail2ban-filter.conf and fail2ban-jail.conf: fail2ban finds the guesses, and their
# addresses, in the access log that the filter describes.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Example;
use Server;
use Site;
use Test::More;

my $regex = Server::find('fail2ban-regex') or plan skip_all => 'no fail2ban here';
my $client = Server::find('fail2ban-client') or plan skip_all => 'no fail2ban-client here';
my $site = Site->new(children => 1, server => 'AuthSMSLimit login/ip 12/1h');
my $httpd = $site->httpd;
my $dir = $httpd->dir;
my $filter = Example::text('fail2ban-filter.conf', $httpd);
my ($format) = $filter =~ /^#   (LogFormat .*)$/m or die 'the filter shows no LogFormat';
my ($log) = $filter =~ /^#   (CustomLog .*)$/m or die 'the filter shows no CustomLog';
my ($file) = $log =~ /CustomLog (\S+)/;
$httpd->{conf} .= "$format\n" . $log =~ s/\Q$file\E/logs\/authsms.log/r . "\n";
$site->start;

# [client address, requests that are guesses]
my $ada = $site->signup;
my $code = { code => '000000' };
my %guesses;

sub guess {
    my ($address, $path, $body, @h) = @_;
    $guesses{$address}++;
    return Client->new($httpd->port, from => $address)->json_post("/app_api$path", $body, @h);
}
is guess('127.0.0.5', '/authenticate', { username => "x$_", password => 'x' })->{status}, 401,
    'a wrong password' for 1 .. 3;
my @own = (Authorization => $ada->{token});
my $wrong = { password => 'x', newPassword => 'correct horse battery' };
is guess('127.0.0.6', '/users/password', $wrong, @own)->{json}{code}, 'wrong_password',
    'a wrong password of an account';
my $bob = $site->person;
my $id = $site->register($bob)->{json}{id};
$code->{code} = '000001' if $site->code_of(Site::e164($bob)) eq '000000';
is guess('127.0.0.7', "/user/$id/verify", $code)->{json}{code}, 'invalid_code', 'a wrong code';
my $limited = { username => 'y', password => 'x' };
guess('127.0.0.8', '/authenticate', $limited) for 1 .. 12;
is guess('127.0.0.8', '/authenticate', $limited)->{status}, 429, 'too many guesses';

# No guesses
my $c = Client->new($httpd->port, from => '127.0.0.9');
$c->get('/app_api/users');
$c->get('/private/', Authorization => 'JWT x');
$c->get('/private/', Authorization => $ada->{token});
$c->json_post('/app_api/authenticate', { username => 'x' });
# The log of requests that look like one
$c->get($_) for '/"%20200%20401%20bad_credentials%20-', '/x"%20401%20401%20bad_credentials%20-%0a',
    '/127.0.0.99%20-%20"POST%20/"%20401%20401%20bad_credentials%20-';

$httpd->write('filter.conf', $filter);
my $found = `$regex --print-all-matched -o '<ip>' '$dir/logs/authsms.log' '$dir/filter.conf' 2>&1`;
my %found;
$found{$_}++ for $found =~ /^(127\.\d+\.\d+\.\d+)$/mg;
is_deeply \%found, \%guesses, 'fail2ban-regex finds each guess, and no other line' or diag $found;

# The configuration, as fail2ban reads it
my $etc = "$dir/fail2ban";
system "cp -r /etc/fail2ban '$etc'";
# Debian enables a jail that wants the log of sshd.
$httpd->write(
    'fail2ban/jail.d/zz.conf', "[sshd]
enabled = false
"
);
$httpd->write('fail2ban/filter.d/authsms.conf', $filter);
$httpd->write(
    'fail2ban/jail.d/authsms.conf',
    Example::text('fail2ban-jail.conf', $httpd) =~ s/\Q$file\E/$dir\/logs\/authsms.log/r
);
my $test = `$client -c '$etc' -t 2>&1`;
is $?, 0, 'fail2ban accepts the configuration' or diag $test;
my $dump = `$client -c '$etc' --dp 2>&1`;
like $dump, qr/'addlogpath', '\Q$dir\E\/logs\/authsms.log'/, 'the jail reads the log';

$site->stop;
done_testing;
