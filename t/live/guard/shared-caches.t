# SPDX-License-Identifier: Apache-2.0
# mod_cache in front of every kind of token-dependent response: no client gets the response of
# another one, and public responses are still cached.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;

my $libexec = $Httpd::libexec;
# The back end numbers its responses, so that one from a cache is seen.
my $backend = Httpd->new;
$backend->write('cgi/count.cgi', <<"END", 0755);
#!/bin/sh
echo x >>"@{[$backend->dir]}/run/count"
printf 'Content-Type: text/plain\\r\\n\\r\\n'
echo "number \$(wc -l <"@{[$backend->dir]}/run/count")"
END
$backend->{conf} = "ScriptAlias /cgi \"@{[$backend->dir]}/cgi\"\n";
$backend->write('run/count', '', 0666);
$backend->start;

my $any = "AuthType JWT\n<RequireAny>\nRequire valid-user\nRequire ip 127.0.0.1\n</RequireAny>";
my $site = Site->new(
    children => 1, sender => '', server => "AuthSMSValidation Off\nCacheQuickHandler On",
    locations => <<"END");
LoadModule cache_module $libexec/mod_cache.so
LoadModule cache_disk_module $libexec/mod_cache_disk.so
LoadModule negotiation_module $libexec/mod_negotiation.so
LoadModule autoindex_module $libexec/mod_autoindex.so
CacheRoot "\${DIR}/run/cache"
CacheEnable disk /
CacheDisable /app_api
CacheDefaultExpire 600
CacheIgnoreNoLastMod On
CacheIgnoreCacheControl On
Header set Cache-Control "max-age=600"
AddType text/html .shtml
ProxyPass "/any/back" "@{[$backend->url]}/cgi/count.cgi"
ProxyPass "/open/back" "@{[$backend->url]}/cgi/count.cgi"
<Location "/any">
    $any
    AuthSMSTokenFrom header cookie:t
</Location>
<Location "/satisfy">
    AuthType JWT
    Require valid-user
    Order allow,deny
    Allow from 127.0.0.1
    Satisfy Any
</Location>
<Location "/granted">
    AuthType JWT
    Require all granted
</Location>
<Location "/any/granted">
    Require all granted
</Location>
<Location "/cookie">
    AuthType JWT
    AuthSMSTokenFrom cookie:t
    Require valid-user
</Location>
<Location "/errors">
    $any
    ErrorDocument 404 /why.html
</Location>
<Location "/fallback">
    $any
    FallbackResource /why.html
</Location>
<LocationMatch "/ssi|shtml\$">
    Options +Includes
    SetOutputFilter INCLUDES
</LocationMatch>
<Location "/ssi/inner">
    Options +Includes
</Location>
<Directory "\${DIR}/htdocs/list">
    Options +Indexes +MultiViews
    DirectoryIndex a.html b.html
    HeaderName head.html
    IndexOptions FancyIndexing
    <Files "secret.html">
        AuthType JWT
        AuthSMSTokenFrom header cookie:t
        Require valid-user
    </Files>
</Directory>
<Directory "\${DIR}/htdocs/two">
    DirectoryIndex a.html b.html
    <Files "a.html">
        AuthType JWT
        Require valid-user
    </Files>
</Directory>
<Directory "\${DIR}/htdocs/views">
    Options +MultiViews
    <Files "page.html">
        AuthType JWT
        Require valid-user
    </Files>
</Directory>
RewriteEngine On
RewriteCond "/cookie/" -U
RewriteRule "^/looked" "/granted/" [PT]
RewriteRule "^/looked" "/open/" [PT]
END
my $httpd = $site->httpd;
$httpd->{conf} =~ s{\$\{DIR\}}{$httpd->dir}ge;
$httpd->write("htdocs/$_/index.html", "page of $_\n")
    for qw(any satisfy granted any/granted cookie errors fallback open ssi);
$httpd->write('htdocs/why.html', "why\n");
$httpd->write('htdocs/open/part.html', "public part\n");
$httpd->write("htdocs/$_/$_.html", "$_\n") for 'cookie';
$httpd->write("htdocs/list/$_.html", "$_\n") for qw(head secret other);
$httpd->write("htdocs/two/$_.html", "$_\n") for qw(a b);
$httpd->write('htdocs/views/page.html', "page\n");
my $long = join '', map { "line $_ of a page that is long\n" } 1 .. 2000;
my %pages = (
    public => '<!--#include virtual="/open/part.html" --><!--#include virtual="/open/" -->',
    first => '<!--#include virtual="/cookie/" --> then the rest',
    last => "$long<!--#include virtual=\"/open/part.html\" -->$long<!--#include "
        . "virtual=\"/cookie/\" -->",
    size => 'some text <!--#fsize virtual="/cookie/cookie.html" -->',
    any => 'some text <!--#include virtual="/any/" -->',
    nested => 'some text <!--#include virtual="/ssi/first.html" -->',
    api => 'some text <!--#include virtual="/app_api/users" -->',
    long => $long x 4 . '<!--#include virtual="/cookie/" -->',
    program => 'some text <!--#include virtual="/open/back" --><!--#include virtual="/cookie/" -->',
);
$httpd->write("htdocs/ssi/$_.html", $pages{$_}) for keys %pages;
$httpd->write('run/cache/x', '');
my ($uid, $gid) = (getpwnam 'www-data')[2, 3];
chown $uid, $gid, $httpd->dir . '/run/cache';
$httpd->start;
my $alice = $site->signup;
my ($token) = $alice->{token} =~ /^JWT (.*)/;
my ($with, $without) = (
    Client->new($httpd->port, headers => { Authorization => $alice->{token} }),
    Client->new($httpd->port)
);
my $cookie = Client->new($httpd->port, headers => { Cookie => "t=$token" });
my $stranger = Client->new($httpd->port, from => '127.0.0.2');

