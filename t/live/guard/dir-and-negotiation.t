# SPDX-License-Identifier: Apache-2.0
# Files that mod_dir or mod_negotiation selects: the file's own sections protect it as if it had
# been requested by name. Its identity headers are passed; forged ones are removed.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

my $libexec = $Httpd::libexec;
my $guard =
      "AuthType JWT\nRequire valid-user\nAuthSMSTokenFrom header cookie:t\n"
    . "AuthSMSPassIdentity X-User-";
my $site = Site->new(children => 1, locations => <<"END");
LoadModule negotiation_module $libexec/mod_negotiation.so
Alias "/d" "\${DIR}/cgi"
<Directory "\${DIR}/cgi">
    Options +ExecCGI +MultiViews
    MultiviewsMatch Any
    AddHandler cgi-script .cgi
    DirectoryIndex index.cgi
    RequestHeader set X-User-Claim "%{AUTHSMS_CLAIM_id}e" env=AUTHSMS_ID
    <Files "env.cgi">
        $guard
    </Files>
    <Files "index.cgi">
        $guard
    </Files>
    <Files "open.cgi">
        AuthSMSPassIdentity X-User-
    </Files>
    <Files "mixed.cgi">
        AuthType JWT
        AuthSMSPassIdentity X-User-
        <RequireAny>
            Require ip 127.0.0.1
            Require valid-user
        </RequireAny>
    </Files>
</Directory>
<Directory "\${DIR}/cgi/box">
    DirectoryIndex mixed.cgi
</Directory>
<Location "/ssi">
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
END
my $httpd = $site->httpd;
$httpd->{conf} =~ s{\$\{DIR\}}{$httpd->dir}ge;
my $print =
      "#!/bin/sh\n[ \$REQUEST_METHOD = GET ] || cat >/dev/null\n"
    . "printf 'Content-Type: text/plain\\r\\n\\r\\n'\necho \"method \$REQUEST_METHOD\"\n"
    . "env | sort\n";
$httpd->write("cgi/$_.cgi", $print, 0755) for qw(env index open mixed box/mixed);
$httpd->write('htdocs/ssi/index.html', '<!--#include virtual="/d/" -->');
$httpd->start;
my $c = $site->client;
my $alice = $site->signup;
my ($token) = $alice->{token} =~ /^JWT (.*)/;
my @with = (Authorization => $alice->{token});
my @forged = map { ($_ => 'forged') } 'X-User-Id', 'X_User_Sid', 'x-user-role';

for my $path ('/d/', '/d/env', '/d/index.cgi') {
    my $r = $c->get($path, @forged);
    my $refused = $path eq '/d/env' ? 404 : 401;
    is $r->{status}, $refused, "$path without a token: $refused";
    is scalar @{ $r->{headers}{'www-authenticate'} // [] }, 2,
        "$path without a token: two challenges"
        if $r->{status} == 401;
    $r = $c->get($path, @with, @forged);
    like $r->{body}, qr/^method GET\n/, "$path with a token: served";
    like $r->{body}, qr/^$_$/m, "$path with a token: $_"
        for "REMOTE_USER=$alice->{username}", 'AUTH_TYPE=JWT', "AUTHSMS_ID=$alice->{id}",
        "HTTP_X_USER_ID=$alice->{id}", "HTTP_X_USER_USERNAME=$alice->{username}",
        "HTTP_X_USER_CLAIM=$alice->{id}";
    unlike $r->{body}, qr/forged/, "$path with a token: forged headers are removed";
    is_deeply $r->{headers}{'cache-control'}, ['private'], "$path: Cache-Control is private";
    like join(',', @{ $r->{headers}{vary} // [] }), qr/Authorization, ?Cookie/,
        "$path: Vary is Authorization, Cookie";
    for (['https://evil.example', 403], ['http://127.0.0.1:' . $httpd->port, 200]) {
        my ($origin, $status) = @$_;
        $r = $c->request('POST', $path, [Cookie => "t=$token", Origin => $origin], 'x');
        is $r->{status}, $status, "$path: POST from $origin: $status";
        is $r->{body} =~ /^method POST$/m ? 1 : 0, $status == 200 ? 1 : 0,
            "$path: POST from $origin: " . ($status == 200 ? 'served' : 'not served');
    }
}
for my $path ('/d/open', '/d/open.cgi', '/d/mixed', '/d/mixed.cgi', '/d/box/') {
    my $r = $c->get($path, @with, @forged);
    like $r->{body}, qr/^method GET\n/, "$path requires no token: served";
    unlike $r->{body}, qr/^(?:HTTP_X_USER_|REMOTE_USER|AUTHSMS_ID)/m,
        "$path requires no token: no identity";
}
my $r = $c->get('/ssi/', @with, @forged);
like $r->{body}, qr/^HTTP_X_USER_$_=$alice->{id}$/m,
    'included in a page: identity header' for qw(ID CLAIM);
unlike $r->{body}, qr/forged/, 'included in a page: forged headers are removed';
unlike $c->get('/ssi/', @forged)->{body}, qr/method|forged/,
    'included in a page, without a token: not served';

$httpd->expect_log(qr/refused: cross_origin|unable to include|AH01374|AH00687/);
$site->stop;
done_testing;
