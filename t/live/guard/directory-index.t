# SPDX-License-Identifier: Apache-2.0
# A guarded index file of a directory: the directory is refused as the file itself is.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Token;

my $libexec = $Httpd::libexec;
my $guard =
      "AuthType JWT\nAuthName \"the file\"\nAuthSMSTokenFrom header cookie:t\n"
    . "AuthSMSUnauthorized /login.html";
my $site = Site->new(
    children => 1, sender => '', server => "AuthSMSValidation Off\nAuthSMSCookie t",
    locations => <<"END");
LoadModule negotiation_module $libexec/mod_negotiation.so
AddHandler type-map .var
<Location "/two">
    DirectoryIndex a.html b.html
</Location>
<Location "/one">
    DirectoryIndex a.html
</Location>
<Location "/open">
    DirectoryIndex a.html c.html
</Location>
<Location "/errors">
    DirectoryIndex a.html b.html
    ErrorDocument 401 /why.shtml
</Location>
<Location "/user">
    DirectoryIndex u.html b.html
</Location>
<Location "/why.shtml">
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
<Location "/ssi">
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
<Files "a.html">
    $guard
    Require valid-user
</Files>
<Files "u.html">
    $guard
    Require user somebody-else
</Files>
LogFormat "%U %>s %{AUTHSMS_ERROR}e" words
CustomLog logs/words words
END
my $httpd = $site->httpd;
for (qw(two one open errors user)) {
    $httpd->write("htdocs/$_/a.html", "a\n");
    $httpd->write("htdocs/$_/u.html", "u\n");
}
$httpd->write('htdocs/open/c.html', "c\n");
$httpd->write('htdocs/errors/map.var', "URI: a.html\nContent-type: text/html\n");
$httpd->write(
    'htdocs/why.shtml',
    '<!--#echo var="AUTHSMS_ERROR" --> <!--#echo var="REDIRECT_AUTHSMS_ERROR" -->'
);
$httpd->write('htdocs/login.html', "log in\n");
$httpd->write('htdocs/ssi/index.html', '<!--#include virtual="/two/" -->|rest');
$httpd->start;
my $alice = $site->signup;
my ($token) = $alice->{token} =~ /^JWT (.*)/;
my $expired = Token::make($site->key, { %{ Token::claims($token) }, exp => 1 });
my $c = $site->client;

# The status and header fields that a directory and its index file must share.
sub told {
    my ($r) = @_;
    return {
        status => $r->{status},
        map { $_ => $r->{headers}{$_} }
            qw(www-authenticate cache-control vary location set-cookie retry-after)
    };
}
my %ask = (
    'no token' => [], 'a bad token' => [Authorization => 'JWT a.b.c'],
    'an expired cookie' => [Cookie => "t=$expired"],
    'a browser' => [Accept => 'text/html'],
    'a browser with an expired cookie' => [Accept => 'text/html', Cookie => "t=$expired"],
    'another type' => [Accept => 'application/json'],
);
for my $place ('two', 'one') {
    for my $name (sort keys %ask) {
        my ($index, $file) = map { told($c->get("/$place/$_?x=1", @{ $ask{$name} })) } '', 'a.html';
        $file->{location} = [map { s{%2Fa\.html}{%2F}r } @{ $file->{location} }]
            if $file->{location};
        is_deeply $index, $file, "/$place/: $name" or diag explain $index;
    }
    is $c->get("/$place/", Authorization => $alice->{token})->{body}, "a\n",
        "/$place/ with a token: 200, the file";
    is told($c->request('POST', "/$place/", [Accept => 'text/html']))->{status}, 401,
        "POST /$place/: 401, not redirected";
}
is told($c->get('/two/'))->{'www-authenticate'}[0], 'JWT realm="the file"',
    'the challenge has the realm of the file';
is told($c->get('/two/', Accept => 'text/html'))->{location}[0], '/login.html?return=%2Ftwo%2F',
    'return= has the path of the directory';

my $r = $c->get('/open/', Accept => 'text/html');
is_deeply told($r),
    {
    told($r)->%{qw(cache-control vary)}, status => 200,
    map { $_ => undef } qw(www-authenticate location set-cookie retry-after)
    },
    'unguarded second index file: 200, no challenge';
is join(' ', $r->{body}, @{ $r->{headers}{'cache-control'} }, @{ $r->{headers}{vary} }),
    "c\n private Authorization,Cookie", 'unguarded second index file: private';
is_deeply told($c->get('/user/', Authorization => $alice->{token})),
    told($c->get('/user/u.html', Authorization => $alice->{token})),
    'denied by Require: the same response as for the file';

$r = $c->get('/errors/');
is "$r->{status} $r->{body}", '401 no_token no_token', 'error document: has AUTHSMS_ERROR';
is scalar @{ $r->{headers}{'www-authenticate'} }, 2, 'error document: two challenges';
is $c->get('/errors/', Accept => 'text/html')->{status}, 302,
    'browser, error document configured: redirected to the login page';
is scalar @{ $c->get('/errors/map.var')->{headers}{'www-authenticate'} // [] }, 2,
    'type map of one guarded file: two challenges';
$r = $c->get('/ssi/', Accept => 'text/html');
like "$r->{status} $r->{body}", qr/^200 \[an error.*\|rest/,
    'included directory: only this part is refused';
is $r->{headers}{'www-authenticate'}, undef, 'included directory: no challenge';

my $log = do { open my $in, '<', $httpd->dir . '/logs/words' or die; local $/; <$in> };
like $log, qr{^/two/ 401 $_$}m, "access log: 401 $_" for qw(no_token invalid_token expired_token);
like $log, qr{^/two/ 302 no_token$}m, 'access log: 302 no_token';
$httpd->expect_log(qr/unable to include|AH01631/);
$site->stop;
done_testing;
