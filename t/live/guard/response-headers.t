# SPDX-License-Identifier: Apache-2.0
# Cache and CORS headers of protected responses, errors included, whatever the site and a back end
# set; and the code in logs and error pages.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;
use Token;

my $libexec = $Httpd::libexec;
my $ok = 'https://app.example';
# Cache-Control of the back end => Cache-Control of the response.
my %said = (
    twice => [['max-age=60', 'no-store'], 'max-age=60,no-store'],
    public => [['public', 's-maxage=50, max-age=5'], 'private, max-age=5'],
    qualified =>
        [['max-age=60, private="Set-Cookie"'], 'private, max-age=60, private="Set-Cookie"'],
    private => [['max-age=60, Private'], 'max-age=60, Private'],
    nothing => [[], 'private'],
);
my $backend = Httpd->new;
sub cache_control {
    my ($value) = @_;
    return 'Header add Cache-Control "' . ($value =~ s/"/\\"/gr) . "\"\n";
}
$backend->{conf} = join '', map {
          "<Location /$_>\nHeader add Vary Accept\nHeader add Vary X-Thing\n"
        . join('', map { cache_control($_) } @{ $said{$_}[0] })
        . "</Location>\n"
} sort keys %said;
$backend->write("htdocs/$_/index.html", "back end\n") for keys %said;
$backend->start;

my $guard = "AuthType JWT\nRequire valid-user\n";
my $site = Site->new(children => 1, locations => <<"END");
LoadModule cache_module $libexec/mod_cache.so
LoadModule cache_disk_module $libexec/mod_cache_disk.so
CacheRoot "\${DIR}/run"
CacheEnable disk /cached
CacheDefaultExpire 600
ErrorDocument 404 /missing.html
ProxyPass "/back" "@{[$backend->url]}/"
<Location "/back">
    $guard
</Location>
<Location "/cached">
    $guard
    AuthSMSTokenFrom cookie:t
    Header set Cache-Control "public, max-age=600"
</Location>
<Location "/said">
    $guard
    Header always set Cache-Control "no-store"
    Header set Access-Control-Allow-Origin "*"
    Header always set Access-Control-Expose-Headers "X-Other"
    AuthSMSAllowOrigin $ok
</Location>
<Location "/role">
    AuthType JWT
    Require authsms-claim role admin
    AuthzSendForbiddenOnFailure On
    AuthSMSTokenFrom cookie:t header
    AuthSMSAllowOrigin $ok
</Location>
<Location "/protect">
    AuthSMSProtect On
    AuthSMSAllowOrigin $ok
    AuthSMSTokenFrom header cookie:t
    ErrorDocument 401 /why.shtml
    ErrorDocument 403 /why.shtml
</Location>
<Location "/login">
    AuthSMSProtect On
    AuthSMSUnauthorized /login.html
</Location>
<Location "/why.shtml">
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
<Location "/free">
    AuthType JWT
    Require all granted
</Location>
LogFormat "%U %>s %{AUTHSMS_ERROR}e" words
CustomLog logs/words words
END
my $httpd = $site->httpd;
$httpd->{conf} =~ s{\$\{DIR\}}{$httpd->dir}ge;
$httpd->write("htdocs/$_/index.html", "page of $_\n") for qw(cached said role protect login free);
$httpd->write('htdocs/missing.html', "missing\n");
$httpd->write(
    'htdocs/why.shtml',
    '<!--#echo var="AUTHSMS_ERROR" --> <!--#echo var="REDIRECT_AUTHSMS_ERROR" -->'
);
$httpd->start;
my $c = $site->client;
my $alice = $site->signup;
my ($token) = $alice->{token} =~ /^JWT (.*)/;
my @with = (Authorization => $alice->{token}, Origin => $ok);

