# SPDX-License-Identifier: Apache-2.0
# Included parts of a page and directory index files see the variables of the token that let them
# through, and of no other.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Token;

my $print =
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
    . "env | grep '^AUTHSMS_\\|^REMOTE_USER' | sort\n";
my $site = Site->new(
    sender => '', children => 1, server => "AuthSMSValidation Off\nAuthSMSUserCheck off",
    locations => <<'END');
<Location "/cgi">
    AuthSMSTokenFrom cookie:t
</Location>
<Location "/page">
    AuthType JWT
    Require valid-user
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
<Location "/same">
    AuthSMSProtect On
</Location>
<Location "/mixed">
    AuthType JWT
    AuthSMSTokenFrom cookie:t
    <RequireAny>
        Require ip 127.0.0.1
        Require valid-user
    </RequireAny>
</Location>
<Location "/folder">
    AuthType JWT
    Require valid-user
</Location>
<Location "/folder/index.cgi">
    AuthSMSTokenFrom cookie:t
</Location>
ScriptAlias "/same" "${DIR}/cgi"
ScriptAlias "/mixed" "${DIR}/cgi"
END
$site->httpd->{conf} =~ s{\$\{DIR\}}{$site->httpd->dir}ge;
$site->httpd->{conf} .=
      "<Directory \"@{[$site->httpd->dir]}/htdocs/folder\">\nOptions +ExecCGI\n"
    . "AddHandler cgi-script .cgi\nDirectoryIndex index.cgi\n</Directory>\n";
$site->httpd->write($_, $print, 0755) for 'cgi/env.cgi', 'htdocs/folder/index.cgi';
$site->httpd->write("htdocs/page/$_.html", "<!--#include virtual=\"/$_/env.cgi\" -->")
    for qw(cgi same mixed);
$site->start;
my $c = $site->client;
my $until = time + 600;
my ($first, $second) =
    map { Token::make($site->key, $_) }
    { sub => 'first', sid => 'one', exp => $until, mine => 1, both => 'first' },
    { sub => 'second', exp => $until, yours => 2, both => 'second' };
my @tokens = (Authorization => "JWT $first", Cookie => "t=$second");

sub shows {
    my ($path) = @_;
    return join ' ', grep { !/CLAIM_exp/ } split /\n/, $c->get($path, @tokens)->{body};
}

my $of_first =
      'AUTHSMS_CLAIM_both=first AUTHSMS_CLAIM_mine=1 AUTHSMS_CLAIM_sid=one '
    . 'AUTHSMS_CLAIM_sub=first AUTHSMS_ID=first AUTHSMS_SID=one REMOTE_USER=first';
my $of_second =
      'AUTHSMS_CLAIM_both=second AUTHSMS_CLAIM_sub=second AUTHSMS_CLAIM_yours=2 '
    . 'AUTHSMS_ID=second REMOTE_USER=second';
for my $turn ('never seen', 'seen before') {
    is shows('/cgi/env.cgi'), $of_second, "$turn: by itself";
    is shows('/page/cgi.html'), $of_second, "as a part of another token's page";
    is shows('/page/same.html'), $of_first, 'with the token of the page';
    unlike shows('/page/mixed.html'), qr/AUTHSMS_/,
        "a part with access by address has no variables of the token";
    is shows('/folder/'), $of_second, 'the index of a directory';
}
$site->stop;
done_testing;
