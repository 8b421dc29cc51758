# SPDX-License-Identifier: Apache-2.0
# conf/examples/single-page-app.conf: scripts of another origin use the API and protected data.
use strict;
use warnings;
use lib 't/lib';
use Example;
use Test::More;

my $site = Example->new('single-page-app.conf');
$site->httpd->write('htdocs/data/list.json', "[1,2]\n");
$site->start;
my $c = $site->client;
my $ada = $site->signup;
my @app = (Origin => 'https://app.example.org');
my @other = (Origin => 'https://evil.example');

for my $path ('/app_api/authenticate', '/data/list.json') {
    my @preflight = (
        'Access-Control-Request-Method' => 'POST',
        'Access-Control-Request-Headers' => 'authorization,content-type'
    );
    my $r = $c->request('OPTIONS', $path, [@app, @preflight]);
    is $r->{status}, 204, "$path: preflight of the application: 204";
    is $r->{headers}{'access-control-allow-origin'}[0], $app[1], 'its origin is allowed';
    is $r->{headers}{'access-control-allow-headers'}[0], $preflight[3], 'and its headers';
    $r = $c->request('OPTIONS', $path, [@other, @preflight]);
    is $r->{headers}{'access-control-allow-origin'}, undef, 'another origin is not allowed';
}
my $r = $site->api('/authenticate', { map { $_ => $ada->{$_} } qw(username password) }, @app);
is $r->{status}, 200, 'login';
is $r->{headers}{'access-control-allow-origin'}[0], $app[1], 'which the application may read';
$r = $c->get('/data/list.json', @app, Authorization => $r->{json}{token});
is "$r->{status} $r->{body}", "200 [1,2]\n", 'data';
is $r->{headers}{'access-control-allow-origin'}[0], $app[1], 'which the application may read';
$r = $c->get('/data/list.json', @app);
is $r->{status}, 401, 'without a token: 401';
is $r->{headers}{'access-control-allow-origin'}[0], $app[1], 'which the application may read';
$site->stop;
done_testing;
