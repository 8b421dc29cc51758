# SPDX-License-Identifier: Apache-2.0
# mod_cache behind authentication (CacheQuickHandler Off). The filter CACHE marks where it saves
# responses, before their headers are complete. No client gets a guarded response of another
# account, and public responses are still cached. Fields for other caches do not override private.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;

my $libexec = $Httpd::libexec;
my $site = Site->new(
    children => 1, sender => '',
    server => "AuthSMSValidation Off\nCacheQuickHandler Off", locations => <<"END");
LoadModule cache_module $libexec/mod_cache.so
LoadModule cache_disk_module $libexec/mod_cache_disk.so
LoadModule filter_module $libexec/mod_filter.so
CacheRoot "\${DIR}/run/cache"
CacheDefaultExpire 600
CacheIgnoreNoLastMod On
Header set Cache-Control "max-age=600"
Header set CDN-Cache-Control "max-age=600"
Header set Surrogate-Control "max-age=600"
Header always set X-Accel-Expires 600
<LocationMatch "^/(page|part|public)/">
    CacheEnable disk
    Options +Includes
    SetOutputFilter INCLUDES;CACHE
</LocationMatch>
<LocationMatch "^/(page|guarded)/">
    AuthType JWT
    AuthSMSTokenFrom cookie:t
    Require valid-user
</LocationMatch>
<Location "/type">
    Options +Includes
    AddOutputFilterByType INCLUDES text/html
</Location>
END
my $httpd = $site->httpd;
$httpd->{conf} =~ s{\$\{DIR\}}{$httpd->dir}ge;
$httpd->write('run/cache/x', '');
my ($uid, $gid) = (getpwnam 'www-data')[2, 3];
chown $uid, $gid, $httpd->dir . '/run/cache';
my $long = join '', map { "line $_ of a page\n" } 1 .. 1000;
my $guarded = "$long<!--#include virtual=\"/guarded/\" -->\n";
$httpd->write('htdocs/page/index.html', 'for <!--#echo var="REMOTE_USER" -->');
$httpd->write("htdocs/$_/index.html", $guarded) for qw(part type);
$httpd->write('htdocs/guarded/index.html', "guarded part\n");
$httpd->write("htdocs/public/index.html", "public page\n");
$httpd->start;

my @people = map { $site->signup } 1, 2;
my @clients = map {
    my ($token) = $_->{token} =~ /^JWT (.*)/;
    Client->new($httpd->port, headers => { Cookie => "t=$token" })
} @people;
my $stranger = Client->new($httpd->port);
my @targeted = ('CDN-Cache-Control', 'Surrogate-Control', 'X-Accel-Expires');
sub field {
    my ($r, $name) = @_;
    return join ',', map { s/, /,/gr } @{ $r->{headers}{ lc $name } // [] };
}

sub marks {
    my ($r) = @_;
    return "$r->{status} " . field($r, 'Cache-Control') . ' ' . field($r, 'Vary');
}

for my $i (0, 1, 0) {
    my $r = $clients[$i]->get('/page/');
    is marks($r), '200 private,max-age=600 Cookie', 'a guarded page';
    is field($r, $_), '', "$_ does not override that" for @targeted;
    is $r->{body}, "for $people[$i]{username}", 'is served to its account';
}
is $stranger->get('/page/')->{status}, 401, 'not to other clients';
for my $place ('/part/', '/type/') {
    my $r = $clients[0]->get($place);
    is marks($r), '200 private,max-age=600 Cookie', "a page with a guarded part: $place";
    like $r->{body}, qr/guarded part/, 'with the guarded part';
    $r = $stranger->get($place);
    is marks($r), '200 private,max-age=600 Cookie', 'the same page without a token';
    unlike $r->{body}, qr/guarded part/, 'without the guarded part';
}
like $stranger->get('/public/')->{body}, qr/public page/, 'a public page';
$httpd->write('htdocs/public/index.html', "changed page\n");
my $r = $stranger->get('/public/');
like $r->{body}, qr/public page/, 'is cached';
is marks($r), '200 max-age=600 ', 'and public';
is field($r, $_), /Accel/ ? '600' : 'max-age=600', "$_ is left as it is" for @targeted;

$httpd->expect_log(qr/unable to include/);
$site->stop;
done_testing;