sub field {
    my ($r, $name) = @_;
    return join ',', map { s/, /,/gr } @{ $r->{headers}{ lc $name } // [] };
}

sub shared {
    my ($path, @h) = @_;
    my $r = $c->get($path, @h);
    return "$r->{status} " . join ' ', map { field($r, $_) } 'Cache-Control', 'Vary',
        'Access-Control-Allow-Origin';
}

for (sort keys %said) {
    my $r = $c->get("/back/$_/", @with);
    is $r->{body}, "back end\n", "back end with Cache-Control $_: proxied";
    is field($r, 'Cache-Control'), $said{$_}[1] =~ s/, /,/gr,
        "back end with Cache-Control $_: not publicly cacheable";
    is field($r, 'Vary'), 'Accept,X-Thing,Authorization', 'Vary of the back end, and Authorization';
}

is $c->get('/cached/', Cookie => "t=$token")->{status}, 200, 'configured as public: 200'
    for 1, 2;
is shared('/cached/', Cookie => "t=$token"), '200 private,max-age=600 Cookie ',
    'configured as public: private';
is $c->get('/cached/')->{status}, 401, 'configured as public: not served from the cache, 401';
is shared('/said/', @with), "200 no-store Origin,Authorization $ok",
    'configured no-store stays; Access-Control-Allow-Origin * is replaced';
is field($c->get('/said/', @with), 'Access-Control-Expose-Headers'),
    'WWW-Authenticate,Retry-After', 'Access-Control-Expose-Headers is replaced';
is shared('/said/'), '401 no-store Origin,Authorization ',
    '401 without Origin: no-store, no Access-Control-Allow-Origin';

is shared(
    '/role/nothing', @with,
    Cookie => 't=' . Token::make($site->key, { %{ Token::claims($token) }, role => 'admin' })
    ),
    "404 private Origin,Authorization,Cookie $ok", '404 error document: headers of the Location';
is shared('/role/', @with), "403 private Origin,Authorization,Cookie $ok",
    '403 by Require: headers of the Location';
is shared('/role/', Origin => $ok), "401 private Origin,Authorization,Cookie $ok",
    '401: headers of the Location';
is shared('/role/', @with, Origin => 'https://evil.example'),
    '403 private Origin,Authorization,Cookie ', 'another origin: no Access-Control-Allow-Origin';
my $r = $c->get('/said/', @with);
is shared('/said/', @with, 'If-None-Match' => $r->{headers}{etag}[0]),
    "304 no-store Origin,Authorization $ok", '304: headers of the Location';
is shared('/login/', Accept => 'text/html'), '302 no-store Authorization ',
    'redirect to the login page: no-store';
is shared('/free/'), '200   ', 'no token required: no headers added';
is shared('/missing.html'), '200   ', 'error document requested by name: no headers added';

# [what is sent, status, word]
for (
    [[], 401, 'no_token'], [[Authorization => 'JWT a.b.c'], 401, 'invalid_token'],
    [
        [
            Authorization => 'JWT '
                . Token::make($site->key, { %{ Token::claims($token) }, exp => 1 })
        ],
        401,
        'expired_token'
    ],
) {
    my ($headers, $status, $word) = @$_;
    my $r = $c->get('/protect/', @$headers, Origin => $ok);
    is "$r->{status} $r->{body}", "$status $word $word",
        "$word: the error document has AUTHSMS_ERROR";
    is shared('/protect/', @$headers, Origin => $ok),
        "$status private Origin,Authorization,Cookie $ok", "$word: headers of the Location";
    is $c->get('/role/', map { /^Authorization/ ? 'Authorization' : $_ } @$headers)->{status},
        $status, "$word without an error document: $status";
}
$r = $c->request('POST', '/protect/', [Cookie => "t=$token", Origin => 'https://evil.example']);
is "$r->{status} $r->{body}", '403 cross_origin cross_origin',
    'POST from another site: 403 cross_origin';
my $log = do { open my $in, '<', $httpd->dir . '/logs/words' or die; local $/; <$in> };
like $log, qr{^\S+ $_$}m, "access log: $_"
    for '401 no_token', '401 invalid_token', '401 expired_token', '403 cross_origin';
like $log, qr{^/role/\S* 401 $_$}m, "access log without an error document: 401 $_"
    for qw(no_token invalid_token expired_token);
unlike $log, qr{ 200 \w}, 'access log: no error code for a 200';
$httpd->expect_log(qr/refused: cross_origin|AH01631/);
$site->stop;
$backend->stop;
done_testing;
