# SPDX-License-Identifier: Apache-2.0
# conf/examples/haproxy.cfg and haproxy-authsms.lua with check.conf: HAProxy asks httpd by Lua.
use strict;
use warnings;
use lib 't/lib';
use Example;
use ForwardAuth;
use Httpd;
use Server;
use Test::More;

my $haproxy = Server::find('haproxy') or plan skip_all => 'no haproxy here';
my $version = `$haproxy -vv`;
plan skip_all => 'this haproxy has no Lua' unless $version =~ /\+LUA/;
plan skip_all => 'this haproxy is older than 2.6'
    unless $version =~ /version (\d+)\.(\d+)/ && ($1 > 2 || $2 >= 6);

my ($site, $application) = ForwardAuth::start();
my $httpd = $site->httpd;
my $dir = $httpd->dir;
my $port = Httpd::free_port();
$httpd->write('haproxy-authsms.lua', Example::text('haproxy-authsms.lua', $httpd));
my $text = Example::text('haproxy.cfg', $httpd, application => $application->port);
$text =~ s{bind :80$}{bind 127.0.0.1:$port}m;
my $conf = $httpd->write('haproxy.cfg', $text);
my $front = Server->start($port, "$dir/haproxy.log", $haproxy, '-db', '-f', $conf);
ForwardAuth::check($site, $port);
ForwardAuth::check_unreachable($site, $port);
unlike $front->log, qr/error|warning.*lua/i, 'HAProxy reports no error' or diag $front->log;
$_->stop for $front, $application, $site;
done_testing;
