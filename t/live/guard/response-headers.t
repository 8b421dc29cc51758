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
# What a back end says => what is left of it.
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
    is $r->{body}, "back end\n", "a back end that says $_";
    is field($r, 'Cache-Control'), $said{$_}[1] =~ s/, /,/gr, 'is kept by nobody else';
    is field($r, 'Vary'), 'Accept,X-Thing,Authorization', 'and varies by all that it says';
}

is $c->get('/cached/', Cookie => "t=$token")->{status}, 200, 'what the configuration calls public'
    for 1, 2;
is shared('/cached/', Cookie => "t=$token"), '200 private,max-age=600 Cookie ', 'is private';
is $c->get('/cached/')->{status}, 401, 'and not in the cache of this server';
is shared('/said/', @with), "200 no-store Origin,Authorization $ok",
    'the site itself may say no-store, not who else may read it';
is field($c->get('/said/', @with), 'Access-Control-Expose-Headers'),
    'WWW-Authenticate,Retry-After', 'nor what of it';
is shared('/said/'), '401 no-store Origin,Authorization ', 'in an error too';

is shared(
    '/role/nothing', @with,
    Cookie => 't=' . Token::make($site->key, { %{ Token::claims($token) }, role => 'admin' })
    ),
    "404 private Origin,Authorization,Cookie $ok", 'an error document is an answer of the place';
is shared('/role/', @with), "403 private Origin,Authorization,Cookie $ok",
    'so is what Require says';
is shared('/role/', Origin => $ok), "401 private Origin,Authorization,Cookie $ok", 'and a 401';
is shared('/role/', @with, Origin => 'https://evil.example'),
    '403 private Origin,Authorization,Cookie ', 'which another origin cannot read';
my $r = $c->get('/said/', @with);
is shared('/said/', @with, 'If-None-Match' => $r->{headers}{etag}[0]),
    "304 no-store Origin,Authorization $ok", 'one that has not changed';
is shared('/login/', Accept => 'text/html'), '302 no-store Authorization ',
    'a way to the login page';
is shared('/free/'), '200   ', 'where no token is asked for nothing is said';
is shared('/missing.html'), '200   ', 'nor by the error document itself';

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
    is "$r->{status} $r->{body}", "$status $word $word", 'the page that tells why';
    is shared('/protect/', @$headers, Origin => $ok),
        "$status private Origin,Authorization,Cookie $ok", 'says what its place says';
    is $c->get('/role/', map { /^Authorization/ ? 'Authorization' : $_ } @$headers)->{status},
        $status, 'without one';
}
$r = $c->request('POST', '/protect/', [Cookie => "t=$token", Origin => 'https://evil.example']);
is "$r->{status} $r->{body}", '403 cross_origin cross_origin', 'another site';
my $log = do { open my $in, '<', $httpd->dir . '/logs/words' or die; local $/; <$in> };
like $log, qr{^\S+ $_$}m, "the log tells $_"
    for '401 no_token', '401 invalid_token', '401 expired_token', '403 cross_origin';
like $log, qr{^/role/\S* 401 $_$}m, "without an error document too: $_"
    for qw(no_token invalid_token expired_token);
unlike $log, qr{ 200 \w}, 'and nothing of what passed';
$httpd->expect_log(qr/refused: cross_origin|AH01631/);
$site->stop;
$backend->stop;
done_testing;
