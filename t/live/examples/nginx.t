# SPDX-License-Identifier: Apache-2.0
# conf/examples/nginx.conf with check.conf: nginx asks httpd (auth_request).
use strict;
use warnings;
use lib 't/lib';
use Example;
use ForwardAuth;
use Httpd;
use Server;
use Test::More;

my $nginx = Server::find('nginx') or plan skip_all => 'no nginx here';
my ($site, $application) = ForwardAuth::start();
my $dir = $site->httpd->dir;
my $port = Httpd::free_port();
my $text = Example::text('nginx.conf', $site->httpd, application => $application->port) =~
    s/listen 80;/listen 127.0.0.1:$port;/r;
my $paths = join '',
    map { "    ${_}_temp_path $dir/nginx/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi);
mkdir "$dir/nginx";
my $conf = $site->httpd->write('nginx.conf', <<"END");
daemon off;
pid $dir/nginx/pid;
error_log $dir/nginx/error.log;
events { }
http {
    access_log off;
$paths
$text
}
END
my $front = Server->start(
    $port, "$dir/nginx.log", $nginx, '-p', $dir, '-c', $conf, '-e',
    "$dir/nginx/error.log"
);
ForwardAuth::check($site, $port);
ForwardAuth::check_unreachable($site, $port);
$_->stop for $front, $application, $site;
done_testing;
