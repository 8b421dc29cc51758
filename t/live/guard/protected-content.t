# SPDX-License-Identifier: Apache-2.0
# Each form of protection, together with httpd's other access control, in front of every kind of
# content.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;

my $backend = Httpd->new;
$backend->write('htdocs/back/index.html', "back end\n");
$backend->write(
    'cgi/env.cgi',
    "#!/bin/sh\n"
        . "printf 'Content-Type: text/plain\\r\\nCache-Control: public, max-age=60\\r\\n\\r\\n'\n"
        . "env | sort\n",
    0755
);
$backend->{conf} = "ScriptAlias /cgi \"@{[$backend->dir]}/cgi\"\n";
$backend->start;

# name => section; `open` ones pass without a token
my %sections = (
    plain => "AuthType JWT\nRequire valid-user",
    lower => "AuthType jwt\nRequire valid-user",
    user => "AuthType JWT\nRequire user nobody-of-that-name",
    protect => 'AuthSMSProtect On',
    granted => "AuthSMSProtect On\nRequire all granted",
    denied => "AuthSMSProtect On\nRequire all denied",
    satisfy =>
        "AuthSMSProtect On\nRequire all granted\nOrder allow,deny\nAllow from all\nSatisfy Any",
    satisfyuser => "AuthType JWT\nAuthSMSProtect On\nRequire valid-user\nOrder allow,deny\n"
        . "Allow from all\nSatisfy Any",
    anyip =>
        "AuthSMSProtect On\n<RequireAny>\nRequire ip 127.0.0.1\nRequire valid-user\n</RequireAny>",
    limit => "AuthSMSProtect On\n<Limit GET>\nRequire valid-user\n</Limit>",
    both => "AuthType JWT\nAuthSMSProtect On\nRequire valid-user",
    openip => "AuthType JWT\n<RequireAny>\nRequire ip 127.0.0.1\nRequire valid-user\n</RequireAny>",
    basic => "AuthType Basic\nAuthName x\nAuthSMSProtect On\nRequire valid-user",
    norequire => 'AuthType JWT',
    back => "AuthType JWT\nRequire valid-user\nProxyPass @{[$backend->url]}/back",
    backcgi => "AuthSMSProtect On\nProxyPass @{[$backend->url]}/cgi",
);
my $site = Site->new(
    server => "AuthSMSUserCheck always\nAuthSMSValidation Off",
    sender => '',
    locations =>
        join('', map { "<Location \"/$_\">\n$sections{$_}\n</Location>\n" } sort keys %sections)
        . <<'END');
<Location "/protect/open">
    AuthSMSProtect Off
</Location>
<Location "/ssi">
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
<Location "/ssi/dated.html">
    XBitHack full
</Location>
<Location "/secretssi">
    AuthType JWT
    Require valid-user
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
<Location "/other">
    AuthType JWT
    Require user somebody-else
</Location>
<Location "/errors">
    ErrorDocument 401 /plain/why.html
</Location>
<Location "/errors/in">
    AuthType JWT
    Require valid-user
</Location>
<Location "/errout">
    ErrorDocument 401 /why.html
    AuthType JWT
    Require valid-user
</Location>
<Location "/errown">
    ErrorDocument 401 /errown/why.html
    AuthType JWT
    Require valid-user
</Location>
<Directory "DIR/htdocs">
    AllowOverride All
    Options FollowSymLinks
</Directory>
<Location "/errparts">
    ErrorDocument 401 /errparts/why.shtml
    ErrorDocument 404 /errparts/why.shtml
    AuthSMSProtect On
    Options +Includes
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
</Location>
<Location "/errparts/open">
    AuthSMSProtect Off
</Location>
<Location "/fallback">
    AuthType JWT
    Require valid-user
    FallbackResource /cgi/env.cgi
