# SPDX-License-Identifier: Apache-2.0
# CORS of protected Locations: the guard answers preflights and never passes them on; other requests
# need a token; a back end cannot override it.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;

my $ok = 'https://app.example.org';
my $backend = Httpd->new;
$backend->write(
    'cgi/cors.cgi',
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\nAccess-Control-Allow-Origin: "
        . "*\\r\\nAccess-Control-Allow-Credentials: true\\r\\n\\r\\n'\n"
        . "echo \"method \$REQUEST_METHOD\"\n",
    0755
);
$backend->{conf} = "ScriptAlias /cgi \"@{[$backend->dir]}/cgi\"\n";
$backend->start;

my $site = Site->new(
    sender => '', server => 'AuthSMSValidation Off',
    locations => join '',
    map { "<Location \"/$_->[0]\">\n$_->[1]\nAuthSMSAllowOrigin $_->[2]\n</Location>\n" }
        ['jwt', "AuthType JWT\nRequire valid-user", $ok], ['one', 'AuthSMSProtect On', $ok],
    ['any', 'AuthSMSProtect On', '*'], ['none', 'AuthSMSProtect On', 'none'],
    ['satisfy', "AuthSMSProtect On\nRequire all granted\nSatisfy Any", $ok],
    ['back', "AuthType JWT\nRequire valid-user\nProxyPass @{[$backend->url]}/cgi", $ok],
    ['open', 'Require all granted', $ok],
);
$site->httpd->write("htdocs/$_/index.html", "page of $_\n") for qw(jwt one any none satisfy open);
$site->start;
my $c = $site->client;
my $alice = $site->signup;
my @with = (Authorization => $alice->{token});
my @asks =
    ('Access-Control-Request-Method' => 'GET', 'Access-Control-Request-Headers' => 'authorization');

sub header { my ($r, $name) = @_; return join '|', @{ $r->{headers}{ lc $name } // [] } }

for my $place (qw(jwt one satisfy back any)) {
    my $r = $c->request('OPTIONS', "/$place/index.html", [Origin => $ok, @asks]);
    is $r->{status}, 204, "$place: a preflight";
    is $r->{body}, '', 'no body';
    is header($r, 'Access-Control-Allow-Origin'), $place eq 'any' ? '*' : $ok,
        'the origin is allowed';
    is header($r, 'Access-Control-Allow-Headers'), 'authorization',
        'the requested headers are allowed';
    is header($r, 'Access-Control-Max-Age'), '600', 'cached for ten minutes';
    is $c->request('OPTIONS', "/$place/", $_)->{status}, 401, 'not a real one needs a token'
        for [Origin => $ok], [@asks], [];
    is $c->request('GET', "/$place/", [Origin => $ok, @asks])->{status}, 401,
        'a GET is no preflight';
    next if $place eq 'any';
    is $c->request('OPTIONS', "/$place/", [Origin => 'https://evil.test', @asks])->{status}, 401,
        'another origin gets no preflight answer';
}
is $c->request('OPTIONS', '/none/', [Origin => $ok, @asks])->{status}, 401,
    'none: no preflight is answered';
isnt $c->request('OPTIONS', '/open/', [Origin => $ok, @asks])->{status}, 204,
    'an unprotected Location is not changed';

my $r = $c->get('/jwt/', Origin => $ok);
is $r->{status}, 401, 'without a token: 401';
is header($r, 'Access-Control-Allow-Origin'), $ok, 'the origin can read it';
is header($r, 'Access-Control-Expose-Headers'), 'WWW-Authenticate, Retry-After',
    'and its challenge';
$r = $c->get('/jwt/', Origin => $ok, @with);
is header($r, 'Access-Control-Allow-Origin'), $ok, 'the origin can read a response';
is header($r, 'Access-Control-Allow-Credentials'), 'true', 'with credentials';
like join(',', header($r, 'Vary')), qr/$_/, "which varies by $_" for qw(Origin Authorization);
$r = $c->get('/jwt/', Origin => 'https://evil.test', @with);
is header($r, 'Access-Control-Allow-Origin'), '', 'another origin cannot read it';
$r = $c->get('/back/cors.cgi', Origin => $ok, @with);
is $r->{body}, "method GET\n", 'a response of a back end';
is header($r, 'Access-Control-Allow-Origin'), $ok, 'CORS headers of the back end are replaced';
$r = $c->get('/back/cors.cgi', Origin => 'https://evil.test', @with);
is header($r, 'Access-Control-Allow-Origin') . header($r, 'Access-Control-Allow-Credentials'), '',
    'CORS headers of the back end are removed';

$site->stop;
$backend->stop;
done_testing;
