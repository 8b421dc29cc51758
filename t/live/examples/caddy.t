# SPDX-License-Identifier: Apache-2.0
# conf/examples/Caddyfile with check.conf: Caddy asks httpd (forward_auth).
use strict;
use warnings;
use lib 't/lib';
use Example;
use ForwardAuth;
use Httpd;
use Server;
use Test::More;

my $caddy = Server::find('caddy') or plan skip_all => 'no caddy here';
my ($site, $application) = ForwardAuth::start();
my $dir = $site->httpd->dir;
my $port = Httpd::free_port();
my $text = Example::text('Caddyfile', $site->httpd, application => $application->port) =~
    s/^example\.org \{/http:\/\/:$port {\n\tbind 127.0.0.1/mr;
my $conf = $site->httpd->write('Caddyfile', "{\n\tadmin off\n}\n$text");
local @ENV{qw(HOME XDG_DATA_HOME XDG_CONFIG_HOME)} = ($dir) x 3;
my $front = Server->start(
    $port, "$dir/caddy.log", $caddy, 'run', '--config', $conf, '--adapter',
    'caddyfile'
);
ForwardAuth::check($site, $port);
ForwardAuth::check_unreachable($site, $port);
$_->stop for $front, $application, $site;
done_testing;
