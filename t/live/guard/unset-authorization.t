# SPDX-License-Identifier: Apache-2.0
# `RequestHeader unset Authorization` hides tokens from back ends: the identity stays through
# internal redirects, proxying and includes.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

my $libexec = $Httpd::libexec;
my $site =
    Site->new(children => 1, sender => '', server => 'AuthSMSValidation Off', locations => <<"END");
LoadModule negotiation_module $libexec/mod_negotiation.so
Alias "/d" "\${DIR}/cgi"
Alias "/e" "\${DIR}/cgi"
<Directory "\${DIR}/cgi">
    Options +ExecCGI +MultiViews
    MultiviewsMatch Any
    AddHandler cgi-script .cgi
    DirectoryIndex index.cgi
    AuthSMSPassIdentity X-User-
    RequestHeader unset Authorization
    RequestHeader unset Cookie
</Directory>
<Location "/d">
    AuthType JWT
    Require valid-user
    AuthSMSTokenFrom header cookie:t
</Location>
<Location "/e">
    AuthSMSProtect On
    AuthSMSUserCheck always
    FallbackResource /e/env.cgi
    ErrorDocument 404 /e/env.cgi
    RewriteEngine On
    RewriteRule "to-e" "/e/env.cgi" [PT]
    RewriteRule "to-d" "/d/env.cgi" [PT]
</Location>
<Location "/page">
    AuthSMSProtect On
    RequestHeader unset Authorization
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
END
my $httpd = $site->httpd;
$httpd->{conf} =~ s{\$\{DIR\}}{$httpd->dir}ge;
$httpd->write(
    "cgi/$_.cgi",
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\necho shown\nenv | sort\n", 0755
) for qw(index env);
$httpd->write(
    'htdocs/page/index.html',
    '<!--#include virtual="/d/" --><!--#include virtual="/e/env.cgi" --><!--#include '
        . 'virtual="part.html" -->'
);
$httpd->write('htdocs/page/part.html', '<!--#include virtual="/d/env.cgi" -->');
$site->start;
my $alice = $site->signup;
my $c = $site->client;
my ($token) = $alice->{token} =~ /^JWT (.*)/;

sub asks {
    my ($path, $shown, @how) = @_;
    my $body = $c->get($path, @how)->{body};
    is scalar(() = $body =~ /^shown$/mg), $shown, "$path with its $how[0]" or diag $body;
    for my $line (
        "REMOTE_USER=$alice->{username}", "AUTHSMS_ID=$alice->{id}",
        "HTTP_X_USER_ID=$alice->{id}"
    ) {
        is scalar(() = $body =~ /^\Q$line\E$/mg), $shown, "$path: $line";
    }
    unlike $body, qr/\Q$token\E/, "$path: the token is hidden";
    return;
}

my @d = ('/d/', '/d/index.cgi', '/d/env', '/d/env.cgi');
my @e = ('/e/', '/e/env.cgi', '/e/nothing', '/e/to-e', '/e/to-d');
asks($_, 1, Authorization => $alice->{token}) for @d, @e;
asks($_, 1, Cookie => "t=$token") for @d;
asks('/page/', 3, Authorization => $alice->{token});
asks('/page/index.html', 3, Authorization => $alice->{token});
is $c->get($_, Cookie => "t=$token")->{status}, 401, "$_ with a cookie: 401" for @e, '/page/';
for my $path (@d, @e, '/page/') {
    my $answer = $c->get($path);
    ok $answer->{status} =~ /^40[14]$/ && $answer->{body} !~ /shown/,
        "$path without a token: 401 or 404";
}

$httpd->expect_log(qr/AH00687/);
$site->stop;
done_testing;