</Location>
RewriteEngine On
RewriteRule "^/rewritten/(.*)" "/plain/$1" [PT]
END
my $httpd = $site->httpd;
$httpd->{conf} =~ s{DIR/}{$httpd->dir . '/'}e;
$httpd->write("htdocs/$_/index.html", "page of $_\n")
    for keys %sections, 'protect/open', 'other', 'errors/in', 'errout', 'errown', 'errparts',
    'access', 'dirindex';
$httpd->write("htdocs/$_/why.html", "why of $_\n") for 'plain', 'errown';
$httpd->write('htdocs/why.html', "why\n");
$httpd->write(
    'htdocs/errparts/why.shtml', join '|',
    'why', map { "<!--#include virtual=\"/errparts/$_\" -->" } 'index.html', 'open/', 'more.shtml'
);
$httpd->write('htdocs/errparts/more.shtml', 'more');
$httpd->write('htdocs/errparts/open/index.html', "head\n");
$httpd->write(
    'htdocs/ssi/index.html',
    "<!--#include virtual=\"/plain/\" -->|<!--#include virtual=\"/index.html\" -->\n"
);
$httpd->write('htdocs/ssi/dated.html', '<!--#include virtual="/plain/" -->');
chmod 0754, $httpd->dir . '/htdocs/ssi/dated.html' or die;
$httpd->write(
    'htdocs/secretssi/index.html',
    "<!--#include virtual=\"/secretssi/part.html\" -->|<!--#include virtual=\"/other/\" "
        . "-->|<!--#echo var=\"AUTHSMS_ID\" -->\n"
);
$httpd->write('htdocs/secretssi/part.html', "part\n");
$httpd->write('htdocs/access/.htaccess', "AuthSMSProtect On\n");
$httpd->write(
    'htdocs/rules/.htaccess',
    "RewriteEngine On\nRewriteRule ^to-plain /plain/index.html [L]\n"
        . "RewriteRule ^to-other /other/index.html [L]\nAuthSMSProtect On\n"
);
$httpd->start;

my $alice = $site->signup;
my $c = $site->client;
my @with = (Authorization => $alice->{token});

for (
    [plain => 401, 200], [lower => 401, 200], [user => 401, 401], [protect => 401, 200],
    [granted => 401, 200], [denied => 401, 403], [satisfy => 401, 200],
    [satisfyuser => 401, 200], [anyip => 401, 200], [limit => 401, 200], [both => 401, 200],
    [openip => 200, 200], [basic => 500, 500],
    [norequire => 500, 500], ['protect/open' => 200, 200], [access => 401, 200],
    [back => 401, 200], ['plain/nothing' => 401, 404], [fallback => 401, 200],
) {
    my ($path, $without, $with) = @$_;
    my $r = $c->get("/$path/");
    is $r->{status}, $without, "$path without a token";
    unlike $r->{body}, qr/page of|back end/, 'no byte of the page' if $without != 200;
    is $c->get("/$path/", @with)->{status}, $with, "$path with one";
}
is $c->request('POST', '/limit/', [])->{status}, 401,
    'AuthSMSProtect covers methods outside Limit';
is $c->get('/back/', @with)->{body}, "back end\n", 'a proxied page';
my $proxied = $c->get('/backcgi/env.cgi', @with);
is_deeply $proxied->{headers}{'cache-control'}, ['private, max-age=60'],
    "a back end's response is made private";
like $c->get('/openip/', @with)->{headers}{'content-type'}[0], qr/html/,
    'access by address: the page';

