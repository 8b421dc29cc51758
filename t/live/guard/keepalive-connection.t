# SPDX-License-Identifier: Apache-2.0
# Many requests over one connection: the identity follows the token, and ends when the token ends.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Token;
use Time::HiRes qw(sleep);

my $guard = "AuthSMSProtect On\nAuthSMSUserCheck 1h\nHeader always set X-Who "
    . '"%{AUTHSMS_ID}e %{AUTHSMS_SID}e %{AUTHSMS_CLAIM_sub}e %{AUTHSMS_CLAIM_sid}e"';
my $site = Site->new(
    children => 1,
    locations => "<Location /page>\n$guard\nAuthSMSTokenFrom header cookie:t\n</Location>\n"
        . "<Location /header>\n$guard\n</Location>\n"
        . "<Location /page/now>\nAuthSMSUserCheck always\n</Location>\n"
);
$site->httpd->write("htdocs/$_", 'page')
    for 'header/index.html', 'page/index.html', 'page/now/index.html';
$site->start;
my $c = $site->client;
my ($alice, $bob) = map { $site->signup } 1, 2;

my $s;
sub ask {
    my ($field, $path) = @_;
    $path //= '/page/index.html';
    syswrite $s, "GET $path HTTP/1.1\r\nHost: x.test\r\n$field\r\n\r\n";
    my $answer = $c->read_all($s, qr{\r\n\r\n.*(?:page|</html>)}s);
    my ($status) = $answer =~ m{\AHTTP/1\.1 (\d+) } or return 'closed';
    die 'the connection was closed' if $answer =~ /^Connection: close/mi;
    return $status . ' ' . ($answer =~ /^X-Who: ([^\r(]+)/m ? $1 : '-');
}

sub as { my ($person) = @_; return "Authorization: $person->{token}" }

sub seen {
    my ($person) = @_;
    return join ' ', 200, @{ Token::claims($person->{token}) }{qw(id sid sub sid)};
}

for my $path ('/header/index.html', '/page/index.html') {
    $s = $c->connect;
    is ask(as($alice), $path), seen($alice), "$path: the first" for 1 .. 5;
    is ask(as($bob), $path), seen($bob), "$path: the second" for 1 .. 5;
    is ask(as($alice) . $_, $path), '401 -', "$path: not with '$_' behind it" for 'A', ', ', ' A';
    is ask(as($alice) =~ s/JWT/$_/r, $path), seen($alice), "$path: as $_" for qw(Bearer jwt);
    for my $round (1 .. 12) {
        is ask(as($_), $path), seen($_), "$path: by turns, $round"
            for $alice, $alice, $alice, $bob, $bob;
    }
}
my ($text) = $alice->{token} =~ /^JWT (.*)/;
is ask("Cookie: t=$text"), seen($alice), 'with the cookie' for 1, 2;
is ask("Cookie: t=$_"), '401 -', "'$_' is none"
    for '', ' ', '   ', substr($text, 0, -1), "${text}A", lc $text;
is ask('Authorization: JWT '), '401 -', 'a scheme alone: 401';
is ask('X-Y: z'), '401 -', 'no token: 401';
is ask("Cookie: t=$text", '/header/index.html'), '401 -',
    'a cookie where cookies are not read: 401';
is ask(as($alice), '/page/now/index.html'), seen($alice), 'the account is checked on each request';

# What another connection does.
is $c->json_post('/app_api/logout', {}, Authorization => $alice->{token})->{status}, 200,
    'logout on another connection';
is ask(as($alice)), '401 -', 'the session ends here at once' for 1, 2;
is ask(as($bob)), seen($bob), 'another session continues' for 1, 2;
$alice = { %$alice, token => $site->login($alice)->{json}{token} };
is ask(as($alice)), seen($alice), 'after a new login' for 1 .. 3;
is $c->json_post('/app_api/logout?all=1', {}, Authorization => $bob->{token})->{status}, 200,
    'logout of all sessions';
is ask(as($bob)), '401 -', 'the session ends here at once' for 1, 2;
is ask(as($alice)), seen($alice), 'other accounts are not affected';

# Time goes on.
$s = $c->connect;
my @short = (
    'Authorization: JWT '
        . Token::make($site->key, { %{ Token::claims($alice->{token}) }, exp => time + 3 }),
    '/header/index.html'
);
is ask(@short), seen($alice), 'a token before it expires' for 1 .. 4;
sleep 4;    # until exp
is ask(@short), '401 -', 'the expired token: 401' for 1, 2;
is ask(as($alice)), seen($alice), 'a longer token: 200';
$site->stop;
done_testing;