sub field {
    my ($r, $name) = @_;
    return join ',', map { s/, /,/gr } @{ $r->{headers}{ lc $name } // [] };
}

sub marks {
    my ($r) = @_;
    return "$r->{status} " . field($r, 'Cache-Control') . ' ' . field($r, 'Vary');
}
my $private = 'private,max-age=600';

# By address, without any token: the office's copy is not for everybody.
for my $place ('/any/', '/any/back') {
    like marks($without->get($place)), qr/^200 private,max-age=600 Authorization,Cookie$/,
        "$place by address";
    is $stranger->get($place)->{status}, 401, 'other clients do not get it';
    is marks($with->get($place)), "200 $private Authorization,Cookie", 'nor with a token';
}
is $without->get('/satisfy/')->{status}, 200, 'by Satisfy Any';
is $stranger->get('/satisfy/')->{status}, 401, 'other clients do not get it';
is marks($without->request('HEAD', '/any/', [])), "200 $private Authorization,Cookie", 'HEAD';
is marks($without->get('/any/', 'If-None-Match' => field($without->get('/any/'), 'ETag'))),
    "304 $private Authorization,Cookie", 'not modified';
is marks($without->get('/errors/nothing')), "404 $private Authorization", 'an error document';
is marks($without->get('/fallback/nothing')), "200 $private Authorization", 'FallbackResource';
is marks($without->get('/any/missing')), '404 private Authorization,Cookie', 'an error';
is $stranger->get($_)->{status}, 401, "$_ is not given to others"
    for '/errors/nothing', '/fallback/nothing', '/any/missing';
SKIP: {
    skip 'no curl with HTTP/2', 1 unless `curl --version` =~ /HTTP2/;
    my $said = `curl -s -D - -o /dev/null --http2-prior-knowledge @{[$httpd->url]}/any/`;
    like $said, qr/^cache-control: private, max-age=600\r\nvary: Authorization, ?Cookie\r$/mi,
        'HTTP/2'
        or diag $said;
}
is marks($without->get($_)), '200 max-age=600 ', "$_ depends on no token"
    for '/granted/', '/any/granted/', '/open/';
my $number = $without->get('/open/back')->{body};
is $stranger->get('/open/back')->{body}, $number, 'public responses are cached';

# Parts of a page.
is marks($without->get('/ssi/public.html')), '200 max-age=600 ', 'a page of public parts is public';
my %is = (
    first => 'Cookie', last => 'Cookie', size => 'Cookie', any => 'Authorization,Cookie',
    nested => 'Cookie', api => 'Authorization', long => 'Authorization,Cookie',
    program => 'Cookie'
);
for my $name (sort keys %is) {
    my $r =
        $cookie->get("/ssi/$name.html", $name eq 'api' ? (Authorization => $alice->{token}) : ());
    like marks($r), qr/^200 $private (?:Authorization,)?$is{$name}$/,
        "a page with a guarded part: $name";
    like $r->{body}, qr/page of cookie|page of any|some text +7|$alice->{id}/,
        'with the guarded part';
    $r = $stranger->get("/ssi/$name.html");
    like marks($r), qr/^200 $private (?:Authorization,)?$is{$name}$/,
        'the same page without a token';
    unlike $r->{body}, qr/page of|some text +7|$alice->{id}/, 'without the guarded part';
}
# The part itself, which mod_cache may keep too.
is $stranger->get('/cookie/')->{status}, 401, 'no guarded part is cached';

# What is looked up.
is marks($cookie->get('/looked')), "200 $private Cookie", 'a condition of mod_rewrite';
like $cookie->get('/looked')->{body}, qr/granted/, 'is true';
like $stranger->get('/looked')->{body}, qr/open/, 'for its own client only';
my $r = $cookie->get('/list/');
is marks($r), "200 $private Authorization,Cookie", 'a list of files';
like $r->{body}, qr/secret\.html/, 'lists what the client may see';
$r = $stranger->get('/list/');
is marks($r), "200 $private Authorization,Cookie", 'the same page without a token';
unlike $r->{body}, qr/secret/, 'without that file';
is marks($_->request('HEAD', '/list/', [])), "200 $private Authorization,Cookie", 'HEAD of a list'
    for $cookie, $stranger;
is marks($stranger->request('HEAD', '/ssi/first.html', [])), "200 $private Cookie",
    'HEAD of a page with a guarded part';
is marks($without->get('/two/')), "200 $private Authorization",
    'another file instead of a guarded one';
is $with->get('/two/')->{body}, "a\n", 'other clients do not get it';
is marks($without->get('/views/page')), '404 private Authorization', 'a variant that is hidden';
is $with->get('/views/page')->{status}, 200, 'other clients see it';

$httpd->expect_log(
    qr/unable to include|AH01374|AH00687|AH01276|AH0128[0-9]|AH01797/,
    qr/unable to get information about/
);
$site->stop;
$backend->stop;
done_testing;