like $c->get('/ssi/')->{body}, qr/^\[an error[^|]*\|open page/,
    'the fragment is refused, the page is served';
is $c->get('/ssi/', @with)->{body}, "page of plain\n|open page\n\n",
    'with a token: page and fragment';
my $dated = $c->get('/ssi/dated.html');
$dated = $c->get('/ssi/dated.html', 'If-Modified-Since' => $dated->{headers}{'last-modified'}[0]);
is $dated->{status}, 304, 'a page with a date and a guarded part: 304';
is_deeply $dated->{headers}{'cache-control'}, ['private'], 'the 304 is private too';
my $page = $c->get('/secretssi/', @with)->{body};
like $page, qr/^part\n\|\[an error[^|]*\|$alice->{id}$/,
    'same section: fragment accepted; other section: checked again';

is $c->get('/rewritten/index.html')->{status}, 401, 'rewritten into a protected Location: 401';
is $c->get('/rewritten/index.html', @with)->{status}, 200, 'with a token: 200';
is $c->get('/rules/to-plain')->{status}, 401, 'an internal redirect needs a token';
is $c->get('/rules/to-plain', @with)->{body}, "page of plain\n", 'with a token: 200';
is $c->get('/rules/to-other', @with)->{status}, 401,
    'a Location with another requirement refuses it';

for (['errout', "why\n"], ['errown', "why of errown\n"]) {
    my ($path, $body) = @$_;
    my $r = $c->get("/$path/");
    is $r->{status}, 401, "ErrorDocument of $path: 401";
    is $r->{body}, $body, 'the ErrorDocument is served once';
    is scalar @{ $r->{headers}{'www-authenticate'} }, 2, 'with the challenges';
}
my $refused = $c->get('/errparts/nothing');
is $refused->{status}, 401, 'an ErrorDocument with parts: 401';
like $refused->{body}, qr/^why\|\[an error[^|]*\|head\n\|\[an error[^|]*$/,
    'it has only the public parts';
like $c->get('/errparts/nothing', @with)->{body}, qr/^why\|page of errparts\n\|head\n\|more$/,
    'with a token it has all parts';
my $r = $c->get('/errors/in/');
is $r->{status}, 401, 'an ErrorDocument in another protected place: 401';
unlike $r->{body}, qr/page of|why of/, 'no byte of the page, and no loop';

$httpd->expect_log(
    qr/AuthType JWT without a Require|AH00027|AH01797|AH01630|AH01631|AH01374|AH00128/,
    qr/beside an AuthType other than JWT|unable to include/
);
like $httpd->error_log, qr{/basic/: AuthSMSProtect On beside an AuthType other than JWT},
    'the cause is logged';
$site->stop;

# A whole server behind the guard: what is refused before anybody looks at it goes on to its error
# page, which httpd takes for checked.
my $whole = Site->new(
    sender => '', server => "AuthSMSProtect On\nAuthSMSValidation Off",
    locations => <<"END");
LoadModule allowmethods_module $Httpd::libexec/mod_allowmethods.so
ProxyPass "/page" "@{[$backend->url]}/back/index.html"
ErrorDocument 400 /page
ErrorDocument 404 /page
ErrorDocument 417 /page
<Location "/methods">
    AllowMethods GET
    ErrorDocument 405 /methods/index.html
</Location>
END
$whole->httpd->write('htdocs/methods/index.html', "back end\n");
$whole->start;
$alice = $whole->signup;
$c = $whole->client;
for my $words (
    "GET /%zz HTTP/1.1\r\nHost: x", "GET /a%2fb HTTP/1.1\r\nHost: x",
    "GET / HTTP/1.1\r\nHost: x\r\nExpect: much", 'GET / HTTP/1.1',
    "POST /methods/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0"
) {
    my $request = "$words\r\nConnection: close\r\n";
    my $name = $words =~ s/\r\n/ /gr;
    unlike $c->raw("$request\r\n"), qr/back end/, "$name: no error page without a token";
    like $c->raw("${request}Authorization: $alice->{token}\r\n\r\n"), qr/back end/,
        'with a token: the page';
}
like $c->get('/nothing')->{raw}, qr/^WWW-Authenticate/m, 'the looked-up file is refused';

$whole->httpd->expect_log(qr/AH10244|AH00026|AH01623/);
$backend->expect_log(qr/./);
$whole->stop;
$backend->stop;
done_testing;
