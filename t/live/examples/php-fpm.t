# SPDX-License-Identifier: Apache-2.0
# conf/examples/php-fpm.conf: a PHP application gets the user in its environment.
use strict;
use warnings;
use lib 't/lib';
use Example;
use Server;
use Test::More;

my $fpm = Server::find('php-fpm*') or plan skip_all => 'no php-fpm here';
my $site = Example->new('php-fpm.conf');
my $httpd = $site->httpd;
my $dir = $httpd->dir;
$httpd->write('htdocs/app/index.php', <<'END');
<?php
header('Content-Type: text/plain');
foreach (['REMOTE_USER', 'AUTHSMS_ID', 'AUTHSMS_CLAIM_sub', 'HTTP_AUTHORIZATION'] as $name)
    echo $name, '=', $_SERVER[$name] ?? '', "\n";
END
my $conf = $httpd->write('php-fpm.conf', <<"END");
[global]
error_log = $dir/php-fpm.log
[www]
user = www-data
group = www-data
listen = $dir/run/php-fpm.sock
listen.owner = www-data
pm = static
pm.max_children = 1
END
my $php = Server->start("$dir/run/php-fpm.sock", "$dir/php", $fpm, '-F', '-n', '-y', $conf);
$site->start;
my $c = $site->client;
my $ada = $site->signup;
my $shown =
      "REMOTE_USER=$ada->{username}\nAUTHSMS_ID=$ada->{id}\nAUTHSMS_CLAIM_sub=$ada->{id}\n"
    . "HTTP_AUTHORIZATION=\n";

for my $path ('/app/index.php', '/app/') {
    my $r = $c->get($path, Authorization => $ada->{token}, 'Authsms-Id' => 'forged');
    is $r->{status}, 200, "$path with a token: 200" or diag $httpd->error_log, $php->log;
    is $r->{body}, $shown, 'the program gets the user';
    is $c->get($path)->{status}, 401, "$path without a token: 401";
}

$_->stop for $php, $site;
done_testing;
