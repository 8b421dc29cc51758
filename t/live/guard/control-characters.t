# SPDX-License-Identifier: Apache-2.0
# No claim puts a control character into the environment, REMOTE_USER or a header: a foreign token
# cannot add a header line.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;
use Token;

my $backend = Httpd->new;
my $print =
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
    . "env -0 | tr '\\001-\\037\\177' '[\\1*32]' | tr '\\000\\001' '\\n^' | sort\n";
$backend->write('cgi/env.cgi', $print, 0755);
$backend->{conf} = "ScriptAlias / \"@{[$backend->dir]}/cgi/\"\n";
$backend->start;
my $site = Site->new(
    sender => '', children => 1, server => "AuthSMSValidation Off\nAuthSMSRequireClaims none",
    locations => <<"END");
<Location "/cgi">
    AuthSMSUserCheck off
</Location>
<Location "/proxied">
    AuthSMSProtect On
    AuthSMSUserCheck off
    RequestHeader set X-Name "expr=%{reqenv:AUTHSMS_CLAIM_name}"
    RequestHeader set X-Who "expr=%{REMOTE_USER}"
    ProxyPass "@{[$backend->url]}/env.cgi"
</Location>
END
$site->httpd->write('cgi/env.cgi', $print, 0755);
$site->start;
my $c = $site->client;
my @controls = map { chr } 1 .. 31, 127;

sub token { my ($claims) = @_; return 'JWT ' . Token::make($site->key, $claims) }

sub env {
    my ($path, $claims) = @_;
    my $r = $c->get($path, Authorization => token($claims));
    return { status => $r->{status}, map { split /=/, $_, 2 } grep { /=/ } split /\n/, $r->{body} };
}

for my $name (qw(sub id sid)) {
    for my $text ("a\r\nX-Admin: 1", (map { ("$_", "a$_", "${_}a") } @controls)) {
        my $shown = join ' ', map { sprintf '%02x', ord } split //, $text;
        my $claims = { ($name eq 'sid' ? (sub => 'a') : ()), $name => $text };
        my $r = $c->get('/cgi/env.cgi', Authorization => token($claims));
        is $r->{status}, 401, "$name with $shown: 401";
    }
}
my $all = join '', @controls;
my %claims = (
    sub => 'ada', sid => 's', plain => 'Ada Lovelace', list => ['a', "b\n"], other => ['a', 'b'],
    long => "x\tx", utf => "\x{e9}\x{85}",
    (map { (sprintf('c%02x', ord) => "x$_") } @controls), all => $all,
    name => "x\r\nX-Admin: 1\r\n\r\nGET /second HTTP/1.1"
);
for my $turn ('never seen', 'seen before') {
    my $env = env('/cgi/env.cgi', \%claims);
    is_deeply {
        map { $_ => $env->{$_} } grep { /AUTHSMS|REMOTE_USER/ } keys %$env
    },
        {
        REMOTE_USER => 'ada', AUTHSMS_ID => 'ada', AUTHSMS_SID => 's',
        AUTHSMS_CLAIM_sub => 'ada', AUTHSMS_CLAIM_sid => 's',
        AUTHSMS_CLAIM_plain => 'Ada Lovelace', AUTHSMS_CLAIM_other => 'a,b',
        AUTHSMS_CLAIM_utf => "\xc3\xa9\xc2\x85"
        },
        "$turn: a claim with a control character is left out of the environment, all others "
        . "are there";
    $env = env('/proxied', \%claims);
    is_deeply [map { $_ // '-' } @$env{qw(status HTTP_X_NAME HTTP_X_WHO HTTP_X_ADMIN)}],
        [200, '', 'ada', '-'], "$turn: no header line is added to the proxied request"
        or diag explain $env;
}
# The same by hand: escapes and raw bytes.
for (
    ['"\u007f"', undef], ["\"\x7f\"", undef], ['"\n"', undef], ['"a\\\\n\u0020\""', 'a\\n "'],
    ['["\u0009"]', undef]
) {
    my ($json, $value) = @$_;
    is env('/cgi/env.cgi', "{\"sub\":\"a\",\"x\":$json}")->{AUTHSMS_CLAIM_x}, $value,
        "x is $json" =~ s/\x7f/DEL/r;
}
$site->stop;
$backend->stop;
done_testing;
